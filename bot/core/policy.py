"""May this change be proposed, and again: may it start now? A plain function of facts read from the live state.

Asked at preparation and once more, with fresh facts, just before execution. It fails closed: a fact nobody could read,
a tool nobody knows, a namespace nobody listed are all *no*, each with a named reason and words for a person. Who may
click is decided elsewhere (`services/approvals.py`); here it is only said how many people it takes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.tool import Arranges, BlastRadius, Starts

SHARE_PERCENT = 25
MOST_STARTED = 20
NEVER = frozenset({"kube-system", "kube-public", "kube-node-lease"})


@dataclass(frozen=True)
class Rules:
    """What this installation allows. ``own_namespace`` is where the bot itself runs, None outside a cluster."""

    namespaces: frozenset[str] = frozenset()
    own_namespace: str | None = None
    share_percent: int = SHARE_PERCENT


@dataclass(frozen=True)
class PolicyRequest:
    """The facts of one change. None means: could not be told, which is never taken for harmless.

    ``blast`` is what the change takes away, starts or arranges, ``replicas`` what an object it takes from asks for.
    """

    tool: str
    known_tools: frozenset[str]
    namespace: str | None
    replicas: int | None
    blast: BlastRadius | Starts | Arranges | None
    reversible: bool | None
    rules: Rules


@dataclass(frozen=True)
class Allowed:
    """``needed`` people must approve; ``reversible`` is carried on so that the card can say it."""

    needed: int
    reversible: bool


@dataclass(frozen=True)
class Forbidden:
    """``why`` is the reason's stable name, ``says`` a sentence for the person who asked."""

    why: str
    says: str


Ruling = Allowed | Forbidden


def decide(request: PolicyRequest) -> Ruling:
    """The first rule that says no, or how many approvals it takes."""
    forbidden = next(_objections(request), None)
    if forbidden is not None:
        return forbidden
    # One person in this release for either kind; a plan says on the card when there is no way back.
    return Allowed(needed=1, reversible=bool(request.reversible))


def why_not_here(namespace: str | None, rules: Rules) -> Forbidden | None:
    """The rule against this place, which needs no look at the cluster; asked before anything there is read."""
    return next(_place(namespace, rules), None)


def room(ready: int, share_percent: int = SHARE_PERCENT) -> int:
    """How many of ``ready`` pods may be unavailable at once: one, or a quarter, whichever is more."""
    return max(1, ready * share_percent // 100)


def _objections(request: PolicyRequest) -> Iterator[Forbidden]:
    if request.tool not in request.known_tools:
        yield Forbidden("unknown_tool", f"there is no tool {request.tool} here")
    yield from _place(request.namespace, request.rules)
    yield from _size(request)
    if request.reversible is None:
        yield Forbidden("missing_fact", "it is not known whether this can be undone, so it is not done")


def _place(namespace: str | None, rules: Rules) -> Iterator[Forbidden]:
    if not namespace:
        yield Forbidden("missing_fact", "it is not known which namespace this would change, so it is not done")
    elif namespace in NEVER:
        yield Forbidden("protected_namespace", f"{namespace} runs the cluster itself; Midwatch never changes it")
    elif rules.own_namespace is not None and namespace == rules.own_namespace:
        yield Forbidden("own_namespace", f"Midwatch runs in {namespace} and never changes itself")
    elif namespace not in rules.namespaces:
        yield Forbidden(
            "namespace_not_listed",
            f"Midwatch may not change anything in {namespace}; MIDWATCH_NAMESPACES lists "
            f"{', '.join(sorted(rules.namespaces)) or 'no namespace'}",
        )


def _size(request: PolicyRequest) -> Iterator[Forbidden]:
    match request.blast:
        case Starts(pods=pods):
            yield from _starting(pods)
        case Arranges():
            return  # no pod is touched, so there is nothing to hold against it
        case BlastRadius() as blast if request.replicas is not None:
            yield from _taking(blast, request.replicas, request.rules)
        case _:
            yield Forbidden("missing_fact", "it could not be measured how many pods this touches, so it is not done")


def _starting(pods: int) -> Iterator[Forbidden]:
    if pods < 1:
        yield Forbidden("missing_fact", "it could not be measured how many pods this starts, so it is not done")
    if pods > MOST_STARTED:
        yield Forbidden("blast_radius", f"it would start {pods} pods at once; at most {MOST_STARTED} may be started")


def _taking(blast: BlastRadius, replicas: int, rules: Rules) -> Iterator[Forbidden]:
    if replicas < 1:
        yield Forbidden("zero_replicas", "it is scaled to zero: there is nothing running that this could help")
    if min(blast.pods, blast.ready, blast.unavailable_at_most) < 0 or blast.ready > blast.pods:
        yield Forbidden("missing_fact", "the pod counts contradict each other, so it is not done")
    most = room(blast.ready, rules.share_percent)
    if blast.unavailable_at_most > most:
        yield Forbidden(
            "blast_radius",
            f"it could take {blast.unavailable_at_most} of {blast.ready} ready pods away at once; "
            f"at most {most} may be unavailable",
        )
