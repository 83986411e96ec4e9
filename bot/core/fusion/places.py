"""Names of one thing in many spellings, and how near a sign is to the incident. Pure.

`checkout-7f9dd8b6c4-x7gr9`, `checkout.payments.svc.cluster.local:8080` and `Deployment/payments/checkout` all speak of
checkout. A relation is a rank, nearest first: what is far from the incident explains it only when something names it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from bot.core.case import Case
from bot.core.service_map import ServiceMap
from bot.core.signs import Role, Sign

_PORT = re.compile(r":\d{1,5}$")
_REPLICA = re.compile(r"-[a-z0-9]{6,10}-[a-z0-9]{5}$|-\d{1,3}$|-[a-z0-9]{9,10}$")
_ADDRESS = re.compile(r"^\d{1,3}(\.\d{1,3}){3}$|^ip(-\d{1,3}){4}$")
LEAST_OF_A_NAME = 3


class Relation(IntEnum):
    """How a sign's place stands to the service that alerts, nearest first."""

    OWN = 0  # it is the alerting service's own, or nobody said which service alerts
    NAMED = 1  # trouble of something nearer names it
    BENEATH = 2  # the alerting service depends on it
    BESIDE = 3  # the same namespace
    FAR = 4


@dataclass(frozen=True)
class Place:
    """Where the incident is: the names it goes by, its namespace, the map around it, what its troubles name."""

    names: frozenset[str]
    namespace: str
    beneath: frozenset[str]
    named: frozenset[str] = field(default_factory=frozenset)


def key(name: str) -> str:
    """The bare name behind a host, an object, a pod: lower case, without port, domain and replica's suffix."""
    bare = _PORT.sub("", name.strip().lower().rpartition("/")[2])
    if _ADDRESS.match(bare):
        return bare
    bare = bare.partition(".")[0]
    if _ADDRESS.match(bare):  # a node that a cloud named after its address
        return bare
    while (shorter := _REPLICA.sub("", bare)) != bare and len(shorter) >= LEAST_OF_A_NAME:
        bare = shorter
    return bare


def keys_of(sign: Sign) -> frozenset[str]:
    """Every name that a sign's place goes by."""
    return frozenset(key(one) for one in (sign.service, sign.object) if key(one))


def place_of(case: Case, service_map: ServiceMap, signs: Iterable[Sign]) -> Place:
    spelt = (
        case.service,
        *(case.labels.get(name, "") for name in ("service", "deployment", "workload", "pod", "job_name")),
    )
    names = frozenset(key(one) for one in spelt if one)
    beneath = {key(one) for name in spelt if name for one in service_map.stands_on(name)}
    return Place(names, case.namespace, frozenset(beneath - names), _named_from(names, list(signs)))


def _named_from(names: frozenset[str], signs: list[Sign]) -> frozenset[str]:
    """What the troubles of the alerting service name, and what those name in turn; never the service itself."""
    found: set[str] = set()
    line = set(names)
    troubled = [one for one in signs if one.role in (Role.CAUSE, Role.SYMPTOM) and one.blames]
    while line:
        told = {key(name) for one in troubled if not names or keys_of(one) & line for name in one.blames}
        line = told - found - names
        found |= line
    return frozenset(found)


def relation(sign: Sign, place: Place) -> Relation:
    mine = keys_of(sign)
    if not place.names or not mine or mine & place.names:
        return Relation.OWN
    if mine & place.named:
        return Relation.NAMED
    if mine & place.beneath:
        return Relation.BENEATH
    if sign.namespace and sign.namespace == place.namespace:
        return Relation.BESIDE
    return Relation.FAR
