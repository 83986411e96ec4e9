"""Lists too long to be read, and kinds that may not be: what is found then is told, and nothing is "nothing there"."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
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
from tests.tools.read.test_cluster import deployment, pod, replica_set
from tools.read.sources.cluster import ClusterSettings

Kubeconfig = Callable[[str, str], str]
RECENT = "2026-11-20T02:19:00Z"
MANY = 5_400  # more than is read


@pytest.fixture
def ask(kubeconfig: Kubeconfig) -> Callable[..., tuple[Observation, ApiServer]]:
    def ask(
        kinds: Mapping[str, Sequence[Object]], tool: str, denied: Sequence[str] = (), **arguments: Any
    ) -> tuple[Observation, ApiServer]:
        with serving(ApiServer(kinds, denied)) as server:
            looks = ToolLooks(given=[ClusterSettings(kubeconfig=kubeconfig(server.url, "t0k"))])
            return looks.look(tool, {"namespace": "shop", **arguments}, a_look(30.0)), server

    return ask


Ask = Callable[..., tuple[Observation, ApiServer]]


def owned(name: str, app: str = "api", ready: bool = True, **labels: str) -> Object:
    """A pod of this name with these labels."""
    made = pod(name, ready)
    made["metadata"]["labels"] = {"app": app, **labels}
    return made


def event(number: int, name: str, reason: str = "BackOff", kind: str = "Pod") -> Object:
    about = {"kind": kind, "name": name}
    return {"metadata": {"name": f"{name}.{number:05}", "uid": f"e{number}"}, "involvedObject": about, "reason": reason,
            "message": f"{reason} happened", "type": "Warning", "lastTimestamp": RECENT, "count": 1}  # fmt: skip


def says(text: str, tool: str, found: Observation) -> Truth:
    looks = {"it": seen("it", tool, "E1", {}, found, "it")}
    return parse(text, {"it": tool}).judge(b.context(looks)).truth


OTHERS = [event(number, f"aaa-{number}") for number in range(MANY)]
MINE = {"deployments": [deployment()], "pods": [owned("api-h2-x", ready=False)]}


def test_an_event_beyond_the_end_of_a_cut_list_is_found_by_asking_about_its_object(ask: Ask) -> None:
    found, server = ask({**MINE, "events": [*OTHERS, event(9, "api-h2-x", "FailedScheduling")]}, "list_events",
                        service="api")  # fmt: skip

    assert [one["reason"] for one in found.facts["events"]] == ["FailedScheduling"]
    assert says("event(it, 'FailedScheduling')", "list_events", found) is Truth.TRUE
    assert says("event(it, 'FailedMount')", "list_events", found) is Truth.UNKNOWN
    assert found.digest.splitlines()[1] == ("INCOMPLETE: only the first 5,000 of about 5,401 events in shop were read")
    assert ("events", "involvedObject.name=api-h2-x") in server.asked


def test_no_event_in_a_cut_list_is_a_look_that_failed_and_never_no_data(ask: Ask) -> None:
    found, _ = ask({**MINE, "events": OTHERS}, "list_events", service="api")

    assert found.outcome is Outcome.FAILED
    assert "Whether there is an event about api in shop cannot be said: only the first 5,000" in found.digest


def test_many_events_of_one_reason_do_not_hide_another(ask: Ask) -> None:
    pods = [owned(f"api-{number}", ready=False) for number in range(120)]
    events = [event(number, f"api-{number}") for number in range(120)]
    old = {**event(999, "api-3", "FailedMount"), "lastTimestamp": "2026-11-20T02:10:00Z"}
    found, _ = ask({**MINE, "pods": pods, "events": [*events, old]}, "list_events", service="api")

    assert says("event(it, 'FailedMount')", "list_events", found) is Truth.TRUE
    assert says("event(it, 'FailedScheduling')", "list_events", found) is Truth.FALSE
    assert says("count(it, 'events') < 100", "list_events", found) is Truth.UNKNOWN
    assert (found.facts["total"], found.facts["dropped"]) == (121, 121 - len(found.facts["events"]))


def a_namespace_of(count: int) -> dict[str, list[Object]]:
    """Deployments with eleven ReplicaSets each, in the order of their names; `zzz` is the last."""
    names = [f"a-{number:04}" for number in range(count)] + ["zzz"]
    sets = []
    for name in names:
        for revision in range(1, 12):
            one = replica_set(revision, "2026-11-20T02:15:00Z", f"{name}:{revision}", owner=f"u-{name}")
            labels = {"app": name, "pod-template-hash": f"h{revision}"}
            one["metadata"] |= {"name": f"{name}-h{revision}", "uid": f"{name}{revision}", "labels": labels}
            sets.append(one)
    return {"deployments": [deployment(name) for name in names], "replicasets": sets}


def test_the_rollouts_of_the_last_of_many_deployments_are_found_by_its_own_selector(ask: Ask) -> None:
    found, server = ask(a_namespace_of(500), "rollout_history", service="zzz")

    assert (found.facts["total"], found.facts["rollouts"][0]["workload"]) == (11, "zzz")
    assert says("has_previous(it)", "rollout_history", found) is Truth.TRUE
    assert server.asked == [("deployments", "metadata.name=zzz"), ("replicasets", "app=zzz")]


def test_of_a_whole_namespace_each_deployments_live_revision_and_the_one_before_are_kept(ask: Ask) -> None:
    found, _ = ask(a_namespace_of(60), "rollout_history")
    kept: dict[str, set[int]] = {}
    for one in found.facts["rollouts"]:
        kept.setdefault(one["workload"], set()).add(one["revision"])

    assert len(kept) == 61
    assert all({1, 2} <= revisions for revisions in kept.values())  # the second is the live one
    assert found.facts["dropped"] == 61 * 11 - len(found.facts["rollouts"])


@pytest.mark.parametrize("tool", ["list_workloads", "list_pods"])
def test_a_deployment_beyond_the_end_of_the_list_is_found_by_its_name(ask: Ask, tool: str) -> None:
    others = [deployment(f"a-{number:04}") for number in range(MANY)]
    found, server = ask({"deployments": [*others, deployment("web")], "pods": [owned("web-1", "web")]}, tool,
                        service="web")  # fmt: skip

    assert (found.outcome, found.facts["total"]) == (Outcome.OK, 1)
    assert "incomplete" not in found.facts
    assert ("deployments", "metadata.name=web") in server.asked
    assert ("deployments", "") not in server.asked


def test_a_deployment_beyond_the_end_of_the_list_is_found_by_its_label_but_others_may_be_missing(ask: Ask) -> None:
    last = deployment("zzz-main")
    last["metadata"]["labels"] = {"app": "web"}
    others = [deployment(f"a-{number:04}") for number in range(MANY)]
    found, _ = ask({"deployments": [*others, last]}, "list_workloads", service="web")

    assert [one["name"] for one in found.facts["workloads"]] == ["zzz-main"]
    assert says("workload_unhealthy(it)", "list_workloads", found) is Truth.UNKNOWN
    assert "INCOMPLETE: only the first 5,000 of about 5,401 Deployments in shop were read" in found.digest


@pytest.mark.parametrize("tool", ["list_workloads", "rollout_history", "list_pods"])
def test_what_is_not_in_a_cut_list_may_be_there(ask: Ask, tool: str) -> None:
    others = [deployment(f"a-{number:04}") for number in range(MANY)]
    found, _ = ask({"deployments": others}, tool, service="web")

    assert found.outcome is Outcome.FAILED
    assert "cannot be said: only the first 5,000" in found.digest


def test_what_is_in_no_list_that_was_read_to_its_end_is_not_there(ask: Ask) -> None:
    for tool in ("list_workloads", "rollout_history", "list_pods", "list_events"):
        found, _ = ask(MINE, tool, service="web")
        assert found.outcome is Outcome.NO_DATA, tool


@pytest.mark.parametrize(
    "tool", ["list_workloads", "rollout_history", "list_pods", "list_events", "read_container_logs"]
)
def test_a_service_is_not_called_absent_where_deployments_may_not_be_listed(ask: Ask, tool: str) -> None:
    pods = [owned("checkout-1", "checkout")]
    found, _ = ask({"deployments": [deployment("web")], "pods": pods}, tool, ["deployments"], service="web")

    assert found.outcome is Outcome.DENIED
    assert "Deployments could not be read (Kubernetes refused: 403 deployments is forbidden" in found.digest


def test_pods_found_by_their_labels_alone_are_shown_and_rule_nothing_out(ask: Ask) -> None:
    found, _ = ask({"pods": [owned("web-1", "web")]}, "list_pods", ["deployments"], service="web")

    assert (found.outcome, found.facts["total"]) == (Outcome.OK, 1)
    assert says("unready(it)", "list_pods", found) is Truth.UNKNOWN
    assert "INCOMPLETE: Deployments could not be read (Kubernetes refused: 403" in found.digest


@pytest.mark.parametrize(("tool", "asked"), [("read_workload", {"name": "api"}), ("list_workloads", {})])
def test_a_workload_is_read_though_its_replica_sets_may_not_be(ask: Ask, tool: str, asked: dict[str, str]) -> None:
    found, _ = ask(MINE, tool, ["replicasets"], **asked)
    row = found.facts["workload"] if tool == "read_workload" else found.facts["workloads"][0]

    assert (found.outcome, row["healthy"], row["revision"], row["template_hash"]) == (Outcome.OK, True, 2, None)
    assert "ReplicaSets could not be read (Kubernetes refused: 403" in found.digest
    assert says("workload_healthy(it)", tool, found) is Truth.TRUE  # the workload itself was read


def test_rollouts_are_denied_where_replica_sets_may_not_be_read(ask: Ask) -> None:
    found, _ = ask(MINE, "rollout_history", ["replicasets"], service="api")

    assert found.outcome is Outcome.DENIED


def test_a_name_that_no_object_can_have_is_put_into_no_selector(ask: Ask) -> None:
    found, server = ask(MINE, "list_pods", service="api,app!=x")

    assert found.outcome is Outcome.NO_DATA
    assert {selector for _, selector in server.asked} == {""}


def test_only_one_place_says_that_there_is_nothing() -> None:
    folder = Path(__file__).parents[3] / "tools/read"
    saying = [path.name for path in folder.rglob("*.py") if "Outcome.NO_DATA" in path.read_text(encoding="utf-8")]

    assert saying == ["gaps.py"]
