"""From a brief to ranked hypotheses and a verdict. Pure and deterministic: the same signs give the same answer.

“Nothing is wrong now” and “not enough to say” are answers of their own: healthy needs something that was looked at and
found well, and no trouble that holds now; where nothing could be looked at, nothing is said.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.changed import Suspect
from bot.core.events import Verdict
from bot.core.fusion.explaining import MOST, SURE_OF_ITSELF, Scene, combine, hypotheses, ranked, remedy_in
from bot.core.fusion.grouping import groups_of
from bot.core.fusion.places import Place, Relation, key, place_of, relation
from bot.core.fusion.values import Brief, Explained, Fused
from bot.core.measures import clip
from bot.core.signs import Role, Sign, Source

NAMED, LEAD = 0.55, 0.05
WORTH = 0.15  # what is less likely is not told as a hypothesis
MATTERS = 0.3  # a sign lighter than this does not make a system sick
MOST_KEPT = 8
MOST_RULED_OUT = 10
EXPLAINED_BY_CHANGE = 0.85


def fuse(brief: Brief) -> Fused:
    """Rank what the signs speak for; `Fused.hypotheses` likeliest first, at most eight."""
    place = place_of(brief.case, brief.map, brief.signs)
    scene = Scene(
        place,
        brief.map,
        groups_of((one for one in brief.signs if one.role is Role.CAUSE), place),
        groups_of((one for one in brief.signs if one.role is Role.SYMPTOM), place),
        [one for one in brief.signs if one.role is Role.WELL],
    )
    if _is_healthy(brief, scene):
        return Fused(Verdict.HEALTHY, (), _ruled_out(brief, place, ()), brief.unlooked, _why_healthy(brief, place))
    found = [one for one in _with_change(hypotheses(scene), brief, scene) if one.confidence >= WORTH][:MOST_KEPT]
    return Fused(
        _verdict(found, place), tuple(found), _ruled_out(brief, place, found), brief.unlooked, _says(brief, found)
    )


def _verdict(found: Sequence[Explained], place: Place) -> Verdict:
    if not found:
        return Verdict.UNSURE
    first = found[0]
    rivals = [one for one in found[1:] if key(one.service or one.object) != key(first.service or first.object)]
    near = any(relation(sign, place) <= Relation.BENEATH for sign in first.supports) or bool(first.change)
    clear = all(first.confidence - one.confidence >= LEAD for one in rivals)
    return Verdict.CAUSE if first.confidence >= NAMED and clear and near else Verdict.CANDIDATES


def _is_healthy(brief: Brief, scene: Scene) -> bool:
    """Something was found well, nothing that matters is in trouble, and the alert's own rule does not say otherwise."""
    if brief.quiet is False or brief.changes.blamed is not None:
        return False
    groups = (*scene.causes, *scene.symptoms)
    near = [one for one in groups if one.relation <= Relation.BENEATH and one.weight >= MATTERS]
    near = [one for one in near if not (scene.well and all(_only_claims(sign) for sign in one.signs))]
    over = any(one.role is Role.PAST for one in brief.signs)
    return not near and (bool(scene.well) or over or brief.quiet is True)


def _only_claims(sign: Sign) -> bool:
    """An alert's own words about a state that objects show: where they show another one, it is over."""
    return sign.source is Source.ALERT and bool(sign.facts.get("refutable"))


def _why_healthy(brief: Brief, place: Place) -> str:
    past = [one for one in _near(brief, place) if one.role is Role.PAST]
    well = [one for one in _near(brief, place) if one.role is Role.WELL]
    told = [*(f"It is over: {one.says}" for one in past[:3]), *(one.says for one in well[:4])]
    return ". ".join(clip(one.rstrip("."), 300) for one in told)


def _near(brief: Brief, place: Place) -> list[Sign]:
    return sorted(brief.signs, key=lambda one: (relation(one, place), -one.weight))


def _ruled_out(brief: Brief, place: Place, found: Sequence[Explained]) -> tuple[str, ...]:
    """What was looked at and is well, what is over, and the changes that did not do it."""
    taken = {sign.says for one in found[:1] for sign in one.supports}
    calm = [one for one in _near(brief, place) if one.role in (Role.WELL, Role.PAST) and one.says not in taken]
    told = [one.says if one.role is Role.WELL else f"Over before now: {one.says}" for one in calm[: MOST_RULED_OUT - 4]]
    blamed = brief.changes.blamed
    others = [one for one in brief.changes.suspects if one is not blamed and one.speaks_against]
    told += [f"{clip(one.change.says, 120)}: {one.speaks_against[0]}" for one in others[:4]]
    return tuple(dict.fromkeys(told))


def _says(brief: Brief, found: Sequence[Explained]) -> str:
    if brief.changes.suspects and brief.changes.blamed is None and brief.changes.says:
        return brief.changes.says
    return "" if found else "Not enough was read to say what is wrong"


# --- the change that did it


def _with_change(found: list[Explained], brief: Brief, scene: Scene) -> list[Explained]:
    """The blamed change goes with the fault it made, where that names itself; else it is the first hypothesis."""
    suspect = brief.changes.blamed
    if suspect is None:
        return found
    reached = {key(one) for one in (suspect.change.service, *suspect.change.services) if one}
    made = [one for one in found if key(one.service or one.object) in reached]
    if made and made[0] is found[0] and made[0].confidence >= SURE_OF_ITSELF and _names_itself(made[0]):
        return ranked([_made_by(made[0], suspect), *found[1:]])
    others = [replace(one, confidence=one.confidence * EXPLAINED_BY_CHANGE) for one in found]
    return ranked([_of_change(suspect, made or found, scene), *others])


def _names_itself(one: Explained) -> bool:
    """A fault of the object's own, as the cluster tells it: the image is missing, not “errors rose”."""
    return any(sign.role is Role.CAUSE and sign.source is Source.KUBERNETES for sign in one.supports[:1])


def _made_by(one: Explained, suspect: Suspect) -> Explained:
    return replace(
        one,
        change=suspect.change.id,
        confidence=min(MOST, combine(one.confidence, suspect.score / 2)),
        remedy=one.remedy or remedy_in(suspect.change.facts),
    )


def _of_change(suspect: Suspect, made: Sequence[Explained], scene: Scene) -> Explained:
    change = suspect.change
    effect = made[0] if made else None
    why = "; ".join(suspect.speaks_for[:3])
    cause = f"{change.says}" + (f": {why}" if why else "") + (f". What came of it: {effect.cause}" if effect else "")
    # the first failing service is where the effect shows, which need not be where the change was made
    top = max((one.confidence for one in made), default=0.0)
    floor = max(top * EXPLAINED_BY_CHANGE + 0.02, combine(suspect.score, 0.3 * top))
    return Explained(
        kind="change",
        cause=clip(cause, 700),
        object=change.service or (effect.object if effect else ""),
        service=change.service,
        confidence=min(MOST, floor),
        supports=effect.supports if effect else tuple(group.lead for group in scene.symptoms[:3]),
        against=suspect.speaks_against[:3],
        victims=effect.victims if effect else (),
        change=change.id,
        mends=change.undo or "Take this change back",
        remedy=remedy_in(change.facts),
    )
