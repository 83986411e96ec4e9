"""Weighs every change: can its diff make this fault, does it share its words, does it work there, was it there in time.

Recency convicts nobody. Where nothing reaches the bar, or something outside explains the fault and no diff has a word
of it, no change is blamed, and it is said why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.causality.diffs import Diff, read_diff
from bot.core.causality.faults import BROAD, faults_in, outside_in
from bot.core.causality.mechanisms import Mechanism, mechanisms_of
from bot.core.causality.places import BENEATH, bare, is_harmless, nearness
from bot.core.causality.words import Shared, commonness, names_in, shared
from bot.core.changed import Change, ChangeVerdict, Suspect
from bot.core.service_map import ServiceMap
from bot.core.signs import Role, Sign
from bot.core.window import Window

BAR, LEAD = 0.42, 0.06
OUTSIDE_BAR = 0.62  # where something outside explains it
MATTERS = 0.3
SLACK = timedelta(minutes=1)  # clocks, and times cut to the minute
MECHANISM, WORDS = 0.72, 0.8
SAME_SPECIFIC, SAME_BROAD = 1.0, 0.45
LOG_ONLY, HARMLESS, UNSEEN_DIFF, NEVER_DEPLOYED = 0.25, 0.04, 0.55, 0.4  # so that the last never reaches the bar
_LOGGING = ("log.", "log_", "logger", "logging", "print(", "println", "console.", "fmt.print", "slog.", "zap.", ".msg(")


@dataclass(frozen=True)
class Scene:
    """What all changes are judged against."""

    faults: dict[str, int]
    trouble: set[str]
    failing: Sequence[str]
    map: ServiceMap
    onset: datetime | None
    known: tuple[str, ...]


def judge_changes(
    changes: Sequence[Change],
    signs: Sequence[Sign],
    service_map: ServiceMap,
    onset: datetime | None,
    window: Window,
    failing: Sequence[str],
) -> ChangeVerdict:
    """``failing`` are the services in trouble, the first to fail first."""
    troubled = [one for one in signs if one.role in (Role.CAUSE, Role.SYMPTOM) and one.weight >= MATTERS]
    texts = [text for one in troubled for text in (one.says, *one.quotes)]
    known = _known(changes, signs, service_map)
    scene = Scene(faults_in(texts), names_in("\n".join(texts)), failing, service_map, onset or window.alert_at, known)
    diffs = [read_diff(one.diff) for one in changes]
    names = [names_in(f"{diff.changed}\n{' '.join(change.files)}") for diff, change in zip(diffs, changes, strict=True)]
    seen = commonness(names)
    ignored = {part for one in known for part in (one.lower(), bare(one), *names_in(one))}
    found = [
        _suspect(change, diff, shared(mine, scene.trouble, seen, len(changes), ignored), scene)
        for change, diff, mine in zip(changes, diffs, names, strict=True)
    ]
    ranked = tuple(sorted(found, key=lambda one: (-one.score, one.change.id)))
    return _verdict(ranked, texts)


def _known(changes: Sequence[Change], signs: Sequence[Sign], service_map: ServiceMap) -> tuple[str, ...]:
    told = [one.service for one in changes] + [one.service for one in signs if one.service]
    mapped = [name for edge in service_map.edges for name in (edge.caller, edge.callee)]
    return tuple(dict.fromkeys(one for one in (*told, *mapped) if one))


def _suspect(change: Change, diff: Diff, words: Shared, scene: Scene) -> Suspect:
    lasting = [_match(one, scene) for one in mechanisms_of(diff, change.files)]
    best = max(lasting, key=lambda pair: pair[0], default=(0.0, None))
    strength, mechanism = best
    place, where = nearness(change, scene.failing, scene.map, scene.known)
    when, timing, against = _in_time(change, mechanism, scene)
    can, why_not = _can(change, diff)
    score = (1 - (1 - MECHANISM * strength) * (1 - WORDS * words.score)) * place * when * can
    speaks = [timing, where]
    if mechanism is not None and strength > 0:
        speaks.insert(0, f"its diff can make this: {mechanism.says}")
    if words.names:
        speaks.insert(0, f"its diff and the trouble both name {', '.join(words.names)}")
    objections = [one for one in (against, why_not) if one]
    if not strength and not words.names:
        objections.append("nothing in its diff can make this fault")
    if place < BENEATH and not where and scene.failing:
        objections.append(f"it does not work in {scene.failing[0]} nor in what that stands on")
    return Suspect(change, round(min(score, 0.97), 4), tuple(one for one in speaks if one), tuple(objections))


def _match(one: Mechanism, scene: Scene) -> tuple[float, Mechanism]:
    """How strongly a feature of a diff fits what is seen: a particular kind of fault in full, a broad one by half."""
    same = one.makes & scene.faults.keys()
    if same - BROAD:
        return one.weight * SAME_SPECIFIC, one
    return (one.weight * SAME_BROAD if same else 0.0), one


def _in_time(change: Change, mechanism: Mechanism | None, scene: Scene) -> tuple[float, str, str]:
    """(factor, what speaks for it, what against): before the onset, and not so long that it would have shown."""
    assert scene.onset is not None
    before = scene.onset - change.at
    minutes = before.total_seconds() / 60
    if before < -SLACK:
        return 0.0, "", f"it took effect {-minutes:.0f} min after the trouble began"
    factor = NEVER_DEPLOYED if change.facts.get("deployed") is False else 1.0
    against = "no deploy of it was seen" if factor < 1 else ""
    if minutes > 120 and not (mechanism and mechanism.delayed):
        factor *= 0.85 if minutes <= 360 else 0.65
    late = ", and what it does can take time to show" if mechanism and mechanism.delayed and minutes > 10 else ""
    return factor, f"it took effect {max(0, round(minutes))} min before the trouble began{late}", against


def _can(change: Change, diff: Diff) -> tuple[float, str]:
    """What kind of change it is at all."""
    if change.kind == "flag":
        return 0.8, ""
    if is_harmless(change.files):
        return HARMLESS, "it changes only documents, tests, styles or the like"
    if change.diff and diff.is_empty:
        return HARMLESS, "it only moves or comments lines"
    if not change.diff and change.kind in ("commit", "deploy"):
        return UNSEEN_DIFF, "its diff was not seen"
    lines = [line.strip().lower() for line in (*diff.removed, *diff.added)]
    if lines and all(any(word in line for word in _LOGGING) for line in lines):
        return LOG_ONLY, "it changes only what is logged"
    return 1.0, ""


def _verdict(ranked: tuple[Suspect, ...], texts: Sequence[str]) -> ChangeVerdict:
    if not ranked:
        return ChangeVerdict()
    first = ranked[0]
    second = ranked[1].score if len(ranked) > 1 else 0.0
    outside = outside_in(texts)
    bar = OUTSIDE_BAR if outside else BAR
    if first.score >= bar and first.score - second >= LEAD:
        return ChangeVerdict(ranked, first, "")
    if outside is not None:
        says = (
            f"No change explains this: it speaks of {outside[1]} (“{outside[2][:80]}”), and no diff has to do with it"
        )
        return ChangeVerdict(ranked, None, says)
    if first.score >= bar:
        both = f"{first.change.says[:80]} and {ranked[1].change.says[:80]}"
        return ChangeVerdict(ranked, None, f"Two changes explain this as well as each other: {both}")
    why = first.speaks_against[0] if first.speaks_against else "none of their diffs can make this fault"
    return ChangeVerdict(ranked, None, f"No change explains this; the nearest is {first.change.says[:80]}: {why}")
