"""What a policy is asked and what it may answer. Pure; the engine that reads the policy's files is an adapter.

Asked when a plan is prepared and once more, with fresh facts, just before it is carried out. It fails closed: a fact
nobody could read, a tool nobody knows, a namespace nobody listed, a policy that cannot be read are all *no*, each with
a named reason and words for a person. Which people may click is decided elsewhere (`core/approvers.py`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, Protocol

from pydantic import Field

from bot.core.events import Value

Count = Annotated[int, Field(ge=0, le=2**40)]
Percent = Annotated[int, Field(ge=0, le=100)]
NEVER = frozenset({"kube-system", "kube-public", "kube-node-lease"})


class Tier(StrEnum):
    """How much trust a change asks for, lowest first; who may approve it and how follows from it."""

    ROUTINE = "routine"  # there is a way back, and it stays inside one namespace
    CAREFUL = "careful"  # no way back, or a second run could have a second effect, or policy asks for two people
    CRITICAL = "critical"  # beyond one namespace: the last of two approvals is typed out


class Rules(Value):
    """What the settings of this installation allow; the policy's files refer to them by these names.

    ``own_namespace`` is where the bot itself runs, None outside a cluster.
    """

    namespaces: frozenset[str] = frozenset()
    own_namespace: str | None = None
    confidence_percent: Percent = 82
    max_pods: Count = 5
    share_percent: Percent = 25
    share_percent_most: Percent = 50
    max_actions_per_incident: Count = 3
    max_actions_per_target: Count = 4
    evidence_minutes: Count = 60
    require_two: frozenset[str] = frozenset()
    people_only: frozenset[str] = frozenset()


class Facts(Value):
    """One change, measured. What is None could not be measured; a policy has to say what it makes of that.

    Shares are of the ready pods, in percent rounded up; ``confidence_percent`` is of the cause it stands on, rounded
    down; ``hour`` (0-23) and ``weekday`` (1 is Monday) are UTC; ``actions_on_target`` counts the last hour.
    ``customer_impact_percent`` is the share of requests that failed in the last five minutes; it and the budget are of
    services with an SLO in the catalogue (``slo_declared``), measured when the question is asked.
    """

    tool: str
    tier: Tier
    kind: str
    namespace: str
    name: str
    service: str | None = None
    service_tier: Count | None = None
    severity: Literal["sev1", "sev2", "sev3", "warn", "info"]
    firing: bool
    requested: bool  # somebody asked for it in person
    undoes: bool  # it is the way back of something that was done
    confidence_percent: Percent | None = None
    evidence_age_seconds: Count | None = None
    pods: Count
    ready: Count
    unavailable: Count
    share_percent: Count
    starts: Count
    replicas: Count | None = None
    budget_room: Count | None = None
    reversible: bool
    idempotent: bool
    hour: Annotated[int, Field(ge=0, le=23)]
    weekday: Annotated[int, Field(ge=1, le=7)]
    frozen: bool
    actions_in_incident: Count
    actions_on_target: Count
    incident_types: tuple[str, ...] = ()  # as its alerts state them in labels: nobody measured this
    slo_declared: bool = False
    customer_impact_percent: Percent | None = None
    slo_budget_left_percent: Percent | None = None


@dataclass(frozen=True)
class Because:
    """One rule that spoke: its id, its sentence filled in, and the setting whose number it is ("" for none)."""

    id: str
    says: str
    setting: str = ""


@dataclass(frozen=True)
class Allowed:
    """``needed`` people must approve; ``because`` is why it takes more than one."""

    needed: int
    tier: Tier = Tier.ROUTINE
    because: tuple[Because, ...] = ()


@dataclass(frozen=True)
class Forbidden:
    """``why`` is the reason's stable name, ``says`` a sentence for the person who asked."""

    why: str
    says: str
    because: tuple[Because, ...] = ()


Ruling = Allowed | Forbidden


class Policy(Protocol):
    """The rules of this installation, as they are on disk now."""

    def decide(self, facts: Facts, rules: Rules) -> Ruling:
        """Never raises: a policy that is missing or broken forbids, and says so."""

    def snapshot(self) -> str:
        """SHA-256 (64 hex digits) of the policy's text, "" where there is none."""


def why_not_here(namespace: str | None, rules: Rules) -> Forbidden | None:
    """The rule against this place, which needs no look at the cluster; asked before anything there is read."""
    if not namespace:
        return Forbidden("missing_fact", "it is not known which namespace this would change, so it is not done")
    if namespace in NEVER:
        return Forbidden("protected_namespace", f"{namespace} runs the cluster itself; Midwatch never changes it")
    if rules.own_namespace is not None and namespace == rules.own_namespace:
        return Forbidden("own_namespace", f"Midwatch runs in {namespace} and never changes itself")
    if namespace not in rules.namespaces:
        return Forbidden(
            "namespace_not_listed",
            f"Midwatch may not change anything in {namespace}; MIDWATCH_NAMESPACES lists "
            f"{', '.join(sorted(rules.namespaces)) or 'no namespace'}",
        )
    return None
