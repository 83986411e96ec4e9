"""What a pod's status says, given how far its life got and how it is held: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from bot.playground.world.kube.controllers.conditions import Condition, condition, with_condition
from bot.playground.world.kube.store import Object
from bot.playground.world.kube.times import stamp

WAITING = frozenset(
    {
        "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "CreateContainerConfigError",
        "CreateContainerError", "ContainerCreating", "PodInitializing",
    }
)  # fmt: skip
UNPULLED = WAITING - {"CrashLoopBackOff"}
EXITS = {"OOMKilled": 137, "Error": 1, "Completed": 0, "ContainerCannotRun": 128, "DeadlineExceeded": 143}


@dataclass(frozen=True)
class Health:
    """How somebody holds a pod: ready or not, why not, and what happened to its containers before."""

    ready: bool = True
    reason: str = ""
    restarts: int = 0
    restarted_at: float | None = None
    last_state: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Run:
    """How a container that ends by itself will end: after how many seconds, and with which reason to fail, if any."""

    seconds: float
    failure: str = ""


@dataclass
class Life:
    """How far a pod's life got, more exactly than whole seconds can say. Times are unix seconds."""

    uid: str
    born: float
    node: str = ""
    started: float | None = None
    ready: bool = False
    stopping_since: float | None = None
    ended: str = ""
    ended_at: float = 0.0
    health: Health = Health()
    run: Run | None = None


def status_of(pod: Object, life: Life, now: float) -> dict[str, Any]:
    """Return the whole status of a pod that has a node."""
    before = pod["status"]
    ready = life.ready and life.health.ready and not life.ended
    containers = [_container(pod, one, life, ready) for one in pod["spec"]["containers"]]
    status = {**before, "phase": _phase(life), "hostIP": _host(life.node), "hostIPs": [{"ip": _host(life.node)}]}
    status["startTime"] = before.get("startTime") or stamp(life.born)
    status["conditions"] = _conditions(pod, life, ready, now)
    if life.started is not None:
        address = _address(life.uid)
        status |= {"podIP": address, "podIPs": [{"ip": address}]}
    status["containerStatuses"] = containers
    status["observedGeneration"] = pod["metadata"].get("generation", 1)
    if life.health.reason == "Evicted" and life.ended == "Failed":
        status["reason"] = "Evicted"
    return status


def _phase(life: Life) -> str:
    if life.ended:
        return life.ended
    unpulled = not life.health.ready and life.health.reason in UNPULLED and not life.health.restarts
    return "Pending" if life.started is None or unpulled else "Running"


def _conditions(pod: Object, life: Life, ready: bool, now: float) -> list[Condition]:
    names = ", ".join(one["name"] for one in pod["spec"]["containers"])
    why = (
        ("PodCompleted", "")
        if life.ended == "Succeeded"
        else ("ContainersNotReady", f"containers with unready status: [{names}]")
    )
    held = condition("Ready", True, "", "") if ready else condition("Ready", False, *why)
    told = [
        condition("PodReadyToStartContainers", life.started is not None and not life.ended, "", ""),
        condition("Initialized", True, "", ""),
        held,
        {**held, "type": "ContainersReady"},
        condition("PodScheduled", True, "", ""),
    ]
    kept: list[Condition] = [dict(one) for one in pod["status"].get("conditions") or ()]
    generation = pod["metadata"].get("generation", 1)
    for one in told:
        kept = with_condition(kept, one, stamp(now))
    return [{**one, "observedGeneration": generation} for one in kept]


def _container(pod: Object, container: Mapping[str, Any], life: Life, ready: bool) -> dict[str, Any]:
    state = _state(pod, container, life)
    image = container["image"]
    status: dict[str, Any] = {
        "name": container["name"],
        "state": state,
        "lastState": _last_state(life.health),
        "ready": ready,
        "restartCount": life.health.restarts,
        "image": image,
        "imageID": "" if "waiting" in state and not life.health.restarts else _digest(image),
        "started": "running" in state,
        "resources": container.get("resources") or {},
    }
    if "running" in state or "terminated" in state:
        status["containerID"] = f"containerd://{_hex(life.uid + container['name'] + str(life.health.restarts))}"
    return status


def _state(pod: Object, container: Mapping[str, Any], life: Life) -> dict[str, Any]:
    if life.started is None:
        return {"waiting": {"reason": "ContainerCreating"}}
    started = stamp(life.health.restarted_at or life.started)
    reason = life.health.reason
    if life.ended:
        code = 0 if life.ended == "Succeeded" else EXITS.get(reason, 1)
        word = "Completed" if code == 0 else reason or "Error"
        over = {"exitCode": code, "reason": word, "startedAt": started, "finishedAt": stamp(life.ended_at)}
        return {"terminated": over}
    if life.health.ready or reason not in WAITING | set(EXITS):
        return {"running": {"startedAt": started}}
    if reason in EXITS:
        over = {"exitCode": EXITS[reason], "reason": reason, "startedAt": started, "finishedAt": started}
        return {"terminated": over}
    return {"waiting": {"reason": reason, "message": waiting_words(reason, pod, container)}}


def waiting_words(reason: str, pod: Object, container: Mapping[str, Any]) -> str:
    """Return the message the kubelet gives with a reason for waiting."""
    meta, name, image = pod["metadata"], container["name"], container["image"]
    match reason:
        case "CrashLoopBackOff":
            whom = f"container={name} pod={meta['name']}_{meta['namespace']}({meta['uid']})"
            return f"back-off 10s restarting failed {whom}"
        case "ImagePullBackOff":
            return f'Back-off pulling image "{image}"'
        case "ErrImagePull":
            return f'failed to pull and unpack image "{image}": not found'
        case _:
            return reason


def _last_state(health: Health) -> dict[str, Any]:
    told = dict(health.last_state or {})
    if told and not {"terminated", "waiting", "running"} & set(told):
        told = {"terminated": told}
    if "terminated" in told:
        over = dict(told["terminated"])
        over.setdefault("exitCode", EXITS.get(over.get("reason", "Error"), 1))
        told["terminated"] = over
    return told


def _hex(seed: str) -> str:
    return "".join(f"{crc32(f'{number}{seed}'.encode()):08x}" for number in range(8))


def _digest(image: str) -> str:
    return f"{image.partition('@')[0].rpartition(':')[0] or image}@sha256:{_hex(image)}"


def _address(uid: str) -> str:
    number = crc32(uid.encode())
    return f"10.244.{number >> 8 & 0xFF}.{max(2, number & 0xFF)}"


def _host(node: str) -> str:
    return f"172.18.0.{2 + crc32(node.encode()) % 250}"
