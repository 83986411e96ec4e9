"""Events as controllers write them: one object per thing said, counted when said again, forgotten after an hour."""

from collections.abc import Mapping
from typing import Any

from bot.playground.world.kube.state import Ref, State
from bot.playground.world.kube.times import stamp

_KEPT = 3600.0
_WHOM = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")


class Recorder:
    def __init__(self, state: State) -> None:
        self._state = state
        self._said: dict[tuple[str, ...], Ref] = {}

    def about(self, thing: Mapping[str, Any], reason: str, message: str, by: str, kind: str = "Normal") -> None:
        """Say something about an object this cluster holds; a pod's container by its `fieldPath`."""
        meta = thing["metadata"]
        involved = {name: meta[name] for name in ("namespace", "name", "uid", "resourceVersion") if name in meta}
        involved |= {"kind": thing["kind"], "apiVersion": thing["apiVersion"]}
        if "fieldPath" in thing:
            involved["fieldPath"] = thing["fieldPath"]
        self.say(meta.get("namespace", "default"), involved, reason, message, kind, by=by)

    def say(
        self,
        namespace: str,
        involved: Mapping[str, Any],
        reason: str,
        message: str,
        kind: str,
        *,
        by: str,
        at: float | None = None,
        count: int = 1,
    ) -> None:
        """Record an event that happened `count` times, the last time `at`."""
        moment = self._state.clock.now() if at is None else at
        told = {name: str(involved[name]) for name in _WHOM if involved.get(name)}
        key = (namespace, told.get("uid", told.get("name", "")), told.get("fieldPath", ""), reason, message, kind, by)
        ref = self._said.get(key)
        known = self._state.store.get("Event", ref.namespace, ref.name) if ref else None
        if known is None:
            self._said[key] = self._first(namespace, told, reason, message, kind, by, moment, count)
            return
        last = max(known["lastTimestamp"], stamp(moment))
        self._state.put("Event", {**known, "count": known["count"] + count, "lastTimestamp": last})

    def expire(self, ref: Ref, last: float) -> None:
        """Forget an event once it is an hour old."""
        if last + _KEPT > self._state.clock.now():
            self._state.queue.after(ref, last + _KEPT)
            return
        event = self._state.store.get("Event", ref.namespace, ref.name)
        if event is not None:
            self._state.remove("Event", event)

    def _first(
        self,
        namespace: str,
        involved: Mapping[str, str],
        reason: str,
        message: str,
        kind: str,
        by: str,
        at: float,
        count: int,
    ) -> Ref:
        name = f"{involved.get('name', 'unknown')}.{int(at * 1e9):x}{self._state.chance.getrandbits(12):03x}"
        meta = {"name": name, "namespace": namespace, "uid": self._state.uid(), "creationTimestamp": stamp(at)}
        self._state.put(
            "Event",
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": meta,
                "involvedObject": dict(involved),
                "reason": reason,
                "message": message,
                "source": {"component": by},
                "firstTimestamp": stamp(at),
                "lastTimestamp": stamp(at),
                "count": count,
                "type": kind,
                "eventTime": None,
                "reportingComponent": by,
                "reportingInstance": "",
            },
        )
        return Ref("Event", namespace, name)
