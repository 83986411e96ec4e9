"""The diagnose worker's cluster identity: refused where it may write, held back until it is proven that it may not."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from bot.adapters.looks import ToolLooks
from bot.core.errors import Denied, LookFailed, SettingsWrong
from bot.core.events import Outcome
from bot.playground.access import access_of
from bot.playground.outfit import identities
from bot.wiring.reading_identity import AGAIN_SECONDS, TRIES, gate_of
from tests.tools.change.stage import WEB, Stage, kubeconfig, playing
from tests.tools.read.answering import a_look
from tools.read.sources.cluster import ClusterSettings


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    access = access_of({"read": "read-token", "act": "act-token"}, [WEB], identities())
    access["tokens"]["renamed"] = {**access["tokens"]["act-token"], "user": "bob"}
    with playing(tmp_path_factory.mktemp("identity"), access=access) as stage:
        yield stage


@pytest.fixture
def cluster(running: Stage) -> Iterator[Stage]:
    yield running
    running.faulty.picks = lambda *_: False


@pytest.fixture
def file_of(cluster: Stage, tmp_path: Path) -> Callable[[str], str]:
    def write(token: str) -> str:
        path = tmp_path / token
        path.write_text(yaml.safe_dump(kubeconfig(cluster.url, token)))
        return str(path)

    return write


def break_down(cluster: Stage) -> None:
    cluster.faulty.how = "500"
    cluster.faulty.picks = lambda *_: True


def test_the_shipped_acting_identity_stops_the_start(file_of: Callable[[str], str]) -> None:
    with pytest.raises(SettingsWrong, match=r"must not be able to change the cluster.*midwatch-act"):
        gate_of(file_of("act-token"), ())


def test_a_writing_identity_of_any_name_stops_the_start_where_its_namespace_is_named(
    file_of: Callable[[str], str],
) -> None:
    with pytest.raises(SettingsWrong, match=f"patch deployments in {WEB}"):
        gate_of(file_of("renamed"), (WEB,))


def test_a_proven_identity_has_no_gate(file_of: Callable[[str], str]) -> None:
    assert gate_of(file_of("read-token"), ()) is None


def test_one_lost_answer_leaves_nothing_unproven(cluster: Stage, file_of: Callable[[str], str]) -> None:
    break_down(cluster)

    def mend(_: float) -> None:
        cluster.faulty.picks = lambda *_: False

    assert gate_of(file_of("read-token"), (), pause=mend) is None


def test_a_cluster_that_is_down_does_not_stop_the_start_and_is_not_read(
    cluster: Stage, file_of: Callable[[str], str], caplog: pytest.LogCaptureFixture
) -> None:
    break_down(cluster)
    pauses: list[float] = []

    with caplog.at_level(logging.ERROR):
        gate = gate_of(file_of("read-token"), (), pause=pauses.append)

    assert len(pauses) == TRIES - 1
    assert "UNPROVEN" in caplog.text
    assert gate is not None
    with pytest.raises(LookFailed, match=r"nothing proves that this identity may change nothing.*500"):
        gate()


def test_it_is_read_as_soon_as_the_identity_is_proven(cluster: Stage, file_of: Callable[[str], str]) -> None:
    break_down(cluster)
    now = [0.0]
    gate = gate_of(file_of("read-token"), (), pause=lambda _: None, clock=lambda: now[0])
    assert gate is not None
    with pytest.raises(LookFailed):
        gate()

    cluster.faulty.picks = lambda *_: False
    with pytest.raises(LookFailed):
        gate()  # asked a moment ago
    now[0] += AGAIN_SECONDS

    gate()


def test_it_is_never_read_with_an_identity_that_turns_out_to_write(
    cluster: Stage, file_of: Callable[[str], str]
) -> None:
    break_down(cluster)
    gate = gate_of(file_of("renamed"), (WEB,), pause=lambda _: None)
    cluster.faulty.picks = lambda *_: False

    assert gate is not None
    with pytest.raises(Denied, match=f"patch deployments in {WEB}"):
        gate()


def test_a_look_behind_a_closed_gate_says_why_and_asks_nothing(cluster: Stage, file_of: Callable[[str], str]) -> None:
    def closed() -> None:
        raise LookFailed("not read: nothing proves it")

    settings = ClusterSettings(kubeconfig=file_of("read-token"))
    looks = ToolLooks([settings], gates={ClusterSettings: closed})

    seen = looks.look("list_nodes", {}, a_look())

    assert (seen.outcome, seen.digest) == (Outcome.FAILED, "not read: nothing proves it")
