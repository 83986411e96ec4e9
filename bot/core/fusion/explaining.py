"""Hypotheses out of groups: causes, places that the troubles of others name, and what is only known to fail. Pure.

A cause that explains the trouble of the alerting service gains, one that began after it loses. A place that errors
name and that is in trouble itself gains; where its own errors name the next one, the trail goes on there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.core.fusion.grouping import Group
from bot.core.fusion.places import Place, Relation, key
from bot.core.fusion.values import Explained
from bot.core.measures import clip
from bot.core.service_map import ServiceMap
from bot.core.signs import Sign

EXPLAINS = 0.25  # a cause near the trouble it explains
LATE = timedelta(minutes=5)
LATER_THAN_TROUBLE = 0.55
UNSPECIFIC = "alert_fires"  # an alert that names no mechanism: it says that something is wrong, which is known
UNSPECIFIC_BESIDE_CAUSE = 0.5
UNRELATED = 0.7  # another service's fault, where the alerting one has trouble of its own that does not name it
NAMED_ONCE, NAMED_AND_TROUBLED, NAMED_BUT_WELL = 0.6, 0.35, 0.7
TRAIL_GOES_ON = 0.6
ONLY_FAILS, VICTIM = 0.7, 0.6
MOST = 0.97
SURE_OF_ITSELF = 0.75


@dataclass(frozen=True)
class Scene:
    """Everything that hypotheses are made of, grouped."""

    place: Place
    map: ServiceMap
    causes: Sequence[Group]
    symptoms: Sequence[Group]
    well: Sequence[Sign]

    @property
    def trouble_began(self) -> datetime | None:
        """When the alerting service's own trouble shows first."""
        return min((one.began for one in self.symptoms if one.relation is Relation.OWN and one.began), default=None)


def combine(*parts: float) -> float:
    doubt = 1.0
    for part in parts:
        doubt *= 1 - max(0.0, min(part, 1.0))
    return 1 - doubt


def hypotheses(scene: Scene) -> list[Explained]:
    """All of them, likeliest first."""
    found = [
        *(_of_cause(group, scene) for group in scene.causes),
        *_of_names(scene),
        *(_of_symptom(group, scene) for group in scene.symptoms if not _has_cause(group, scene)),
    ]
    return ranked(_once(found))


def ranked(found: Iterable[Explained]) -> list[Explained]:
    return sorted(found, key=lambda one: (-round(one.confidence, 9), one.object, one.cause))


def _once(found: Iterable[Explained]) -> list[Explained]:
    """Of one place and one sentence, the likeliest."""
    best: dict[tuple[str, str], Explained] = {}
    for one in found:
        known = best.get((one.object, one.cause))
        if known is None or one.confidence > known.confidence:
            best[(one.object, one.cause)] = one
    return list(best.values())


def _of_cause(group: Group, scene: Scene) -> Explained:
    lead, explained = group.lead, _troubles_of(group, scene)
    score, against = group.weight, []
    if explained and group.relation <= Relation.BENEATH:
        score = combine(score, EXPLAINS * max(one.weight for one in explained))
    began, trouble = lead.began or group.began, scene.trouble_began
    if began and trouble and began - trouble > LATE:
        score *= LATER_THAN_TROUBLE
        against.append(f"it shows from {_clock(began)} on, and the trouble began at {_clock(trouble)}")
    if group.relation >= Relation.BESIDE:
        if any(one.relation is Relation.OWN for one in scene.symptoms):
            score *= UNRELATED
        against.append("nothing that is in trouble names it, and it is another service")
    return _explained(group, score, (*group.signs, *(one.lead for one in explained)), against, scene)


def _of_symptom(group: Group, scene: Scene) -> Explained:
    """What fails is known, and why is not: that is a candidate, and no more."""
    score, against = ONLY_FAILS * group.weight, []
    if scene.causes and all(sign.kind == UNSPECIFIC for sign in group.signs):
        score *= UNSPECIFIC_BESIDE_CAUSE
    earlier = [one for one in scene.symptoms if _is_beneath(one, group, scene) and not _later(one, group)]
    if earlier:
        score *= VICTIM
        names = ", ".join(dict.fromkeys(one.lead.service or one.place for one in earlier[:3]))
        against.append(f"it depends on {names}, which is in trouble as well and was not later")
    return _explained(group, score, group.signs, against, scene)


def _of_names(scene: Scene) -> list[Explained]:
    """The places that troubles name, where nothing was found that is wrong with them by itself."""
    with_cause = {one.place for one in scene.causes}
    return [_of_name(name, scene) for name in sorted(scene.place.named) if name not in with_cause]


def _of_name(name: str, scene: Scene) -> Explained:
    naming = [group for group in (*scene.causes, *scene.symptoms) if _names(group, name)]
    score = combine(*(NAMED_ONCE * group.weight for group in naming[:3]))
    own = [group for group in scene.symptoms if group.place == name]
    against = []
    if own:
        score = combine(score, NAMED_AND_TROUBLED * max(group.weight for group in own))
    elif well := [sign for sign in scene.well if key(sign.service or sign.object) == name]:
        score *= NAMED_BUT_WELL
        against.append(clip(well[0].says, 200))
    if onward := [key(blamed) for group in own for blamed in group.lead.blames if key(blamed) != name]:
        score *= TRAIL_GOES_ON
        against.append(f"its own errors name {onward[0]}")
    lead = naming[0].lead
    spelt = next((blamed for group in naming for blamed in group.lead.blames if key(blamed) == name), name)
    quote = f": “{clip(lead.quotes[0], 160)}”" if lead.quotes else ""
    who = lead.service or "the failing service"
    says = f"{spelt}, which {who} depends on, does not serve it{quote}"
    if own:
        says = f"{spelt} is in trouble itself ({clip(own[0].lead.says, 160)}), and {who} depends on it{quote}"
    signs = tuple(group.lead for group in (*own, *naming))
    mends = (
        f"Look at {spelt} first: is it up, is its name and port right, is it reachable from {lead.service or 'there'}?"
    )
    return Explained(
        "dependency", says, name, name, min(MOST, score), signs, tuple(against), _victims(name, scene), mends=mends
    )


def _explained(group: Group, score: float, signs: Sequence[Sign], against: Sequence[str], scene: Scene) -> Explained:
    lead = group.lead
    return Explained(
        kind=lead.kind,
        cause=lead.says,
        object=lead.object or lead.service,
        service=lead.service,
        confidence=max(0.0, min(MOST, score)),
        supports=tuple({id(sign): sign for sign in signs}.values()),
        against=tuple(against),
        victims=_victims(group.place, scene),
        mends=lead.mends,
        prevents=lead.prevents,
        remedy=remedy_in(lead.facts),
    )


def remedy_in(facts: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The call that an analyzer or a change says would mend it, if it is one."""
    said = facts.get("remedy")
    if isinstance(said, Mapping) and isinstance(said.get("tool"), str) and isinstance(said.get("arguments"), Mapping):
        return said
    return None


def _troubles_of(group: Group, scene: Scene) -> list[Group]:
    """Symptoms of the same place, and of those that the map or their own errors tie to it."""
    victims = {key(one) for one in scene.map.reach(group.lead.service)} if group.lead.service else set()
    return [
        one for one in scene.symptoms if one.place == group.place or one.place in victims or _names(one, group.place)
    ]


def _victims(place: str, scene: Scene) -> tuple[str, ...]:
    """Services in trouble that depend on it or whose errors name it."""
    reached = {key(one) for one in scene.map.reach(place)}
    found = (
        one.lead.service
        for one in scene.symptoms
        if one.lead.service and one.place != place and (one.place in reached or _names(one, place))
    )
    return tuple(dict.fromkeys(found))


def _names(group: Group, name: str) -> bool:
    return any(key(blamed) == name for sign in group.signs for blamed in sign.blames)


def _has_cause(group: Group, scene: Scene) -> bool:
    """Whether something that explains this symptom's place was found already."""
    return any(one.place == group.place and one.lead.weight >= group.lead.weight * 0.6 for one in scene.causes)


def _is_beneath(one: Group, group: Group, scene: Scene) -> bool:
    mine = group.lead.service or group.place
    return one.place != group.place and one.place in {key(name) for name in scene.map.stands_on(mine)}


def _later(one: Group, group: Group) -> bool:
    return bool(one.began and group.began and one.began - group.began > LATE)


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S")
