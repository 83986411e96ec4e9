"""Makes a plan out of what its tool found: the parts that are the same whatever kind of object is changed.

The dry run is the server's own: the same patch as the write, conditional on the very object that was read.
"""

from dataclasses import dataclass, field

from bot.core.canonical import Json
from bot.core.errors import Refused
from bot.core.ledger import stamp
from bot.core.tool import (
    Arranges,
    BlastRadius,
    Change,
    Inverse,
    NotReversible,
    Plan,
    Precondition,
    Preparing,
    Starts,
    Target,
)
from tools.change.kube.cluster import Cluster, Conflict
from tools.change.kube.differing import changes, unified_diff
from tools.change.kube.marks import marks_of
from tools.change.kube.patching import conditional

TRIES = 4


@dataclass(frozen=True)
class Found:
    """What a tool found out: ``thing`` is the object as it is, ``after`` as the dry run gave it (or as it
    is, where the dry run gives no object)."""

    tool: str
    arguments: Json
    title: str
    command: str
    thing: Json
    after: Json
    request: Json
    blast: BlastRadius | Starts | Arranges
    inverse: Inverse | NotReversible
    preconditions: tuple[Precondition, ...]
    expects: Json
    cautions: tuple[str, ...] = field(default=())
    marks: tuple[str, ...] = field(default=())  # of what stands behind the thing, beside its own
    changes: tuple[Change, ...] = field(default=())  # said by the tool where the object is not altered but ended


def assembled(cluster: Cluster, found: Found, context: Preparing) -> Plan:
    """Everything a person needs to decide."""
    metadata, kind = found.thing["metadata"], str(found.thing.get("kind") or "Deployment")
    return Plan(
        tool=found.tool,
        arguments=found.arguments,
        title=found.title,
        target=Target(
            kind=kind,
            namespace=metadata.get("namespace") or "",
            name=metadata["name"],
            uid=metadata["uid"],
            generation=int(metadata.get("generation") or 0),
            cluster=context.context.get("cluster", ""),
        ),
        changes=found.changes or changes(found.thing, found.after),
        diff=unified_diff(found.thing, found.after, f"{kind}/{metadata['name']}"),
        dry_run="server",
        blast=found.blast,
        inverse=found.inverse,
        preconditions=found.preconditions,
        request=found.request,
        command=found.command,
        runs_as=context.runs_as or cluster.whoami(),
        expects={"expression": context.expression, **found.expects},
        prepared_at=stamp(context.now),
        cautions=found.cautions,
        marks=(*marks_of(found.thing), *found.marks),
    )


def tried(cluster: Cluster, path: str, thing: Json, body: Json) -> Json:
    """The object as the server would make it. Where only its status moved meanwhile, it is tried again."""
    for _ in range(TRIES):
        try:
            return cluster.dry_run(path, conditional(body, thing))
        except Conflict:
            newest = cluster.get(path)
            if _decided(newest) != _decided(thing):
                raise
            thing["metadata"]["resourceVersion"] = newest["metadata"]["resourceVersion"]
    raise Refused("it kept changing while the change was being prepared", why="changing_now")


def _decided(thing: Json) -> tuple[object, object]:
    """What people decide about it. Not every kind counts its generations."""
    return thing["metadata"].get("generation"), thing.get("spec")
