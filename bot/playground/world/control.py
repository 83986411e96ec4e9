"""The world's own side door, `/_world`: what is so, what is broken on purpose, what was written, and the verdict.

No part of the bot uses it in earnest: it is for tests, the playground's player and the page people look at.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.playground.world.alerting.postman import Postman
from bot.playground.world.alerting.rules import Rules
from bot.playground.world.breaking import Breaking
from bot.playground.world.charts import curves
from bot.playground.world.exports import alertmanager_yaml, discovery, rules_yaml, scrape_yaml
from bot.playground.world.outages import Outage, Outages
from bot.playground.world.prom.engine import Engine
from bot.playground.world.scenario import Rollout, Scenario, Service
from bot.playground.world.sim.lives import PodLife, Trouble
from bot.playground.world.sim.meters import exposition
from bot.playground.world.sim.simulation import Simulation
from bot.playground.world.tempo import SPEEDS, Speed, Tempo
from bot.playground.world.verdict import Judge


@dataclass(frozen=True)
class Room:
    """Everything the side door opens to."""

    scenario: Scenario
    simulation: Simulation
    rules: Rules
    judge: Judge
    outages: Outages
    postman: Postman
    writes: Callable[[], Sequence[object]]
    now: Callable[[], float]
    engine: Engine
    breaking: Breaking
    tempo: Tempo
    set_speed: Callable[[int], None]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _AskedFault(_Asked):
    name: str
    on: bool = True


class _AskedBreak(_Asked):
    name: str | None = Field(default=None, description="Every fault of the scenario when absent")


class _AskedOutage(_Asked):
    api: Literal["prometheus", "elasticsearch", "kubernetes", "targets"]
    status: int | None = Field(default=None, ge=400, le=599)
    delay_ms: float = Field(default=0, ge=0, le=600_000)
    path: str = ""
    times: int | None = Field(default=None, ge=1)
    clear: bool = False


class _AskedSpeed(_Asked):
    speed: Speed


class _AskedRollout(_Asked):
    service: str
    image: str | None = None
    env: dict[str, str | None] = Field(default_factory=dict)
    cause: str | None = None


Endpoint = Callable[[Room, Request], Awaitable[Response]]


def control_routes(room: Room) -> list[BaseRoute]:
    """Return the routes of the side door and of the scrape targets."""
    return [
        *(Route(f"/_world/{name}", _entrance(room, endpoint), methods=[verb]) for verb, name, endpoint in _ENDPOINTS),
        Route("/sd", _entrance(room, _discovery)),
    ]


def target_routes(room: Room) -> list[BaseRoute]:
    return [Route("/{namespace}/{pod}/metrics", _entrance(room, _target))]


def _entrance(room: Room, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def enter(request: Request) -> Response:
        if request.headers.get("origin", _base(request)) != _base(request):
            return JSONResponse({"error": "this request came from another site's page"}, 403)
        try:
            return await endpoint(room, request)
        except ValidationError as error:
            said = [f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in error.errors()]
            return JSONResponse({"error": "; ".join(said)}, 400)

    return enter


async def _state(room: Room, _: Request) -> Response:
    services = {service.name: dict(_service_state(room, service)) for service in room.scenario.services}
    body = {
        "scenario": room.scenario.name,
        "title": room.scenario.title,
        "now": room.now(),
        "started": room.simulation.start,
        "begins_by_itself": any(trouble.fault.on for trouble in room.simulation.troubles),
        "wants_change": all(check.writes != 0 for check in room.scenario.end_state),
        "speed": room.tempo.speed,
        "speeds": SPEEDS,
        "services": services,
        "faults": [{**_fault_state(room, one["name"]), **_breakable(one)} for one in room.breaking.state(room.now())],
        "alerts": room.rules.alerts(),
        "outages": {api: asdict(outage) for api, outage in room.outages.now.items()},
    }
    return JSONResponse(body)


def _breakable(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: state[key] for key in ("bites", "breakable", "by_rollout")}


def _service_state(room: Room, service: Service) -> Iterator[tuple[str, Any]]:
    measured = room.simulation.measured(service.name)
    pods = [life for life in room.simulation.census.living() if life.service == service.name]
    newest = max((life.revision for life in pods), default=0)
    yield "namespace", room.scenario.namespace_of(service)
    yield "rps", round(measured.rps, 2)
    yield "error_ratio", round(measured.error_ratio, 5)
    yield "revision", newest
    yield "image", next((life.image for life in pods if life.revision == newest), service.image)
    troubles = [one for one in room.simulation.troubles if one.fault.service == service.name]
    yield "broken", [one.name for one in troubles if _bites(room, one)]
    yield "pods", [_pod_state(life) for life in pods]


def _pod_state(life: PodLife) -> Mapping[str, Any]:
    return {
        "name": life.name,
        "image": life.image,
        "revision": life.revision,
        "ordinal": life.ordinal,
        "node": life.node,
        "ready": life.ready_at is not None,
        "restarts": life.restarted,
    }


def _bites(room: Room, trouble: Trouble) -> bool:
    return trouble.holds_at(room.now()) and bool(room.simulation.struck_by(trouble))


def _fault_state(room: Room, name: str) -> Mapping[str, Any]:
    trouble = next(one for one in room.simulation.troubles if one.name == name)
    struck = [life.name for life in room.simulation.struck_by(trouble)]
    return {"name": name, "service": trouble.fault.service, "on": trouble.holds_at(room.now()), "pods": struck}


async def _verdict(room: Room, _: Request) -> Response:
    return JSONResponse(room.judge.verdict())


async def _writes(room: Room, _: Request) -> Response:
    rows = [asdict(one) if is_dataclass(one) and not isinstance(one, type) else vars(one) for one in room.writes()]
    return JSONResponse({"writes": rows})


async def _deliveries(room: Room, _: Request) -> Response:
    return JSONResponse({"deliveries": [asdict(one) for one in room.postman.deliveries]})


async def _fault(room: Room, request: Request) -> Response:
    asked = _AskedFault.model_validate_json(await request.body())
    trouble = room.simulation.switch(asked.name, asked.on, room.now())
    if trouble is None:
        names = ", ".join(one.name for one in room.simulation.troubles)
        return JSONResponse({"error": f"no fault {asked.name}; there are: {names}"}, 404)
    return JSONResponse(_fault_state(room, asked.name))


async def _break(room: Room, request: Request) -> Response:
    """Break what the scenario breaks, now, bringing the rollout that does it where there is one."""
    return await _each_fault(room, request, room.breaking.start)


async def _mend(room: Room, request: Request) -> Response:
    """Take the fault away by a miracle; nothing is rolled back."""
    return await _each_fault(room, request, room.breaking.stop)


async def _each_fault(room: Room, request: Request, act: Callable[[str, float], bool]) -> Response:
    asked = _AskedBreak.model_validate_json(await request.body() or b"{}")
    names = [trouble.name for trouble in room.simulation.troubles]
    if asked.name is not None and asked.name not in names:
        return JSONResponse({"error": f"no fault {asked.name}; there are: {', '.join(names)}"}, 404)
    for name in names if asked.name is None else [asked.name]:
        act(name, room.now())
    return JSONResponse({"faults": room.breaking.state(room.now())})


async def _speed(room: Room, request: Request) -> Response:
    """Let the world's own waits pass so many times as fast; moments and rates stay as they are."""
    room.set_speed(_AskedSpeed.model_validate_json(await request.body()).speed)
    return JSONResponse({"speed": room.tempo.speed})


async def _charts(room: Room, request: Request) -> Response:
    try:
        minutes = min(60.0, max(1.0, float(request.query_params.get("minutes", "10"))))
    except ValueError:
        return JSONResponse({"error": "minutes: a number"}, 400)
    return JSONResponse(curves(room.engine, room.scenario, room.now(), 60 * minutes))


async def _outage(room: Room, request: Request) -> Response:
    asked = _AskedOutage.model_validate_json(await request.body())
    outage = Outage(asked.status, asked.delay_ms, asked.path, asked.times)
    if asked.clear or outage == Outage():
        room.outages.clear(asked.api)
    else:
        room.outages.set(asked.api, outage)
    return JSONResponse({"outages": {api: asdict(one) for api, one in room.outages.now.items()}})


async def _roll_out(room: Room, request: Request) -> Response:
    asked = _AskedRollout.model_validate_json(await request.body())
    if asked.service not in [service.name for service in room.scenario.services]:
        return JSONResponse({"error": f"no service {asked.service}"}, 404)
    room.simulation.roll_out(Rollout.model_validate({**asked.model_dump(), "at": 0}))
    return JSONResponse({"rolling": asked.service})


async def _rules_yaml(room: Room, _: Request) -> Response:
    return PlainTextResponse(rules_yaml(room.scenario), media_type="application/yaml")


async def _scrape_yaml(room: Room, request: Request) -> Response:
    asked = request.query_params
    text = scrape_yaml(room.scenario, _base(request), asked.get("rules", "rules.yaml"), asked.get("alertmanager"))
    return PlainTextResponse(text, media_type="application/yaml")


async def _alertmanager_yaml(room: Room, request: Request) -> Response:
    asked = request.query_params
    if "webhook" not in asked:
        return JSONResponse({"error": "webhook: the address to post to is missing"}, 400)
    text = alertmanager_yaml(room.scenario, asked["webhook"], asked.get("token"))
    return PlainTextResponse(text, media_type="application/yaml")


def _base(request: Request) -> str:
    return f"http://{request.url.netloc}"


async def _discovery(room: Room, request: Request) -> Response:
    return JSONResponse(discovery(room.scenario, room.simulation.census.living(), request.url.netloc))


async def _target(room: Room, request: Request) -> Response:
    place = (request.path_params["namespace"], request.path_params["pod"])
    if place == ("kube-system", "kube-state-metrics"):
        return _text(exposition(iter(room.simulation.states.rows)))
    meter = room.simulation.town.meters.get(place)
    if meter is None:
        return PlainTextResponse("no such pod\n", 404)
    return _text(exposition(meter.exposed()))


def _text(body: str) -> Response:
    return PlainTextResponse(body, headers={"content-type": "text/plain; version=0.0.4; charset=utf-8"})


_ENDPOINTS: Sequence[tuple[str, str, Endpoint]] = (
    ("GET", "state", _state),
    ("GET", "verdict", _verdict),
    ("GET", "writes", _writes),
    ("GET", "deliveries", _deliveries),
    ("GET", "rules.yaml", _rules_yaml),
    ("GET", "scrape.yaml", _scrape_yaml),
    ("GET", "alertmanager.yaml", _alertmanager_yaml),
    ("GET", "charts", _charts),
    ("POST", "break", _break),
    ("POST", "mend", _mend),
    ("POST", "speed", _speed),
    ("POST", "fault", _fault),
    ("POST", "outage", _outage),
    ("POST", "roll_out", _roll_out),
)
