"""The pods' own logs, straight from Kubernetes: for clusters without a log store, and for crashes just now.

Unready pods first, then the newest; at most six. ``previous`` reads the run before the last restart, where the last
words of a crash stand. There is no baseline here, so nothing is called new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from bot.core.errors import LookFailed
from bot.core.events import Outcome
from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.lines import Line, most_important, template_line, templates_of
from tools.read.shapes.matching import hash_of
from tools.read.shapes.objects import Pod, when
from tools.read.shapes.podstate import is_done, is_ready, restarts
from tools.read.shapes.templates import message_and_level
from tools.read.shapes.wording import clip, digest_of, listed, plural
from tools.read.sources.belonging import pods_of
from tools.read.sources.cluster import Cluster, ClusterSettings

_MOST_PODS = 6
_MOST_LINES = 1000


class ReadContainerLogs(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    service: str = Field(default="", max_length=253, description="Deployment name or label")
    pod: str = Field(default="", max_length=253, description="One pod by its name, instead of a service")
    previous: bool = Field(default=False, description="The container's run before its last restart")


@dataclass(frozen=True)
class Read:
    """One container's log; ``text`` None: there is none, or the ``failure`` says why it could not be read."""

    pod: Pod
    container: str
    text: str | None
    failure: LookFailed | None = None


def read_container_logs(asked: ReadContainerLogs, settings: ClusterSettings, look: Look) -> Observation:
    """facts: as search_logs (baseline null), with pods_read [..] and not_read [{pod, container, why}]."""
    with Cluster(settings, look.seconds) as cluster:
        pods = pods_of(cluster, asked.namespace, asked.service).items
        if asked.pod:
            pods = [pod for pod in pods if pod.metadata.name == asked.pod]
        chosen = worst_pods(pods, asked.previous)
        reads = [
            read for pod in chosen for container in _containers(pod) if (read := _read(cluster, pod, container, asked))
        ]
    failures = [read.failure for read in reads if read.failure]
    if failures and len(failures) == len(reads):
        # Nothing at all could be read: that is a failed look, and never "the logs are empty".
        raise failures[0]
    return summarise_reads(asked, reads, len(pods), look)


def worst_pods(pods: Sequence[Pod], previous: bool) -> list[Pod]:
    """With ``previous`` those that restarted; else unready before ready, newest before older."""
    if previous:
        pods = sorted((pod for pod in pods if restarts(pod)), key=lambda pod: -restarts(pod))
        return pods[:_MOST_PODS]
    newest = sorted(pods, key=lambda pod: pod.metadata.creation_timestamp or "", reverse=True)
    return sorted(newest, key=lambda pod: is_ready(pod) or is_done(pod))[:_MOST_PODS]


def summarise_reads(asked: ReadContainerLogs, reads: Sequence[Read], pods: int, look: Look) -> Observation:
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
        "not_read": [_not_read(read) for read in reads if read.failure][:_MOST_PODS],
    }
    if not during:
        done = _read_words(facts) if reads or not asked.previous else "none of them has restarted"
        text = f"No line in {run} of {whose} in {asked.namespace}: {plural(pods, 'pod')} found, {done}."
        return Observation(Outcome.NO_DATA, query, text, facts)
    head = f"{plural(len(during), 'line')} in {run} of {whose} in {asked.namespace}; {_read_words(facts)} of {pods}"
    told = [head, *(template_line(one, estimated=False) for one in templates)]
    told += [f"not read: {one['pod']} {one['container']}: {one['why']}" for one in facts["not_read"]]
    return Observation(Outcome.OK, query, digest_of(told), facts)


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


def _containers(pod: Pod) -> list[str]:
    return [one.name for one in pod.status.container_statuses or []][:3]


def _read(cluster: Cluster, pod: Pod, container: str, asked: ReadContainerLogs) -> Read:
    try:
        text = cluster.log(asked.namespace, pod.metadata.name, container, _MOST_LINES, asked.previous)
    except LookFailed as failure:
        return Read(pod, container, None, failure)
    return Read(pod, container, text)


def _not_read(read: Read) -> dict[str, str]:
    return {"pod": read.pod.metadata.name, "container": read.container, "why": clip(read.failure, 200)}


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
