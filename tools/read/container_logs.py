"""The pods' own logs, straight from Kubernetes: for clusters without a log store, and for crashes just now.

Unready pods first, then the newest; at most six, and of each the three containers that matter most. ``previous`` reads
the run before the last restart, where the last words of a crash stand. What was not read is told, and nothing is then
said to be empty. There is no baseline here, so nothing is called new.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from bot.core.errors import LookFailed
from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.containers import containers_to_read
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.lines import Line, most_important, template_line, templates_of
from tools.read.shapes.matching import hash_of, may_be_named
from tools.read.shapes.objects import Pod, when
from tools.read.shapes.podstate import is_done, is_ready, restarts
from tools.read.shapes.templates import message_and_level
from tools.read.shapes.wording import clip, listed, plural
from tools.read.sources.belonging import Own, own_of
from tools.read.sources.cluster import FOR_MORE, MOST_LOG_BYTES, Cluster, ClusterSettings, Listed, Only

_MOST_PODS = 6
_MOST_CONTAINERS = 3
_MOST_NOT_READ = 20
_MOST_LINES = 1000


class ReadContainerLogs(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(default="", max_length=253, description="Name or label of a workload, or of a Service")
    pod: str = Field(default="", max_length=253, description="One pod by its name, instead of a service")
    previous: bool = Field(default=False, description="The container's run before its last restart")


@dataclass(frozen=True)
class Read:
    """One container's log; ``text`` None: there is none, or it was not read, and then ``why`` says why."""

    pod: Pod
    container: str
    text: str | None
    why: str = ""
    failure: LookFailed | None = None


def read_container_logs(asked: ReadContainerLogs, settings: ClusterSettings, look: Look) -> Observation:
    """facts: as search_logs (baseline null), with pods_read [..] and not_read [{pod, container, why}]."""
    with Cluster(settings, look.seconds) as cluster:
        own = _own(cluster, asked)
        pods = worst_first(own.pods.items, asked.previous)
        names = {asked.service, *(one.metadata.name for one in own.workloads.items)}
        reads = [read for pod in pods[:_MOST_PODS] for read in _of_pod(cluster, pod, names, asked)]
    unread = Gap(f"{plural(len(pods) - _MOST_PODS, 'pod')} of {len(pods)} were not read")
    gaps = [*_gaps(reads, asked, look), *([unread] if len(pods) > _MOST_PODS else []), *own.pods.gaps]
    return summarise_reads(asked, reads, len(own.pods.items), gaps, look)


def _own(cluster: Cluster, asked: ReadContainerLogs) -> Own:
    """The pods to choose from; one that is named is asked for by its name."""
    if not asked.pod:
        return own_of(cluster, asked.namespace, asked.service)
    named = may_be_named(asked.pod)
    return Own(Listed([], ""), cluster.pods(asked.namespace, Only.named(asked.pod)) if named else Listed([], ""))


def worst_first(pods: Sequence[Pod], previous: bool) -> list[Pod]:
    """With ``previous`` those that restarted; else unready before ready, newest before older."""
    if previous:
        return sorted((pod for pod in pods if restarts(pod)), key=lambda pod: -restarts(pod))
    newest = sorted(pods, key=lambda pod: pod.metadata.creation_timestamp or "", reverse=True)
    return sorted(newest, key=lambda pod: is_ready(pod) or is_done(pod))


def _of_pod(cluster: Cluster, pod: Pod, names: Collection[str], asked: ReadContainerLogs) -> list[Read]:
    wanted = containers_to_read(pod, names, asked.previous)
    reads = [_read(cluster, pod, container, asked) for container in wanted[:_MOST_CONTAINERS]]
    return reads + [
        Read(pod, one, None, why=f"{_MOST_CONTAINERS} of a pod are read") for one in wanted[_MOST_CONTAINERS:]
    ]


def _gaps(reads: Sequence[Read], asked: ReadContainerLogs, look: Look) -> list[Gap]:
    """What of the pods that were chosen was not read, each reason once."""
    found = []
    for why in dict.fromkeys(read.why for read in reads if read.why):
        alike = [read for read in reads if read.why == why]
        which = listed((f"{read.pod.metadata.name} {read.container}" for read in alike), 3)
        found.append(Gap(f"the log of {which} was not read ({why})", alike[0].failure))
    cut = [read for read in reads if not asked.previous and read.text and _is_cut(read, look)]
    if cut:
        which = listed((f"{read.pod.metadata.name} {read.container}" for read in cut), 3)
        found.append(Gap(f"the log of {which} was read in part (at most {_MOST_LINES:,} lines and 512 KB)"))
    return found


def _is_cut(read: Read, look: Look) -> bool:
    """Whether lines of the incident's window are missing: before the last thousand, or after half a megabyte."""
    text = read.text or ""
    if len(text.encode()) >= MOST_LOG_BYTES:
        return True
    first = when(text.partition(" ")[0])
    return text.count("\n") >= _MOST_LINES and (first is None or first > look.window.start)


def summarise_reads(
    asked: ReadContainerLogs, reads: Sequence[Read], pods: int, gaps: Sequence[Gap], look: Look
) -> Observation:
    whose = asked.pod or asked.service or "every pod"
    run = "the run before the last restart" if asked.previous else "the current run"
    query = f"GET pods/log of {whose} in {asked.namespace}, {run}, last {_MOST_LINES} lines each, at {stamp(look.now)}"
    lines = [line for read in reads for line in lines_of(read)]
    during = [line for line in lines if asked.previous or line.at >= look.window.start.timestamp()]
    seconds = (look.now - look.window.start).total_seconds()
    templates = most_important(templates_of(during, None, seconds, 0.0))
    facts: dict[str, Any] = {
        "total": len(during),
        "baseline_total": None,
        "window_s": seconds,
        "baseline_s": None,
        "histogram": [],
        "templates": templates,
        "templates_total": len(templates),
        "sampled": len(during),
        "pods_read": sorted({read.pod.metadata.name for read in reads if read.text is not None}),
        "not_read": [_not_read(read) for read in reads if read.why][:_MOST_NOT_READ],
    }
    where = f"in {run} of {whose} in {asked.namespace}"
    if not during:
        done = _read_words(facts) if reads or not asked.previous else "none of them has restarted"
        text = f"No line {where}: {plural(pods, 'pod')} found, {done}."
        return nothing(query, f"a line {where}", text, facts, gaps)
    head = f"{plural(len(during), 'line')} {where}; {_read_words(facts)} of {pods}"
    return observed(query, [head, *(template_line(one, estimated=False) for one in templates)], facts, gaps)


def lines_of(read: Read) -> list[Line]:
    """Each line of a log read with timestamps."""
    found = []
    for raw in (read.text or "").splitlines():
        written, _, rest = raw.partition(" ")
        at = when(written)
        if at is None:
            continue  # a line cut by the byte limit has lost its time
        message, level = message_and_level(rest)
        if message:
            name, template = read.pod.metadata.name, hash_of(read.pod.metadata)
            found.append(Line(at.timestamp(), message, level, name, template))
    return found


def _read(cluster: Cluster, pod: Pod, container: str, asked: ReadContainerLogs) -> Read:
    if not cluster.has_time(FOR_MORE):
        return Read(pod, container, None, why="there was no time for it")
    try:
        text = cluster.log(asked.namespace, pod.metadata.name, container, _MOST_LINES, asked.previous)
    except LookFailed as failure:
        return Read(pod, container, None, clip(failure, 200), failure)
    return Read(pod, container, text)


def _not_read(read: Read) -> dict[str, str]:
    return {"pod": read.pod.metadata.name, "container": read.container, "why": read.why}


def _read_words(facts: dict[str, Any]) -> str:
    return f"read {plural(len(facts['pods_read']), 'pod')} ({listed(facts['pods_read'], 3) or 'none'})"


TOOLS = (
    ReadingTool(
        Spec(
            "read_container_logs",
            Effect.READ,
            ReadContainerLogs,
            "Read the pods' own logs, unready pods first; with previous, the last words before a restart.",
        ),
        ClusterSettings,
        read_container_logs,
    ),
)
