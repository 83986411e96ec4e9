"""Judged curves as signs: what moved for the worse, with numbers and onset; what stayed, told together. Pure."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.signs import Role, Sign, Source
from tools.read.curves.judging import Judged, Move
from tools.read.curves.kinds import Kind, is_worse, kind_of
from tools.read.shapes.wording import number

MOST = 14
HEAVY, LIGHT, EITHER_WAY, OVER = 0.6, 0.45, 0.25, 0.6
STRONG = 20.0
FULL = 0.9


def signs_of(judged: Sequence[Judged]) -> tuple[Sign, ...]:
    """The moved ones heaviest first, at most fourteen, and one sign for all that stayed as they were."""
    moved = sorted(
        (_moved(one) for one in judged if one.moved), key=lambda sign: (-sign.weight, sign.began is None, sign.says)
    )
    calm = [one for one in judged if one.move is Move.STEADY or one.seasonal]
    return (*moved[:MOST], *([_calm(calm)] if calm else []))


def _moved(one: Judged) -> Sign:
    curve, rose = one.curve, one.move is Move.ROSE
    worse = is_worse(curve.name, rose)
    weight = {True: HEAVY if one.score >= STRONG else LIGHT, None: EITHER_WAY, False: 0.2}[worse]
    weight *= OVER if one.over else 1.0
    who = f"{curve.name} of {curve.service}" if curve.service else curve.name
    says = f"{who} {one.move.value} from {_shown(one.before, curve.unit)} to {_shown(one.after, curve.unit)}"
    says += f" at {_clock(one.onset)}" if one.onset else ""
    says += f" (peak {_shown(one.peak, curve.unit)})" if one.peak is not None and one.peak != one.after else ""
    says += f"{_full(one)}{', and is back' if one.over else ''}{_labels(one)}"
    role = Role.PAST if one.over and worse else Role.SYMPTOM
    return Sign(
        kind=f"{kind_of(curve.name).value}_{one.move.value}",
        role=role,
        source=Source.METRICS,
        says=says,
        object=curve.service,
        service=curve.service,
        weight=weight,
        began=one.onset,
        quotes=(f"{curve.name} {_shown(one.after, curve.unit)}",),
        facts={"metric": curve.name, "before": one.before, "after": one.after, "score": round(one.score, 2)},
    )


def _full(one: Judged) -> str:
    """A share that reached its end."""
    share = kind_of(one.curve.name) in (Kind.DISK, Kind.MEMORY, Kind.CPU, Kind.CONNECTIONS, Kind.QUEUE)
    top = 100.0 if (one.peak or 0) > 1.5 else 1.0
    percent = any(word in one.curve.name.lower() for word in ("pct", "percent", "ratio", "utilization", "util"))
    reached = share and percent and one.move is Move.ROSE and (one.peak or 0) >= FULL * top
    return ": it is saturated" if reached else ""


def _labels(one: Judged) -> str:
    shown = ", ".join(f"{name}={value}" for name, value in list(one.curve.labels.items())[:3])
    return f" ({shown})" if shown else ""


def _calm(calm: Sequence[Judged]) -> Sign:
    names = list(
        dict.fromkeys(
            f"{one.curve.name} of {one.curve.service}" if one.curve.service else one.curve.name for one in calm
        )
    )
    says = f"{len(calm)} curves stayed as they were before: {', '.join(names[:5])}{'…' if len(names) > 5 else ''}"
    return Sign("curves_steady", Role.WELL, Source.METRICS, says, weight=0.2)


def _shown(value: float | None, unit: str) -> str:
    return "?" if value is None else f"{number(value)}{f' {unit}' if unit else ''}"


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S")
