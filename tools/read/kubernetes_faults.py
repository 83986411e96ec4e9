"""What is wrong with a namespace's Kubernetes objects, read all at once and analyzed without a model (`faults/`).

What may not be read, or broke, is told and never taken for absence; no Secret is ever asked for.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pydantic import Field

from bot.core.errors import Denied, LookFailed
from bot.core.ledger import stamp
from bot.core.signs import Role, Sign
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.faults.analyzing import analyze
from tools.read.faults.objects import Pod
from tools.read.faults.other_objects import Service
from tools.read.faults.owners import workload_of, workloads_in
from tools.read.faults.snapshot import Snapshot
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.matching import of_service
from tools.read.shapes.wording import listed, plural
from tools.read.sources.cluster import ClusterSettings
from tools.read.sources.gathering import gather
from tools.read.sources.listing import Came, Lists

MOST_SIGNS, MOST_OF_OTHERS, MOST_WELL = 40, 12, 5
TROUBLE = (Role.CAUSE, Role.SYMPTOM)
ORDER = (Role.CAUSE, Role.SYMPTOM, Role.WELL, Role.PAST)


class FindKubernetesFaults(Arguments):
    namespace: str = Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    service: str = Field(default="", max_length=253, description="Name or label of a workload, or of a Service")


def find_kubernetes_faults(asked: FindKubernetesFaults, settings: ClusterSettings, look: Look) -> Observation:
    """facts: signs, objects (how many were read), unread {kind: why}."""
    with Lists(settings, look.seconds) as lists:
        snapshot, came = gather(lists, asked.namespace, look.now, look.window.start)
    return summarise_faults(asked, snapshot, came, look)


def summarise_faults(asked: FindKubernetesFaults, snapshot: Snapshot, came: Sequence[Came], look: Look) -> Observation:
    gaps = list(_gaps(came))
    read = sum(len(one.items) for one in came)
    where = f"{f'{asked.service} in ' if asked.service else ''}{asked.namespace}"
    query = f"GET {len(came)} lists of {asked.namespace} and what they lead to, at {stamp(look.now)}"
    if all(one.unread for one in came):
        kind = Denied if all(one.denied for one in came) else LookFailed
        raise kind(f"nothing of {asked.namespace} could be read: {gaps[0].says}")
    names = names_of(asked.service, snapshot)
    signs = chosen(analyze(snapshot), asked.namespace, names, nodes_of(names, snapshot))
    facts = {"signs": [one.payload() for one in signs], "objects": read, "unread": dict(snapshot.unread)}
    if not snapshot.of(Pod) and not list(workloads_in(snapshot)) and not signs:
        return nothing(
            query, f"a workload in {asked.namespace}", f"There is nothing in {asked.namespace}.", facts, gaps
        )
    troubles = [one for one in signs if one.role in TROUBLE]
    head = f"{where}: {plural(read, 'object')} read, {plural(len(troubles), 'sign')} of trouble"
    return observed(query, [head, *(f"{one.role.value}: {one.says}" for one in signs)], facts, gaps)


def names_of(service: str, snapshot: Snapshot) -> frozenset[str]:
    """What the service's own objects are called; empty for the whole namespace."""
    if not service:
        return frozenset()
    found = {service, *(one.metadata.name for one in of_service(service, workloads_in(snapshot)))}
    selectors = [one.spec.selector for one in snapshot.of(Service) if one.metadata.name == service]
    for selector in selectors:
        for pod in snapshot.of(Pod) if selector else ():
            if selector and selector.items() <= (pod.metadata.labels or {}).items():
                found.add(workload_of(pod, snapshot)[1])
    return frozenset(found)


def nodes_of(names: frozenset[str], snapshot: Snapshot) -> frozenset[str]:
    """The nodes that carry the service's pods; "" among them where one of its pods has none yet."""
    pods = (one for one in snapshot.of(Pod) if not names or workload_of(one, snapshot)[1] in names)
    return frozenset(one.spec.node_name for one in pods)


def chosen(signs: Iterable[Sign], namespace: str, names: frozenset[str], nodes: frozenset[str]) -> tuple[Sign, ...]:
    """The service's own first, then what stands beside it in the namespace; of other places nothing."""
    own: list[Sign] = []
    others: list[Sign] = []
    for one in signs:
        if one.object.startswith("Node//"):
            own += [one] if one.object.removeprefix("Node//") in nodes or "" in nodes else []
        elif one.namespace in ("", namespace):
            mine = not names or not one.service or bool(names & {one.service, one.object.rpartition("/")[2]})
            (own if mine else others).append(one)
    beside = [one for one in others if one.role in TROUBLE][:MOST_OF_OTHERS]
    return (*_few_well(_ordered(own))[: MOST_SIGNS - len(beside)], *_ordered(beside))


def _few_well(signs: Iterable[Sign]) -> list[Sign]:
    """Of what is well, a few of each kind: a namespace of eighty Services must not hide what is over."""
    kept: list[Sign] = []
    seen: Counter[str] = Counter()
    for one in signs:
        seen[one.kind] += one.role is Role.WELL
        kept += [one] if seen[one.kind] <= MOST_WELL else []
    return kept


def _ordered(signs: Iterable[Sign]) -> list[Sign]:
    return sorted(signs, key=lambda one: (ORDER.index(one.role), -one.weight))


def _gaps(came: Sequence[Came]) -> Iterator[Gap]:
    """Each reason once, with the kinds it kept from being read; refusals apart from failures."""
    for word in ("denied", "cut", "timed out", "failed"):
        alike = [one for one in came if one.unread.startswith(word)]
        if alike:
            kinds = listed(dict.fromkeys(one.wanted.path.rpartition("/")[2] for one in alike), 12)
            failure = (Denied if word == "denied" else LookFailed)(alike[0].unread)
            yield Gap(
                f"{kinds} could not be read{' in full' if word == 'cut' else ''} ({alike[0].unread})", failure, kinds
            )


TOOLS = (
    ReadingTool(
        Spec(
            "find_kubernetes_faults",
            Effect.READ,
            FindKubernetesFaults,
            "Find what is wrong in a namespace: pods, images, scheduling, Services, policies, volumes, quotas, rights.",
            for_model=False,
        ),
        ClusterSettings,
        find_kubernetes_faults,
    ),
)
