"""Prometheus's HTTP API over an engine: query, query_range, series, labels, metadata, targets, rules, alerts.

Decides status codes and envelopes; rules and alerts are asked of whoever evaluates them. Works mounted under a prefix.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.playground.world.prom import catalogue, parameters
from bot.playground.world.prom.engine import MOST_POINTS, TOO_FINE, Engine
from bot.playground.world.prom.errors import BadData
from bot.playground.world.prom.labels import freeze, is_label_name, quote
from bot.playground.world.prom.matching import accepts_all
from bot.playground.world.prom.parameters import Parameters
from bot.playground.world.prom.render import rendered

Listing = Callable[[], list[dict[str, Any]]]
Answer = Callable[[Parameters], Any]
_STATUS = {"bad_data": 400, "execution": 422}
_BUILD = {
    "version": "2.42.0",
    "revision": "playground",
    "branch": "HEAD",
    "buildUser": "midwatch",
    "buildDate": "20230131-13:47:36",
    "goVersion": "go1.19.5",
}


@dataclass(frozen=True)
class Api:
    """What each path answers, given its parameters."""

    engine: Engine
    rules: Listing
    alerts: Listing
    now: Callable[[], float]

    def query(self, given: Parameters) -> Any:
        at = parameters.moment(given, "time", self.now())
        _check_timeout(given)
        try:
            return rendered(self.engine.instant(parameters.query(given), at))
        except BadData as error:
            raise parameters.as_invalid_query(error) from error

    def query_range(self, given: Parameters) -> Any:
        start, end = parameters.moment(given, "start"), parameters.moment(given, "end")
        if end < start:
            raise BadData('invalid parameter "end": end timestamp must not be before start time')
        step = parameters.duration(given, "step")
        if step <= 0:
            raise BadData(
                'invalid parameter "step": zero or negative query resolution step widths are not accepted. '
                "Try a positive integer"
            )
        if (end - start) / step > MOST_POINTS:
            raise BadData(TOO_FINE)
        _check_timeout(given)
        return rendered(self.engine.range(parameters.query(given), start, end, step))

    def series(self, given: Parameters) -> Any:
        chosen, (start, end) = parameters.selectors(given, required=True), parameters.span(given)
        return [dict(labels) for labels in catalogue.found(self.engine.store, chosen, start, end)]

    def labels(self, given: Parameters) -> Any:
        chosen, (start, end) = parameters.selectors(given), parameters.span(given)
        return catalogue.label_names(catalogue.found(self.engine.store, chosen, start, end))

    def label_values(self, given: Parameters, name: str) -> Any:
        if not is_label_name(name):
            raise BadData(f"invalid label name: {quote(name)}")
        chosen, (start, end) = parameters.selectors(given), parameters.span(given)
        return catalogue.label_values(catalogue.found(self.engine.store, chosen, start, end), name)

    def metadata(self, given: Parameters) -> Any:
        metric, limit = parameters.first(given, "metric"), parameters.limit(given, "limit")
        return catalogue.metadata(self.engine.store, metric, limit)

    def targets(self, given: Parameters) -> Any:
        active = catalogue.targets(self.engine.store, self.now())
        return {"activeTargets": [] if parameters.first(given, "state") == "dropped" else active, "droppedTargets": []}

    def target_metadata(self, given: Parameters) -> Any:
        chosen = parameters.target_selector(given)
        active = catalogue.targets(self.engine.store, self.now())
        asked = [target for target in active if accepts_all(chosen, freeze(target["labels"]))]
        return catalogue.target_metadata(self.engine.store, asked, parameters.first(given, "metric"))

    def rule_groups(self, given: Parameters) -> Any:
        wanted = parameters.first(given, "type")
        if wanted not in ("", "alert", "record"):
            raise BadData(f'invalid parameter "type": not supported value {quote(wanted)}')
        kind = {"alert": "alerting", "record": "recording"}.get(wanted)
        groups = self.rules()
        if kind is None:
            return {"groups": groups}
        return {"groups": [{**group, "rules": [r for r in group["rules"] if r["type"] == kind]} for group in groups]}

    def firing(self, given: Parameters) -> Any:  # noqa: ARG002 - every answer takes its parameters
        return {"alerts": self.alerts()}


def prometheus_routes(
    engine: Engine, rules: Listing, alerts: Listing, now: Callable[[], float] = time.time
) -> list[BaseRoute]:
    """Routes to mount; `rules` lists groups as /api/v1/rules shows them, `alerts` alerts as /api/v1/alerts does."""
    api = Api(engine, rules, alerts, now)

    def values_of_label(request: Request) -> Answer:
        return lambda given: api.label_values(given, request.path_params["name"])

    return [
        _route("/api/v1/query", api.query, "GET", "POST"),
        _route("/api/v1/query_range", api.query_range, "GET", "POST"),
        _route("/api/v1/series", api.series, "GET", "POST"),
        _route("/api/v1/labels", api.labels, "GET", "POST"),
        Route("/api/v1/label/{name}/values", _endpoint(values_of_label), methods=["GET"]),
        _route("/api/v1/metadata", api.metadata, "GET"),
        _route("/api/v1/targets", api.targets, "GET"),
        _route("/api/v1/targets/metadata", api.target_metadata, "GET"),
        _route("/api/v1/rules", api.rule_groups, "GET"),
        _route("/api/v1/alerts", api.firing, "GET"),
        _route("/api/v1/status/buildinfo", lambda given: _BUILD, "GET"),  # noqa: ARG005
        Route("/-/healthy", _saying("Prometheus Server is Healthy.\n")),
        Route("/-/ready", _saying("Prometheus Server is Ready.\n")),
        Route("/", _saying("The playground's Prometheus: see api/v1/.\n")),
    ]


def _route(path: str, answer: Answer, *methods: str) -> Route:
    return Route(path, _endpoint(lambda request: answer), methods=list(methods))  # noqa: ARG005


def _endpoint(answer_for: Callable[[Request], Answer]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        given = await _given(request)
        try:
            content = await run_in_threadpool(answer_for(request), given)
        except BadData as error:
            refusal = {"status": "error", "errorType": error.error_type, "error": str(error)}
            return JSONResponse(refusal, _STATUS[error.error_type])
        return JSONResponse({"status": "success", "data": content})

    return endpoint


async def _given(request: Request) -> Parameters:
    """Form before query string, as Go reads them."""
    given = parse_qs(request.url.query, keep_blank_values=True)
    if request.method == "POST":
        form = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        given = {name: form.get(name, []) + given.get(name, []) for name in {**form, **given}}
    return given


def _saying(text: str) -> Callable[[Request], Response]:
    return lambda request: PlainTextResponse(text)  # noqa: ARG005


def _check_timeout(given: Parameters) -> None:
    if parameters.first(given, "timeout"):
        parameters.duration(given, "timeout")
