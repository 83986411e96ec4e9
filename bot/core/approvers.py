"""Who may decide: people and user groups named in the settings, for each tier, and a service's owners. Values only.

A tier that has people of its own is decided by them alone; otherwise by those who decide everything. Owners of a
service decide what concerns it as well, but for what reaches beyond one namespace.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.core.approval import Approval
from bot.core.catalogue import Catalogue
from bot.core.policy import Tier


@dataclass(frozen=True)
class Deciders:
    """Slack ids of people (U…) and user groups (S…), as they are named. Empty: nobody decides."""

    general: tuple[str, ...] = ()
    careful: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    catalogue: Catalogue = field(default_factory=Catalogue)

    def of(self, approval: Approval | None) -> tuple[str, ...]:
        """Who decides this request, each once; without one, who decides anything at all."""
        if approval is None:
            return tuple(dict.fromkeys((*self.general, *self.careful, *self.critical)))
        if approval.tier == Tier.CRITICAL:
            return self.critical or self.careful or self.general
        named = (self.careful or self.general) if approval.tier == Tier.CAREFUL else self.general
        return tuple(dict.fromkeys((*named, *self._owners(approval.target))))

    def everybody(self) -> tuple[str, ...]:
        """Every name there is: whose groups have to be asked for."""
        owners = (owner for service in self.catalogue.services for owner in service.owners)
        return tuple(dict.fromkeys((*self.of(None), *owners)))

    def _owners(self, target: str) -> tuple[str, ...]:
        _, _, place = target.partition("/")
        namespace, _, name = place.partition("/")
        service = self.catalogue.of(namespace, name)
        return service.owners if service is not None else ()


@dataclass(frozen=True)
class Approvers:
    """``members`` are those of each group that ``deciders`` name, as Slack said a moment ago; None: it did not say."""

    deciders: Deciders = field(default_factory=Deciders)
    members: Mapping[str, frozenset[str] | None] = field(default_factory=dict)

    def may(self, user: str, approval: Approval | None = None) -> bool | None:
        """None where only Slack could tell. Who is named needs nobody's word."""
        names = self.deciders.of(approval)
        if user in names and not is_group(user):
            return True
        said = [self.members.get(name) for name in names if is_group(name)]
        if any(user in members for members in said if members is not None):
            return True
        return None if None in said else False


def is_group(name: str) -> bool:
    return name.startswith("S")


def groups_of(names: Iterable[str]) -> tuple[str, ...]:
    """The user groups (S…) of a setting that takes people and groups, each once."""
    return tuple(dict.fromkeys(name for name in names if is_group(name)))


def unasked(deciders: Deciders) -> Approvers:
    """What is known without asking Slack: enough to open a form by, never to count a vote by."""
    return Approvers(deciders=deciders, members=dict.fromkeys(groups_of(deciders.everybody())))
