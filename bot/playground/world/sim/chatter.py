"""What pods write: everyday lines, one harmless warning that always occurs, failed calls, and the lines of faults.

Decides when and what; the look of a line and its place are `journal.py`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bot.playground.world.parts import LogLine
from bot.playground.world.scenario import Service
from bot.playground.world.search.documents import Value
from bot.playground.world.sim.flows import Flow
from bot.playground.world.sim.journal import Written
from bot.playground.world.sim.lives import PodLife
from bot.playground.world.sim.weather import Floats
from bot.playground.world.tempo import Tempo

_HARMLESS_EVERY = 40.0
_HARMLESS = "option http.keepalive.legacy is deprecated and has no effect"
_MOST_FAILED_CALLS = 2.0
"""Lines a second of one pod: real services sample the errors they log."""


@dataclass(frozen=True)
class Span:
    """Steps of `step` seconds; each ends at one of `times`."""

    times: Floats
    step: float

    @property
    def begin(self) -> float:
        return float(self.times[0]) - self.step

    @property
    def end(self) -> float:
        return float(self.times[-1])


@dataclass(frozen=True)
class Burst:
    """A line that faults or the scenario make, with the lines a second expected of one pod at each moment."""

    line: LogLine
    rate: Floats


def spoken(
    rng: np.random.Generator, service: Service, pod: PodLife, flow: Flow, span: Span, bursts: list[Burst]
) -> list[Written]:
    """Return what a pod writes in a span of time, in no order."""
    found: list[Written] = []
    wrong = np.broadcast_to(flow.error_ratio(), span.times.shape)
    for at, nonce, place in _moments(rng, service.log_rate * flow.alive, span):
        found.append(_everyday(service, float(wrong[place]), float(flow.latency_ms[place]), at, nonce))
    for at, _, _ in _moments(rng, flow.alive / _HARMLESS_EVERY, span):
        found.append(Written(at, "WARN", _HARMLESS, {"log.logger": "config"}))
    for called, ratio in flow.through.items():
        rate = np.minimum(_MOST_FAILED_CALLS, 0.5 * flow.rate * ratio)
        for at, nonce, _ in _moments(rng, rate, span):
            found.append(_failed_call(called, at, nonce))
    for burst in bursts:
        for at, nonce, _ in _moments(rng, burst.rate * flow.alive, span):
            found.append(_burst_line(burst.line, pod, at, nonce))
    return found


def _moments(rng: np.random.Generator, rate: Floats, span: Span) -> Iterator[tuple[float, int, int]]:
    """Yield (when, a number to vary the line by, which step) for lines that come at `rate` a second."""
    times, meant = span.times, np.maximum(0.0, rate) * span.step
    counts = rng.poisson(np.broadcast_to(meant, times.shape))
    places = np.repeat(np.arange(len(times)), counts)
    when = times[places] - rng.random(len(places)) * span.step
    nonces = rng.integers(0, 2**62, size=len(places))
    yield from zip(when.tolist(), nonces.tolist(), places.tolist(), strict=True)


def _trace(nonce: int) -> str:
    return f"{nonce:016x}{(nonce * 0x9E3779B97F4A7C15) % 2**64:016x}"


Everyday = Callable[[Service, int], tuple[str, str, dict[str, Value]]]


def _request(service: Service, nonce: int, failed: bool, latency_ms: float) -> tuple[str, str, dict[str, Value]]:
    status = 500 if failed else 404 if nonce % 251 == 0 else 200
    spent = max(1, round(latency_ms * (0.5 + (nonce >> 8) % 1000 / 800)))
    verb = ("GET", "GET", "GET", "POST", "PUT")[nonce % 5]
    own: dict[str, Value] = {
        "log.logger": "http",
        "trace.id": _trace(nonce),
        "http.response.status_code": status,
        "event.duration": spent * 1_000_000,
    }
    message = f"{verb} /{service.name}/{(nonce >> 20) % 90_000} {status} {spent}ms"
    return "ERROR" if failed else "INFO", message, own


def _cache(_: Service, nonce: int) -> tuple[str, str, dict[str, Value]]:
    return "INFO", f"cache refreshed: {400 + nonce % 300} entries in {2 + nonce % 17} ms", {"log.logger": "cache"}


def _pool(_: Service, nonce: int) -> tuple[str, str, dict[str, Value]]:
    return "INFO", f"connection pool: {1 + nonce % 9} active, {3 + nonce % 5} idle", {"log.logger": "pool"}


def _health(_: Service, __: int) -> tuple[str, str, dict[str, Value]]:
    return "DEBUG", "readiness probe answered", {"log.logger": "health"}


def _slow(service: Service, nonce: int) -> tuple[str, str, dict[str, Value]]:
    called = service.calls[nonce % len(service.calls)] if service.calls else "database"
    return "WARN", f"slow call to {called}: {300 + nonce % 900} ms", {"log.logger": "client", "trace.id": _trace(nonce)}


_EVERYDAY: Sequence[Everyday] = (_cache, _cache, _pool, _pool, _health, _slow)


def _everyday(service: Service, wrong: float, latency_ms: float, at: float, nonce: int) -> Written:
    kind = nonce % 100
    if kind < 70:
        failed = (nonce >> 30) % 10_000 < wrong * 10_000
        return Written(at, *_request(service, nonce, failed, latency_ms))
    # slow calls are rare: one line in a hundred
    chosen = _EVERYDAY[5] if kind == 99 else _EVERYDAY[kind % 5]
    return Written(at, *chosen(service, nonce))


def _failed_call(called: str, at: float, nonce: int) -> Written:
    own: dict[str, Value] = {"log.logger": "client", "trace.id": _trace(nonce)}
    return Written(at, "ERROR", f"call to {called} failed: 500 Internal Server Error after {20 + nonce % 200} ms", own)


def _burst_line(line: LogLine, pod: PodLife, at: float, nonce: int) -> Written:
    own: dict[str, Value] = {"log.logger": line.logger or "app", "trace.id": _trace(nonce)}
    if line.stack:
        own["error.stack_trace"] = line.stack
    return Written(at, line.level, filled(line.message, pod, nonce), own)


def filled(message: str, pod: PodLife, nonce: int) -> str:
    """Put what varies into a scenario's line: {request_id}, {ms}, {n}, {id}, {pod}; other braces stay as they are."""
    values = {
        "{request_id}": _trace(nonce)[:16],
        "{ms}": str(20 + nonce % 4000),
        "{n}": str(1 + nonce % 99),
        "{id}": str(10_000 + nonce % 90_000),
        "{pod}": pod.name,
    }
    for place, value in values.items():
        message = message.replace(place, value)
    return message


def lifecycle(pod: PodLife, begin: float, end: float, tempo: Tempo) -> list[Written]:
    """Return the first and last words of the pod's containers inside a span of time."""
    tag = pod.image.rpartition(":")[2]
    found = []
    for at in [pod.began, *pod.restarts]:
        found.append(Written(tempo.reached(at, 0.2), "INFO", f"starting {pod.service} {tag}", {"log.logger": "main"}))
        found.append(Written(tempo.reached(at, 1.1), "INFO", "listening, ready to serve", {"log.logger": "main"}))
    if pod.ended is not None:
        found.append(Written(pod.ended - 0.1, "INFO", "received SIGTERM, shutting down", {"log.logger": "main"}))
    return [line for line in found if begin <= line.at < end]
