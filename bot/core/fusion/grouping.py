"""Signs that say the same of the same place become one group, whatever source they come from. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import prod

from bot.core.fusion.places import Place, Relation, key, relation
from bot.core.signs import Sign

NEARNESS = {
    Relation.OWN: 1.0,
    Relation.NAMED: 1.0,
    Relation.BENEATH: 0.9,
    Relation.BESIDE: 0.4,
    Relation.FAR: 0.3,
}
SECOND_SOURCE = 0.6  # what another look says again adds, but is not independent of the first


@dataclass(frozen=True)
class Group:
    """``signs`` heaviest first; the first one speaks for all."""

    signs: tuple[Sign, ...]
    relation: Relation

    @property
    def lead(self) -> Sign:
        return self.signs[0]

    @property
    def place(self) -> str:
        return key(self.lead.service or self.lead.object)

    @property
    def began(self) -> datetime | None:
        return min((one.began for one in self.signs if one.began), default=None)

    @property
    def weight(self) -> float:
        """0 to 1: the lead in full, the others as far as they are another look at it, nearness over all."""
        others = (1 - SECOND_SOURCE * one.weight for one in self.signs[1:])
        return (1 - (1 - self.lead.weight) * prod(others)) * NEARNESS[self.relation]


def groups_of(signs: Iterable[Sign], place: Place) -> list[Group]:
    """By kind and place, heaviest first; equal ones by their words, whatever order they were read in."""
    found: dict[tuple[str, str], list[Sign]] = {}
    for one in signs:
        found.setdefault((one.kind, key(one.service or one.object)), []).append(one)
    return by_weight(Group(_heaviest(each), min(relation(one, place) for one in each)) for each in found.values())


def by_weight(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda one: (-one.weight, one.lead.kind, one.lead.object, one.lead.says))


def _heaviest(signs: Sequence[Sign]) -> tuple[Sign, ...]:
    return tuple(sorted(signs, key=lambda one: (-one.weight, one.says, one.object, str(one.payload()))))
