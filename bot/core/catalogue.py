"""The service catalogue as values: who owns a service, how much depends on it, and what of it people change themselves.

A service that is not in it has no owner and no tier: nothing is assumed about it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from bot.core.events import Name, Value
from bot.core.objectives import Slo
from bot.core.service_map import Edge, ServiceMap

Slack = Annotated[str, StringConstraints(pattern=r"^[UWS][A-Z0-9]{2,}$")]
Hands = Literal["payment", "database", "auth", "failover"]


class Service(Value):
    """``owners`` are people (U…) or user groups (S…); ``objects`` are the names it goes by, its own when left out.

    ``depends_on`` are the services it calls; ``selector`` a Kubernetes label selector; ``metrics`` PromQL matchers that
    choose its series (`job="checkout",env="live"`); ``repository`` and ``runbook`` addresses or slugs, as written.
    """

    name: Name
    namespace: Name | None = None
    objects: tuple[Name, ...] = ()
    tier: Annotated[int, Field(ge=1, le=5)] | None = None
    owners: tuple[Slack, ...] = ()
    hands_only: tuple[Hands, ...] = ()
    slo: Slo | None = None
    team: str = ""
    depends_on: tuple[Name, ...] = ()
    repository: str = ""
    runbook: str = ""
    selector: str = ""
    metrics: str = ""

    def is_about(self, namespace: str, name: str) -> bool:
        return self.namespace in (None, namespace) and name in (self.objects or (self.name,))


class Written(Value):
    """The whole file."""

    services: tuple[Service, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "Written":
        seen = [(one.namespace, one.name) for one in self.services]
        again = {(place, name) for place, name in seen if seen.count((place, name)) > 1}
        twice = sorted(f"{name} in {place or 'any namespace'}" for place, name in again)
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}")
        return self


@dataclass(frozen=True)
class Catalogue:
    services: tuple[Service, ...] = field(default=())

    def of(self, namespace: str, name: str) -> Service | None:
        """The service an object belongs to; one that names the namespace goes before one that does not."""
        found = [one for one in self.services if one.is_about(namespace, name)]
        return next((one for one in found if one.namespace), found[0] if found else None)

    def map(self) -> ServiceMap:
        """Who calls whom, as people wrote it down."""
        pairs = ((one.name, callee) for one in self.services for callee in one.depends_on)
        return ServiceMap().with_edges(Edge(caller, callee, "catalogue") for caller, callee in pairs)


def people(owners: Iterable[str]) -> frozenset[str]:
    """Those of ``owners`` that are people, not user groups."""
    return frozenset(owner for owner in owners if not owner.startswith("S"))
