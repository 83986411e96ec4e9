"""A node under pressure: what it says of itself, and that nothing new is put on it until the pressure is over."""

from typing import Any

import pytest


def conditions(world: Any, name: str) -> dict[str, tuple[str, str]]:
    node = world.core().read_node(name)
    return {one.type: (one.status, one.reason) for one in node.status.conditions}


def nodes_of(world: Any) -> set[str]:
    return {pod["spec"]["nodeName"] for pod in world.pods()}


@pytest.mark.parametrize(
    ("pressure", "taint", "reason"),
    [
        ("MemoryPressure", "memory-pressure", "KubeletHasInsufficientMemory"),
        ("DiskPressure", "disk-pressure", "KubeletHasInsufficientDisk"),
        ("PIDPressure", "pid-pressure", "KubeletHasInsufficientPID"),
    ],
)
def test_a_pressure_is_a_condition_a_taint_and_an_event(world: Any, pressure: str, taint: str, reason: str) -> None:
    world.cluster.press("node-b", pressure, on=True)

    node = world.core().read_node("node-b")
    assert conditions(world, "node-b")[pressure] == ("True", reason)
    assert conditions(world, "node-b")["Ready"][0] == "True"
    assert [(one.key, one.effect) for one in node.spec.taints] == [(f"node.kubernetes.io/{taint}", "NoSchedule")]
    said = [one["reason"] for one in world.cluster.list("Event") if one["involvedObject"]["kind"] == "Node"]
    assert said == [reason.replace("Kubelet", "Node")]


def test_new_pods_find_other_nodes_while_it_lasts_and_come_back_afterwards(world: Any) -> None:
    world.cluster.press("node-b", "MemoryPressure", on=True)
    world.deploy(replicas=6)
    assert nodes_of(world) == {"node-a", "node-c"}

    world.cluster.press("node-b", "MemoryPressure", on=False)
    for pod in world.pods():
        world.core().delete_namespaced_pod(pod["metadata"]["name"], "shop", grace_period_seconds=0)
    world.wait(4)

    assert conditions(world, "node-b")["MemoryPressure"][0] == "False"
    assert nodes_of(world) == {"node-a", "node-b", "node-c"}


@pytest.mark.parametrize(
    "toleration",
    [
        {"operator": "Exists"},
        {"key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule"},
    ],
)
def test_a_pod_that_tolerates_it_is_put_there_all_the_same(
    world: Any, a_deployment: Any, toleration: dict[str, str]
) -> None:
    world.cluster.press("node-b", "MemoryPressure", on=True)
    manifest = a_deployment(replicas=6)
    manifest["spec"]["template"]["spec"]["tolerations"] = [toleration]

    world.cluster.create(manifest)
    world.wait(3)

    assert "node-b" in nodes_of(world)


def test_a_toleration_of_something_else_helps_nothing(world: Any, a_deployment: Any) -> None:
    world.cluster.press("node-b", "MemoryPressure", on=True)
    manifest = a_deployment(replicas=6)
    manifest["spec"]["template"]["spec"]["tolerations"] = [{"key": "gpu", "operator": "Exists"}]

    world.cluster.create(manifest)
    world.wait(3)

    assert nodes_of(world) == {"node-a", "node-c"}
