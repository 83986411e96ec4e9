"""One playground for all of this folder: one incident played to its end, another waiting for a decision.

Everything here asks the running processes, Redis's and the cluster's own rights; nothing reads the bot's code.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from bot.core.approval import State
from bot.playground.outfit import APPROVER
from tests.playing import Stage, stage

TWO = Path(__file__).parent / "two-looms"
ADMIN = "user admin on >everything ~* &* +@all"


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One playground, so one worker of a parallel run."""
    for item in items:
        if "boundary" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("boundary"))


def states(story: Stage) -> list[State]:
    return sorted(a.state for i in story.incidents() for a in i.approvals.values())


def approve(story: Stage, service: str) -> None:
    """Press Approve on the request of one of the two services."""
    [incident] = [i for i in story.incidents() if i.service == service]
    [message] = [step for name, step in incident.steps.items() if name.startswith("approval:")]
    assert story.people.click(APPROVER, str(message.channel), str(message.ts), "approve")["ok"]


def both_asked(story: Stage) -> bool:
    """Two requests are to be seen, and the approver was called to both."""
    shown = [
        s for i in story.incidents() for n, s in i.steps.items() if n.startswith("approval:") and s.state == "done"
    ]
    return len(shown) == 2


def checked(story: Stage) -> bool:
    return [len(x.checks) for i in story.incidents() for x in i.executions.values()] == [2]


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """loom's incident is over; warp's request is open, and nobody presses anything from now on."""
    folder: Path = tmp_path_factory.mktemp("boundary")
    (folder / "armed" / "modules").mkdir(parents=True)
    options = {"MIDWATCH_FAILPOINTS": str(folder / "armed")}
    with stage(folder, options, scenario=TWO, presses={}, users=[ADMIN]) as running:
        running.until(lambda: both_asked(running), 90, "two requests")
        approve(running, "loom")
        running.until(lambda: checked(running), 60, "the end of the first incident")
        assert states(running) == [State.PROPOSED, State.SUCCEEDED]
        yield running


@pytest.fixture
def admin(story: Stage) -> Iterator["redis.Redis"]:
    """Redis with every right."""
    with redis.Redis.from_url(f"redis://admin:everything@127.0.0.1:{story.outfit.redis_port}/0") as client:
        yield client


@pytest.fixture
def diagnose_redis(story: Stage) -> Iterator["redis.Redis"]:
    """Redis as the diagnose worker's own user."""
    with redis.Redis.from_url(story.outfit.redis_url("diagnose")) as client:
        yield client
