"""Results as the HTTP API writes them: values are strings, times are numbers of seconds."""

from typing import Any

from bot.playground.world.prom.numbers import in_json, plain
from bot.playground.world.prom.result import Curve, Result, Sample


def rendered(result: Result) -> dict[str, Any]:
    return {"resultType": result.kind, "result": _values(result)}


def _values(result: Result) -> list[Any]:
    match result.kind:
        case "vector":
            return [_sample(sample) for sample in result.vector]
        case "matrix":
            return [_curve(curve) for curve in result.matrix]
        case "scalar":
            return [_time(result.at), plain(result.scalar)]
    return [_time(result.at), result.string]


def _sample(sample: Sample) -> dict[str, Any]:
    return {"metric": dict(sample.labels), "value": [_time(sample.at), in_json(sample.value)]}


def _curve(curve: Curve) -> dict[str, Any]:
    points = zip(curve.times.tolist(), curve.values.tolist(), strict=True)
    return {"metric": dict(curve.labels), "values": [[_time(at), in_json(value)] for at, value in points]}


def _time(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else seconds
