"""Jaeger's query API over drawn traces: services, operations, traces, one trace, dependencies; its own error bodies."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from bot.playground.world.traces.drawing import Draughtsman, Request, Step

DEFAULT_LIMIT, MOST = 20, 1500
HOUR = 3600.0
_UNITS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|µs|ms|s|m|h)")


class BadRequest(Exception):
    """What Jaeger answers with 400."""


@dataclass(frozen=True)
class Jaeger:
    """Answers one question."""

    draughtsman: Draughtsman
    moment: float

    def services(self, _: Asked) -> Any:
        return self.draughtsman.names

    def operations(self, asked: Asked) -> Any:
        name = asked.path_params["service"]
        return [f"GET /{name}"] if name in self.draughtsman.names else []

    def traces(self, asked: Asked) -> Any:
        given = asked.query_params
        service = given.get("service")
        if not service:
            raise BadRequest("parameter 'service' is required")
        now = self.moment
        start = _micros(given.get("start"), "start", (now - HOUR) * 1e6) / 1e6
        end = _micros(given.get("end"), "end", now * 1e6) / 1e6
        limit = int(_micros(given.get("limit"), "limit", DEFAULT_LIMIT))
        wanted, least = _tags(given.get("tags")), _seconds(given.get("minDuration"))
        found = self.draughtsman.requests(service, start, min(end, now))
        fitting = (one for one in found if _fits(one, service, wanted, least))
        return [trace_of(one) for one in islice(fitting, max(0, min(limit, MOST)))]

    def dependencies(self, asked: Asked) -> Any:
        if not asked.query_params.get("endTs"):
            raise BadRequest("unable to parse param 'endTs': strconv.ParseInt: parsing \"\": invalid syntax")
        end = _micros(asked.query_params.get("endTs"), "endTs", 0) / 1e3
        back = _micros(asked.query_params.get("lookback"), "lookback", 24 * HOUR * 1e3) / 1e3
        counted: dict[tuple[str, str], int] = {}
        for root in self.draughtsman.roots:
            for one in islice(self.draughtsman.requests(root, max(end - back, end - HOUR), end), 200):
                for pair in _pairs(one.steps):
                    counted[pair] = counted.get(pair, 0) + 1
        return [{"parent": up, "child": down, "callCount": count} for (up, down), count in counted.items()]


ANSWERS: dict[str, Callable[[Jaeger, Asked], Any]] = {
    "/api/services": Jaeger.services,
    "/api/services/{service}/operations": Jaeger.operations,
    "/api/traces": Jaeger.traces,
    "/api/dependencies": Jaeger.dependencies,
}


def jaeger_routes(ask: Callable[[], Jaeger]) -> list[BaseRoute]:
    return [Route(path, _answered(ask, answer), methods=["GET"]) for path, answer in ANSWERS.items()]


def _answered(ask: Callable[[], Jaeger], answer: Callable[[Jaeger, Asked], Any]) -> Callable[[Asked], Any]:
    async def serve(asked: Asked) -> JSONResponse:
        try:
            data = await run_in_threadpool(answer, ask(), asked)
        except BadRequest as error:
            errors = [{"code": 400, "msg": str(error)}]
            return JSONResponse({"data": None, "total": 0, "limit": 0, "offset": 0, "errors": errors}, 400)
        return JSONResponse({"data": data, "total": len(data), "limit": 0, "offset": 0, "errors": None})

    return serve


def trace_of(request: Request) -> dict[str, Any]:
    processes = {step.service: f"p{number}" for number, step in enumerate(_first_of_each(request.steps), 1)}
    return {
        "traceID": request.id,
        "spans": [_span(request, step, processes[step.service]) for step in request.steps],
        "processes": {
            processes[step.service]: {"serviceName": step.service, "tags": _process(step)}
            for step in _first_of_each(request.steps)
        },
        "warnings": None,
    }


def _span(request: Request, step: Step, process: str) -> dict[str, Any]:
    start = int((request.at + step.began) * 1e6)
    tags = [_tag("span.kind", step.kind), {"key": "http.status_code", "type": "int64", "value": step.code}]
    if step.kind == "client":
        tags.append(_tag("peer.service", step.peer))
    logs: list[dict[str, Any]] = []
    if step.failed:
        tags.append({"key": "error", "type": "bool", "value": True})
        fields = [_tag("event", "error"), _tag("message", step.says)]
        logs.append({"timestamp": start + int(step.took * 1e6), "fields": fields})
    parent = {"refType": "CHILD_OF", "traceID": request.id, "spanID": step.parent}
    return {
        "traceID": request.id,
        "spanID": step.id,
        "operationName": step.operation,
        "references": [parent] if step.parent else [],
        "startTime": start,
        "duration": int(step.took * 1e6),
        "tags": tags,
        "logs": logs,
        "processID": process,
        "warnings": None,
    }


def _process(step: Step) -> list[dict[str, Any]]:
    if step.pod is None:
        return []
    return [_tag("k8s.namespace.name", step.pod.namespace), _tag("k8s.pod.name", step.pod.name)]


def _tag(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "type": "string", "value": value}


def _first_of_each(steps: Iterable[Step]) -> list[Step]:
    found: dict[str, Step] = {}
    for step in steps:
        found.setdefault(step.service, step)
    return list(found.values())


def _pairs(steps: list[Step]) -> Iterable[tuple[str, str]]:
    by_id = {step.id: step for step in steps}
    return ((by_id[step.parent].service, step.service) for step in steps if step.parent in by_id)


def _fits(request: Request, service: str, wanted: dict[str, str], least: float) -> bool:
    """As Jaeger's stores do it: tags and duration must hold for one and the same span of the service."""
    return any(
        step.service == service and step.took >= least and all(_has(step, *pair) for pair in wanted.items())
        for step in request.steps
    )


def _has(step: Step, name: str, value: str) -> bool:
    known = {
        "error": "true" if step.failed else "",
        "http.status_code": str(step.code),
        "span.kind": step.kind,
        "peer.service": step.peer if step.kind == "client" else "",
    }
    return known.get(name) == value


def _micros(text: str | None, name: str, default: float) -> float:
    if not text:
        return default
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise BadRequest(
            f"unable to parse param '{name}': strconv.ParseInt: parsing {json.dumps(text)}: invalid syntax"
        )
    return float(text)


def _seconds(text: str | None) -> float:
    if not text:
        return 0.0
    parts = _DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        raise BadRequest(f"unable to parse param 'minDuration': time: invalid duration {json.dumps(text)}")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _tags(text: str | None) -> dict[str, str]:
    if not text:
        return {}
    try:
        read = json.loads(text)
    except ValueError as error:
        raise BadRequest(f"malformed 'tags' parameter, cannot unmarshal JSON: {error}") from error
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        raise BadRequest("malformed 'tags' parameter, cannot unmarshal JSON: values are strings")
    return read
