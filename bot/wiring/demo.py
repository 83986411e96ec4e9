"""`midwatch demo`: Valkey, the stand-in Slack, the small broken world, and the four real processes, on this machine.

Nothing is faked between them: the alert comes in by webhook, people click in the stand-in, the bot's own clients read
and write the world. Headless, the scenario is played through and judged by the world itself.
"""

import json
import logging
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import yaml

from bot.adapters.embedded import EmbeddedValkey
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.errors import BadInput, Unreachable
from bot.core.ledger import check_chain
from bot.playground.crew import Crew, python
from bot.playground.outfit import APPROVER, VISITOR, Outfit, root
from bot.playground.people import People
from bot.playground.player import Player, Seen, as_text
from bot.wiring.attending import attend, say, show
from bot.wiring.ending import Ending, why_not_up

READY_SECONDS = 60.0
PLAY_SECONDS = 240.0


def shipped() -> dict[str, Path]:
    folder = root() / "bot" / "playground" / "scenarios"
    return {path.name: path for path in sorted(folder.iterdir()) if (path / "scenario.yaml").exists()}


def titles() -> list[dict[str, str]]:
    """Name and title of every shipped scenario."""
    told = {name: yaml.safe_load((path / "scenario.yaml").read_text("utf-8")) for name, path in shipped().items()}
    return [{"name": name, "title": str(scenario["title"])} for name, scenario in told.items()]


def find_scenario(name: str) -> Path:
    """A shipped name, a folder with a scenario.yaml, or the file itself."""
    path = shipped().get(name) or Path(name)
    folder = path.parent if path.name == "scenario.yaml" else path
    if not (folder / "scenario.yaml").exists():
        raise BadInput(f"no scenario {name!r}: name one of {', '.join(shipped())}, or a folder with a scenario.yaml")
    return folder.resolve()


def main(
    scenario: str, *, headless: bool, as_json: bool, listing: bool, terminal: bool, opens: bool, speed: int
) -> int:
    """The exit code of `midwatch demo`."""
    if listing:
        say(json.dumps(titles(), ensure_ascii=False) if as_json else "\n".join(shipped()))
        return 0
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves every context, and with it ends every process
    with tempfile.TemporaryDirectory(prefix="midwatch-demo-") as folder:
        found = find_scenario(scenario)
        calm = not headless and not terminal
        outfit = replace(Outfit.make(Path(folder), found, runbook_folders(found), calm=calm), speed=speed)
        try:
            with playground(outfit):
                if headless:
                    return play(outfit, as_json)
                return attend(outfit) if terminal else show(outfit, opens)
        finally:
            keep_logs(Path(folder))


def runbook_folders(scenario: Path) -> tuple[Path, ...]:
    """The general runbooks, and those a scenario brings."""
    own = scenario / "runbooks"
    return (root() / "runbooks", own) if own.is_dir() else (root() / "runbooks",)


def keep_logs(folder: Path) -> None:
    """What the processes wrote, for whoever wants to know why."""
    kept = Path(".midwatch") / "demo-logs"
    kept.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        shutil.copy(log, kept / log.name)


@contextmanager
def playground(outfit: Outfit, world: bool = True) -> Iterator[Crew]:
    """Everything running and ready; ended on the way out."""
    with ExitStack() as stack:
        valkey = outfit.folder / "valkey"
        valkey.mkdir(exist_ok=True)
        stack.enter_context(EmbeddedValkey.start(valkey, outfit.redis_port, outfit.acl()))
        crew = stack.enter_context(Crew(outfit.folder))
        hire_surroundings(crew, outfit, world)
        for process in ("serve", "talk", "diagnose", "act"):
            hire_process(crew, outfit, process)
        if world:
            wait_world(crew, outfit)
        wait_ready(outfit, why_not=partial(why_not_up, crew))
        yield crew


def hire_surroundings(crew: Crew, outfit: Outfit, world: bool = True) -> None:
    slack = ["--workspace", str(outfit.write_workspace()), "--port", str(outfit.slack_port)]
    slack += ["--page", str(outfit.write_page())]
    crew.hire("slack", python("-m", "bot.playground.slack", *slack), revive=False)
    wait_http(f"{outfit.slack}/_people/state")
    if world:
        hire_world(crew, outfit)


def hire_world(crew: Crew, outfit: Outfit) -> None:
    arguments = ["--scenario", str(outfit.scenario), "--port", str(outfit.world_port)]
    arguments += ["--access", str(outfit.write_access()), *(["--calm"] if outfit.calm else [])]
    arguments += ["--speed", str(outfit.speed)]
    if not outfit.prometheus:
        arguments += ["--webhook", f"{outfit.serve}/webhooks/alertmanager", "--webhook-token", outfit.webhook_token]
    crew.hire("world", python("-m", "bot.playground.world", *arguments), revive=False)


def wait_world(crew: Crew, outfit: Outfit) -> None:
    """Until the world answers; raises `BadInput` with its own words where a mistake in the scenario stopped it."""
    deadline = time.monotonic() + READY_SECONDS
    member = crew.members["world"]
    while time.monotonic() < deadline:
        process = member.process
        if process is None or process.poll() is not None:
            raise BadInput(f"the scenario cannot be played: {member.log.read_text(errors='replace').strip()[-1500:]}")
        try:
            if httpx2.get(f"{outfit.world}/healthz", timeout=2.0).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise Unreachable("the world did not answer in time; see .midwatch/demo-logs")


def hire_process(crew: Crew, outfit: Outfit, process: str) -> None:
    argv = ("serve",) if process == "serve" else ("worker", process)
    crew.hire(process, python("-m", "bot", *argv), outfit.env(process))


def wait_http(url: str, seconds: float = READY_SECONDS, why_not: Callable[[], str | None] = lambda: None) -> None:
    """Until something answers with 200; raises `Unreachable` after ``seconds``, `BadInput` where ``why_not`` knows."""
    deadline = time.monotonic() + seconds
    last = "no answer"
    while time.monotonic() < deadline:
        refuse(why_not())
        try:
            answer = httpx2.get(url, timeout=5.0)
            if answer.status_code == 200:
                return
            last = f"{answer.status_code} {answer.text[:200]}"
        except httpx2.HTTPError as error:
            last = str(error)
        time.sleep(0.15)
    raise Unreachable(f"{url} was not ready after {seconds:.0f} s: {last}")


def wait_ready(
    outfit: Outfit,
    queues: Sequence[str] = ("talk", "diagnose", "act"),
    why_not: Callable[[], str | None] = lambda: None,
) -> None:
    """Until `serve` says so and every queue has a worker; raises `BadInput` where ``why_not`` knows better."""
    wait_http(f"{outfit.serve}/readyz", why_not=why_not)
    deadline = time.monotonic() + READY_SECONDS
    with patient(outfit.redis_url("serve")) as client:
        while time.monotonic() < deadline:
            if all(client.scard(f"rq:workers:{queue}") for queue in queues):
                return
            refuse(why_not())
            time.sleep(0.1)
    raise Unreachable("not every worker came up; see .midwatch/demo-logs")


def refuse(why: str | None) -> None:
    if why is not None:
        raise BadInput(f"it cannot be played: {why}")


# --- headless


def play(outfit: Outfit, as_json: bool) -> int:
    """Play it through; 0 only if the world says its end state holds and the ledgers are intact."""
    seen: list[Seen] = []

    def tell(what: Seen) -> None:
        seen.append(what)
        if not as_json:
            say("\n".join(as_text(what)))

    started = time.monotonic()
    with People(outfit.slack) as people, patient(outfit.redis_url("read")) as client:
        ledgers = RedisLedgers(client)
        finished = Player(people, APPROVER, VISITOR, tell).play(
            Ending(ledgers, lambda: ask_world(outfit).get("holds") is True), PLAY_SECONDS
        )
        verdict = ask_world(outfit)
        report: dict[str, Any] = {
            "scenario": outfit.scenario.name,
            "seconds": round(time.monotonic() - started, 1),
            "finished": finished,
            "verdict": verdict,
            "ledgers": check_ledgers(ledgers),
            "violations": people.violations(),
            "notifications": people.notifications(),
            "seen": [asdict(what) for what in seen],
        }
    good = finished and verdict.get("holds") is True and all(row["intact"] for row in report["ledgers"])
    say(json.dumps(report, ensure_ascii=False) if as_json else summary(report, good))
    return 0 if good else 1


def ask_world(outfit: Outfit) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = httpx2.get(f"{outfit.world}/_world/verdict", timeout=10.0).json()
    except (httpx2.HTTPError, ValueError) as error:
        return {"holds": False, "checks": [], "error": str(error)}
    return answer


def check_ledgers(ledgers: RedisLedgers) -> list[dict[str, Any]]:
    chains = [(name, check_chain(name, ledgers.lines(name))) for name in ledgers.names()]
    return [
        {"ledger": name, "events": chain.length, "intact": chain.intact, "head": chain.head, "why": chain.why}
        for name, chain in chains
    ]


def summary(report: dict[str, Any], good: bool) -> str:
    lines = ["The world's own verdict" + ("" if report["verdict"].get("holds") else ": NOT as it should be")]
    for check in report["verdict"].get("checks", ()):
        lines.append(f"  {'holds ' if check['holds'] else 'FAILS '} {check['check']}: {check['seen']}")
    whole = sum(1 for row in report["ledgers"] if row["intact"])
    lines.append(
        f"Ledgers: {whole} of {len(report['ledgers'])} intact, {sum(r['events'] for r in report['ledgers'])} events"
    )
    if report["violations"]:
        lines.append(f"Slack's rules broken {len(report['violations'])} times: {report['violations'][:3]}")
    if not report["finished"]:
        lines.append("The story did not end in time.")
    lines.append(f"{'Good' if good else 'NOT good'} after {report['seconds']} s.")
    return "\n".join(lines)
