"""What `pods/log` answers: which container, from when, how much, how stamped. The lines come from the simulation.

A container's earlier life ends where its present one began; what was printed before is what `previous` shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.playground.world.kube.refusal import Refusal, bad_request, invalid_value
from bot.playground.world.kube.store import Object
from bot.playground.world.kube.times import nano_stamp, seconds

Lines = list[tuple[float, str]]
Source = Callable[[str, str, str | None], Lines]


def nothing(_namespace: str, _pod: str, _container: str | None) -> Lines:
    return []


@dataclass(frozen=True)
class LogQuery:
    container: str = ""
    previous: bool = False
    follow: bool = False
    timestamps: bool = False
    since_seconds: int | None = None
    since_time: float | None = None
    tail: int | None = None
    limit_bytes: int | None = None


def read_query(query: Mapping[str, Sequence[str]], pod: str) -> LogQuery:
    """Read the query of a log request; raises 400 for what cannot be read and 422 for what makes no sense."""
    told = {name: values[-1] for name, values in query.items() if values and values[-1] != ""}
    asked = LogQuery(
        told.get("container", ""),
        _switch(told, "previous"),
        _switch(told, "follow"),
        _switch(told, "timestamps"),
        _whole(told, "sinceSeconds"),
        _time(told),
        _whole(told, "tailLines"),
        _whole(told, "limitBytes"),
    )
    _check(asked, pod)
    return asked


def container_of(pod: Object, asked: LogQuery) -> Mapping[str, Any]:
    """Return the status of the container asked for, after checking that it has (or had) a life to show."""
    names = [one["name"] for part in ("initContainers", "containers") for one in pod["spec"].get(part) or ()]
    shown = pod["metadata"]["name"]
    if not asked.container and len(names) > 1:
        raise bad_request(f"a container name must be specified for pod {shown}, choose one of: [{' '.join(names)}]")
    name = asked.container or names[0]
    if name not in names:
        raise bad_request(f"container {name} is not valid for pod {shown}")
    statuses = pod["status"].get("containerStatuses") or ()
    unseen: Mapping[str, Any] = {"name": name, "state": {}, "restartCount": 0}
    status: Mapping[str, Any] = next((one for one in statuses if one["name"] == name), unseen)
    if asked.previous and not status["restartCount"]:
        raise bad_request(f'previous terminated container "{name}" in pod "{shown}" not found')
    waiting = (status["state"].get("waiting") or {}).get("reason")
    if not asked.previous and not status["restartCount"] and (waiting or not status["state"]):
        why = waiting or "ContainerCreating"
        raise bad_request(f'container "{name}" in pod "{shown}" is waiting to start: {why}')
    return status


def chosen(lines: Lines, status: Mapping[str, Any], asked: LogQuery, now: float) -> Lines:
    """Return the lines of the container's asked life, from the asked time on, at most the asked number."""
    began = _began(status)
    kept = [line for line in lines if (line[0] < began) is asked.previous and line[0] <= now]
    since = asked.since_time if asked.since_seconds is None else now - asked.since_seconds
    if since is not None:
        kept = [line for line in kept if line[0] >= since]
    if asked.tail is not None:
        kept = kept[-asked.tail :] if asked.tail else []
    return kept


def written(lines: Lines, asked: LogQuery) -> bytes:
    stamped = (f"{nano_stamp(at)} {text}\n" if asked.timestamps else f"{text}\n" for at, text in lines)
    whole = "".join(stamped).encode()
    return whole if asked.limit_bytes is None else whole[: asked.limit_bytes]


def _began(status: Mapping[str, Any]) -> float:
    if not status["restartCount"]:
        return 0.0
    state = status["state"]
    started = (state.get("running") or state.get("terminated") or {}).get("startedAt")
    last = ((status.get("lastState") or {}).get("terminated") or {}).get("finishedAt")
    return seconds(str(started or last)) if started or last else 0.0


def _check(asked: LogQuery, pod: str) -> None:
    causes = []
    if asked.since_seconds is not None and asked.since_time is not None:
        causes.append(
            ("sinceSeconds", asked.since_seconds, "at most one of `sinceTime` or `sinceSeconds` may be specified")
        )
    if asked.since_seconds is not None and asked.since_seconds < 1:
        causes.append(("sinceSeconds", asked.since_seconds, "must be greater than 0"))
    if asked.tail is not None and asked.tail < 0:
        causes.append(("tailLines", asked.tail, "must be greater than or equal to 0"))
    if asked.limit_bytes is not None and asked.limit_bytes < 1:
        causes.append(("limitBytes", asked.limit_bytes, "must be greater than 0"))
    if causes:
        said = [invalid_value(*one) for one in causes]
        words = f'PodLogOptions "{pod}" is invalid: {said[0].field}: {said[0].message}'
        details = {"name": pod, "kind": "PodLogOptions", "causes": [one.body() for one in said]}
        raise Refusal(422, "Invalid", words, details)


def _switch(told: Mapping[str, str], name: str) -> bool:
    return told.get(name, "false").lower() in ("true", "1", "t")


def _whole(told: Mapping[str, str], name: str) -> int | None:
    if name not in told:
        return None
    if not told[name].lstrip("-").isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{told[name]}": invalid syntax')
    return int(told[name])


def _time(told: Mapping[str, str]) -> float | None:
    if "sinceTime" not in told:
        return None
    try:
        return seconds(told["sinceTime"].replace(" ", "+"))
    except ValueError as error:
        raise bad_request(f"parsing time {told['sinceTime']!r}: {error}") from error
