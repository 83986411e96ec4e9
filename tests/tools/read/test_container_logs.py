"""Which containers' own logs are read, in which order, and that what was not read is told and never "empty"."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.case import seen
from bot.core.condition import parse
from bot.core.events import Outcome
from bot.core.three_valued import Truth
from bot.core.tool import Observation
from tests.reasoning import builders as b
from tests.tools.read.answering import a_look
from tests.tools.read.apiserver import ApiServer, Object, serving
from tests.tools.read.test_cluster import deployment, pod
from tools.read.shapes.containers import containers_to_read
from tools.read.shapes.objects import ContainerStatus, Ended, Meta, Pod, PodStatus, State
from tools.read.sources.cluster import ClusterSettings

Kubeconfig = Callable[[str, str], str]
Logs = Mapping[tuple[str, str], str | int]
AT = "2026-11-20T02:19:00Z"
RUNNING, DONE = State(), State(terminated=Ended(reason="Completed", exit_code=0))
LOOPING = State(waiting=Ended(reason="CrashLoopBackOff"))
WAITING = State(waiting=Ended(reason="PodInitializing"))
DIED = State(terminated=Ended(reason="Error", exit_code=1, finished_at=AT))


@pytest.fixture
def ask(kubeconfig: Kubeconfig) -> Callable[..., Observation]:
    def ask(pods: Sequence[Object], logs: Logs, **arguments: Any) -> Observation:
        kinds = {"deployments": [deployment()], "pods": pods}
        with serving(ApiServer(kinds, logs=logs)) as server:
            looks = ToolLooks(given=[ClusterSettings(kubeconfig=kubeconfig(server.url, "t0k"))])
            asked = {"namespace": "shop", "service": "api", **arguments}
            return looks.look("read_container_logs", asked, a_look(30.0))

    return ask


Ask = Callable[..., Observation]


def mentions(found: Observation, words: str) -> Truth:
    looks = {"it": seen("it", "read_container_logs", "E1", {}, found, "it")}
    return parse(f"mentions(it, '{words}')", {"it": "read_container_logs"}).judge(b.context(looks)).truth


def with_containers(name: str, *containers: str, **more: Any) -> Object:
    made = pod(name, False)
    made["status"]["containerStatuses"] = [{"name": one, "ready": True, "state": {}, **more} for one in containers]
    return made


def line(words: str) -> str:
    return f"{AT} {words}\n"


def test_the_container_called_like_the_service_is_read_first_and_what_was_not_read_is_told(ask: Ask) -> None:
    containers = ("auth-proxy", "envoy", "fluent-bit", "api")
    logs = {("p", one): line(f"ERROR {one} is unhappy") for one in containers}
    found = ask([with_containers("p", *containers)], logs)

    assert any("api is unhappy" in one["example"] for one in found.facts["templates"])
    assert found.facts["not_read"] == [{"pod": "p", "container": "fluent-bit", "why": "3 of a pod are read"}]
    assert found.digest.splitlines()[1] == "INCOMPLETE: the log of p fluent-bit was not read (3 of a pod are read)"
    assert (mentions(found, "api is unhappy"), mentions(found, "out of disk")) == (Truth.TRUE, Truth.UNKNOWN)


def test_five_logs_that_fail_and_one_that_is_empty_are_not_called_empty(ask: Ask) -> None:
    pods = [with_containers(f"p{number}", "api") for number in range(6)]
    found = ask(pods, {(f"p{number}", "api"): 500 for number in range(5)})

    assert found.outcome is Outcome.FAILED
    assert "cannot be said: the log of p0 api, p1 api, p2 api and 2 more was not read (Kubernetes answered 500" in found.digest  # fmt: skip  # noqa: E501


def test_six_logs_that_are_empty_are_empty(ask: Ask) -> None:
    assert ask([with_containers(f"p{number}", "api") for number in range(6)], {}).outcome is Outcome.NO_DATA


def test_pods_beyond_the_six_that_are_read_may_hold_what_these_do_not(ask: Ask) -> None:
    pods = [with_containers(f"p{number}", "api") for number in range(9)]
    found = ask(pods, {(f"p{number}", "api"): line("ERROR disk is full") for number in range(9)})
    empty = ask(pods, {})

    assert "INCOMPLETE: 3 pods of 9 were not read" in found.digest
    assert (mentions(found, "disk is full"), mentions(found, "panic")) == (Truth.TRUE, Truth.UNKNOWN)
    assert empty.outcome is Outcome.FAILED


def test_a_log_longer_than_what_is_read_rules_nothing_out(ask: Ask) -> None:
    found = ask([with_containers("p", "api")], {("p", "api"): line("ERROR disk is full") * 1000})

    assert "the log of p api was read in part" in found.facts["incomplete"]
    assert mentions(found, "panic") is Truth.UNKNOWN


def crashing_at_start(restarts: int = 7) -> Object:
    made = pod("p", False)
    ended = {"terminated": {"reason": "Error", "exitCode": 1, "finishedAt": AT}}
    looping = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}
    made["status"] |= {
        "phase": "Pending",
        "containerStatuses": [{"name": "api", "ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}],
        "initContainerStatuses": [
            {"name": "certs", "ready": True, "state": {"terminated": {"reason": "Completed", "exitCode": 0}}},
            {"name": "migrate", "restartCount": restarts, "state": looping, "lastState": ended},
        ],
    }
    return made


@pytest.mark.parametrize("previous", [False, True])
def test_the_words_of_an_init_container_that_crashes_are_read(ask: Ask, previous: bool) -> None:
    logs: Logs = {("p", "migrate"): line("ERROR no such table"), ("p", "api"): 400}
    found = ask([crashing_at_start()], logs, previous=previous)

    assert [one["example"] for one in found.facts["templates"]] == ["ERROR no such table"]
    assert found.facts["not_read"] == []


def test_the_restarts_of_an_init_container_are_restarts_of_its_pod(kubeconfig: Kubeconfig) -> None:
    with serving(ApiServer({"deployments": [deployment()], "pods": [crashing_at_start()]})) as server:
        looks = ToolLooks(given=[ClusterSettings(kubeconfig=kubeconfig(server.url, "t0k"))])
        [row] = looks.look("list_pods", {"namespace": "shop", "service": "api"}, a_look()).facts["pods"]

    assert (row["restarts"], row["reason"], row["restarted_at"]) == (7, "CrashLoopBackOff", "2026-11-20T02:19:00.000Z")
    assert row["last_state"] == {"reason": "Error", "exit_code": 1, "at": "2026-11-20T02:19:00.000Z"}


def test_one_pod_is_asked_for_by_its_name_alone(ask: Ask) -> None:
    pods = [with_containers("p0", "api"), with_containers("p1", "api")]
    found = ask(pods, {("p1", "api"): line("hello")}, service="", pod="p1")

    assert found.facts["pods_read"] == ["p1"]


def status(name: str, state: State = RUNNING, restarts: int = 0, ready: bool = True) -> ContainerStatus:
    last = State(terminated=Ended(exit_code=1)) if restarts else None
    return ContainerStatus(name=name, ready=ready, restart_count=restarts, state=state, last_state=last)


def made(*containers: ContainerStatus, init: Sequence[ContainerStatus] = (), default: str = "") -> Pod:
    annotations = {"kubectl.kubernetes.io/default-container": default} if default else None
    told = PodStatus(container_statuses=list(containers), init_container_statuses=list(init))
    return Pod(metadata=Meta(name="p", annotations=annotations), status=told)


@pytest.mark.parametrize(
    ("which", "order"),
    [
        (made(status("istio-proxy"), status("main"), status("cache")), ["main", "cache", "istio-proxy"]),
        (made(status("a"), status("b"), default="b"), ["b", "a"]),
        (made(status("a"), status("b", restarts=2, ready=False)), ["b", "a"]),
        (made(status("api"), status("b", restarts=2)), ["api", "b"]),
        (made(status("envoy", restarts=5), status("a")), ["a", "envoy"]),
        (made(status("a"), init=[status("old", DONE), status("side")]), ["a", "side"]),
        (made(status("a", WAITING), init=[status("first", LOOPING, 3), status("next", WAITING)]), ["first"]),
        (made(status("a", WAITING), init=[status("first", DIED)]), ["first"]),
        (made(), []),
    ],
)
def test_what_stops_the_pod_comes_first_then_what_is_meant_and_helpers_last(which: Pod, order: list[str]) -> None:
    assert containers_to_read(which, {"api"}, previous=False) == order


def test_before_the_last_restart_only_those_ran_that_restarted() -> None:
    both = made(status("api"), status("b", restarts=1), init=[status("c", DONE, 2), status("d", DONE)])

    assert containers_to_read(both, {"api"}, previous=True) == ["b", "c"]
