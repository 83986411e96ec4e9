"""A whole playground for one test: everything running, people who press what they are told to, what may be asserted.

The processes are the real ones of `midwatch demo`. A test reads what people see (the stand-in), what the world wrote
down (`/_world/writes`), and what the ledgers say, each from its own source.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import redis

from bot.adapters.embedded import EmbeddedValkey
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.errors import MidwatchError
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import check_chain
from bot.core.narration import tasks
from bot.playground.crew import Crew
from bot.playground.outfit import APPROVER, VISITOR, Outfit
from bot.playground.people import People
from bot.playground.rendering import buttons_of, lines_of
from bot.wiring.demo import hire_process, hire_surroundings, runbook_folders, wait_http, wait_ready

QUICK = Path(__file__).parent / "kills" / "quick-rollout"
PROCESSES = ("serve", "talk", "diagnose", "act")
LOOK_EVERY = 0.3
PATIENCE = 3
WINDOW_SECONDS = 70
QUICKLY = {"MIDWATCH_RECHECK_SECONDS": "5"}
Presses = Mapping[str, Sequence[str]]
APPROVING: Presses = {"approve": (VISITOR, APPROVER)}


@dataclass
class Stage:
    outfit: Outfit
    crew: Crew
    valkey: EmbeddedValkey
    people: People
    client: "redis.Redis"
    presses: Presses = field(default_factory=lambda: APPROVING)
    _pressed: set[tuple[str, ...]] = field(default_factory=set)

    # --- people

    def press(self) -> None:
        """Press whatever button of ``presses`` is to be seen, each person once a message; again where Slack failed."""
        for channel in self.people.channels():
            for message in self.people.messages(channel["id"]):
                for action in {str(b.get("action_id")) for b in buttons_of(message)} & set(self.presses):
                    self._press(str(channel["id"]), str(message["ts"]), action)

    def _press(self, channel: str, ts: str, action: str) -> None:
        for user in self.presses[action]:
            key = (channel, ts, action, user)
            if key not in self._pressed:
                answer = self.people.click(user, channel, ts, action)
                if answer.get("error") == "not_in_channel":
                    self.people.order("join", {"user": user, "channel": channel})
                    answer = self.people.click(user, channel, ts, action)
                if answer.get("ok"):
                    self._pressed.add(key)
                else:
                    return  # the next round tries again, in the same order

    def until(self, so: Callable[[], bool], seconds: float, what: str) -> float:
        """Play on until ``so``; how long it took. Fails with what everybody can see when ``seconds`` ran out.

        ``seconds`` is what a quiet machine needs at most; a busy one has `PATIENCE` times as many.
        """
        began = time.monotonic()
        while time.monotonic() - began < seconds * PATIENCE:
            self.press()
            try:
                if so():
                    return time.monotonic() - began
            except MidwatchError:
                pass  # Redis is being killed: look again
            time.sleep(LOOK_EVERY)
        raise AssertionError(f"{what} did not come about in {seconds * PATIENCE:.0f} s\n{self.story()}")

    def seen(self, thread: bool = True) -> list[str]:
        """Every line that stands in any channel now."""
        return [line for _, _, line in self._lines()]

    def whispers(self, user: str | None = None) -> list[str]:
        names = self.people.names()
        return [line for told in self.people.ephemerals(user) for line in lines_of(told["message"], names)]

    def _lines(self) -> Iterator[tuple[str, str, str]]:
        names = self.people.names()
        for channel in self.people.channels():
            for message in self.people.messages(channel["id"]):
                for line in lines_of(message, names):
                    yield str(channel["name"]), str(message["ts"]), line

    def story(self) -> str:
        """What a person debugging a failed test wants to read."""
        rows = [f"#{channel} {ts} {line}" for channel, ts, line in self._lines()]
        rows += [f"whisper: {line}" for line in self.whispers()]
        for name in self.ledgers.names():
            if name != "workspace":
                rows.append(f"--- {name}")
                rows += [f"{e.seq} {e.at:%H:%M:%S.%f} {e.by} {e.fact}"[:300] for e in self.ledgers.read(name)]
        rows.append(f"deaths {self.deaths()}; armed {self.armed()}; open {self.ledgers.open_ledgers()}")
        for path in (self.outfit.folder / f"{name}.log" for name in PROCESSES):
            rows.append(f"--- {path.name}")
            rows += (path.read_text() if path.exists() else "").splitlines()[-25:]
        return "\n".join(rows)

    # --- the record

    @property
    def ledgers(self) -> RedisLedgers:
        return RedisLedgers(self.client)

    def incidents(self) -> list[Incident]:
        names = [name for name in self.ledgers.names() if name.startswith("inc-")]
        return [fold(name, self.ledgers.read(name)) for name in names]

    def incident(self) -> Incident:
        [only] = self.incidents()
        return only

    def over(self) -> bool:
        """An incident was opened, and every one is resolved, told, and closed."""
        incidents = self.incidents()
        return bool(incidents) and all(i.resolved_at for i in incidents) and not self.ledgers.open_ledgers()

    def told(self) -> bool:
        """Nothing is left to be said or done about what is open."""
        return not any(_unsaid(incident) or tasks(incident) for incident in self.incidents())

    # --- the world

    def world(self, what: str) -> Any:
        return httpx2.get(f"{self.outfit.world}/_world/{what}", timeout=10.0).json()

    def break_world(self, api: str, **how: Any) -> None:
        answer = httpx2.post(f"{self.outfit.world}/_world/outage", json={"api": api, **how}, timeout=10.0)
        assert answer.status_code == 200, answer.text

    def writes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.world("writes")["writes"]
        return found

    # --- deaths

    def deaths(self) -> dict[str, int]:
        return {name: len(member.deaths) for name, member in self.crew.members.items() if member.deaths}

    @property
    def failpoints(self) -> Path:
        return Path(self.outfit.options["MIDWATCH_FAILPOINTS"])

    def armed(self) -> dict[str, int]:
        """Deaths that are still to come, by point."""
        folder = self.outfit.options.get("MIDWATCH_FAILPOINTS")
        if folder is None:
            return {}
        files = [path for path in Path(folder).iterdir() if path.is_file() and ".taken-" not in path.name]
        return {path.name: len(path.read_text().split()) for path in files}

    def taken(self) -> Counter[str]:
        """Deaths that were died, by point."""
        return Counter(path.name.partition(".taken-")[0] for path in self.failpoints.glob("*.taken-*"))


def waiting(story: Stage) -> Incident:
    """The incident whose request is open."""
    [only] = [i for i in story.incidents() if i.open_approvals]
    return only


def _unsaid(incident: Incident) -> bool:
    clicks = [c for c in incident.clicks.values() if c.state == "received"]
    begun = [s for s in incident.steps.values() if s.state == "begun"]
    return bool(clicks or begun)


def arm(folder: Path, deaths: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A folder of armed points; the option that names it."""
    folder.mkdir(parents=True, exist_ok=True)
    for point, whom in deaths.items():
        (folder / point).write_text("\n".join(whom))
    return {"MIDWATCH_FAILPOINTS": str(folder)}


@contextmanager
def stage(
    folder: Path,
    options: Mapping[str, str] | None = None,
    *,
    scenario: Path = QUICK,
    socket_mode: bool = True,
    presses: Presses = APPROVING,
    users: Sequence[str] = (),
    before: Callable[[People], None] | None = None,
    processes: Sequence[str] = PROCESSES,
) -> Iterator[Stage]:
    """Everything running and ready. ``before`` orders things of Slack first; ``users`` are more users of Redis."""
    settings = {**QUICKLY, **(options or {})}
    outfit = Outfit.make(folder, scenario, runbook_folders(scenario), settings, socket_mode)
    with ExitStack() as stack:
        home = folder / "valkey"
        home.mkdir(exist_ok=True)
        valkey = stack.enter_context(EmbeddedValkey.start(home, outfit.redis_port, [*outfit.acl(), *users]))
        crew = stack.enter_context(Crew(folder))
        hire_surroundings(crew, outfit)
        people = stack.enter_context(People(outfit.slack))
        if before is not None:
            before(people)
        for name in processes:
            hire_process(crew, outfit, name)
        wait_ready(outfit, [name for name in processes if name != "serve"])
        wait_http(f"{outfit.world}/_world/verdict")
        client = stack.enter_context(patient(outfit.redis_url("read")))
        yield Stage(outfit, crew, valkey, people, client, presses)


# --- what must hold after every story


def check_told_once(stage: Stage) -> None:
    """No message and no channel twice, by the mark every post carries; nothing begun and left; no click unanswered."""
    marks: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for channel in stage.people.channels():
        for message in stage.people.messages(channel["id"]):
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            marks.update([payload["id"]] if "id" in payload else [])
            files.update(str(file.get("name")) for file in message.get("files") or ())
    assert marks
    assert [mark for mark, times in (marks + files).items() if times > 1] == [], stage.story()
    made = [channel for channel in stage.people.channels() if channel["name"].startswith("inc-")]
    wanted = [i for i in stage.incidents() if i.place == "incident"]
    assert len(made) == len(wanted), [channel["name"] for channel in made]
    for incident in stage.incidents():
        assert [s.name for s in incident.steps.values() if s.state == "begun"] == [], stage.story()
        for click in incident.clicks.values():
            assert click.state != "received"
            if click.state == "refused":
                assert incident.steps[f"answer:{click.id}"].state == "done", stage.story()


def check_record(stage: Stage) -> None:
    """Every chain is whole."""
    for name in stage.ledgers.names():
        chain = check_chain(name, stage.ledgers.lines(name))
        assert chain.intact, f"{name}: {chain.why}"


def check_world(stage: Stage, writes: int = 1, holds: bool = True) -> None:
    """The world's own account: so many writes, and its verdict, once the errors of before have left its window."""
    assert len(stage.writes()) == writes, stage.writes()
    if holds:
        stage.until(lambda: stage.world("verdict")["holds"], WINDOW_SECONDS, f"a good end: {stage.world('verdict')}")
    verdict = stage.world("verdict")
    assert verdict["holds"] is holds, verdict


def check_ended_well(stage: Stage) -> None:
    """As if nothing had happened: one write, the alert quiet, everything told once."""
    check_world(stage)
    check_record(stage)
    check_told_once(stage)
    for incident in stage.incidents():
        assert incident.steps["resolved"].state == "done", stage.story()
        assert [execution.checks[-1].result for execution in incident.executions.values()] == ["passed"]
