"""Ask two HTTP APIs the same and tell how their answers differ, in words; None where they agree."""

import math
from collections.abc import Mapping
from typing import Any

import requests

TOLERANCE = 1e-9
Asked = Mapping[str, str]


def why_different(asked: Asked, ours: str, theirs: str) -> str | None:
    """Compare an instant or (where a step is given) a range query on two base URLs."""
    mine, real = answer(ours, asked), answer(theirs, asked)
    return why_answers_differ(mine.status_code, mine.json(), real.status_code, real.json())


def answer(base: str, asked: Asked) -> requests.Response:
    return requests.post(f"{base}/api/v1/{'query_range' if 'step' in asked else 'query'}", asked, timeout=60)


def why_answers_differ(status: int, mine: Any, real_status: int, real: Any) -> str | None:
    if status != real_status or mine["status"] != real["status"]:
        return f"{status} {mine.get('error')!r}, and not {real_status} {real.get('error')!r}"
    if real["status"] == "error":
        return None if mine["errorType"] == real["errorType"] else f"{mine['errorType']}, and not {real['errorType']}"
    if mine["data"]["resultType"] != real["data"]["resultType"]:
        return f"a {mine['data']['resultType']}, and not a {real['data']['resultType']}"
    return _why_results_differ(mine["data"]["result"], real["data"]["result"], real["data"]["resultType"])


def _why_results_differ(mine: Any, real: Any, kind: str) -> str | None:
    if kind == "string":
        return None if mine == real else f"{mine}, and not {real}"
    if kind == "scalar":
        return _why_points_differ("the scalar", [mine], [real])
    ours, theirs = _by_labels(mine), _by_labels(real)
    if ours.keys() != theirs.keys() or len(mine) != len(real):
        return f"too many: {sorted(ours.keys() - theirs.keys())}; missing: {sorted(theirs.keys() - ours.keys())}"
    reasons = (_why_points_differ(key, ours[key], theirs[key]) for key in ours)
    return next((reason for reason in reasons if reason), None)


def _by_labels(series: Any) -> dict[str, list[Any]]:
    return {str(sorted(one["metric"].items())): one.get("values") or [one["value"]] for one in series}


def _why_points_differ(name: str, mine: list[Any], real: list[Any]) -> str | None:
    if [at for at, _ in mine] != [at for at, _ in real]:
        return f"{name} has {len(mine)} points from {mine[0]}, and not {len(real)} from {real[0]}"
    for (at, value), (_, expected) in zip(mine, real, strict=True):
        if not _close(value, expected):
            return f"{name} is {value} at {at}, and not {expected}"
    return None


def _close(value: str, expected: str) -> bool:
    if value == expected:
        return True
    return math.isclose(float(value), float(expected), rel_tol=TOLERANCE)
