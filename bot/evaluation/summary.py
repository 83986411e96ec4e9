"""What many scores come to: rates, calibration, and how long it took. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bot.evaluation.scoring import Score

BINS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 1.01))


@dataclass(frozen=True)
class Ran:
    """One case that was answered; ``score`` None where nothing says what is right."""

    id: str
    suite: str
    seconds: float
    tokens: int
    calls: int
    score: Score | None


def summary_of(ran: Sequence[Ran], broken: int = 0) -> dict[str, Any]:
    scored = [one.score for one in ran if one.score is not None]
    return {
        "cases": len(ran),
        "scored": len(scored),
        "broken": broken,
        "passed": sum(one.passed for one in scored),
        "hit_1": _rate([one.hit_1 for one in scored]),
        "hit_3": _rate([one.hit_3 for one in scored]),
        "false_diagnosis": _rate([one.false_diagnosis for one in scored]),
        "abstained": _rate([one.abstained for one in scored]),
        "calibration": calibration(scored),
        "calls": sum(one.calls for one in ran),
        "tokens": sum(one.tokens for one in ran),
        "seconds": round(sum(one.seconds for one in ran), 3),
        "seconds_median": round(median(one.seconds for one in ran), 3) if ran else None,
    }


def calibration(scored: Sequence[Score]) -> dict[str, Any]:
    """Brier's score of the first cause's confidence, and how often each range of it was right."""
    sure = [(one.confidence, one.hit_1) for one in scored if one.confidence is not None]
    if not sure:
        return {"brier": None, "bins": []}
    brier = sum((confidence - hit) ** 2 for confidence, hit in sure) / len(sure)
    bins = []
    for low, high in BINS:
        inside = [(confidence, hit) for confidence, hit in sure if low <= confidence < high]
        if inside:
            said = sum(confidence for confidence, _ in inside) / len(inside)
            bins.append(
                {"from": low, "cases": len(inside), "said": round(said, 3), "right": _rate([hit for _, hit in inside])}
            )
    return {"brier": round(brier, 4), "bins": bins}


def _rate(values: Sequence[bool]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
