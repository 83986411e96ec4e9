"""A CronJob as it is right now, with its own Jobs: read once, then pure facts."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.canonical import Json
from bot.core.errors import Refused
from tools.change.kube.cluster import Cluster
from tools.change.kube.live import annotations, owned_by
from tools.change.kube.templates import template_digest

ENDS = frozenset({"Complete", "Failed"})
ALONE = frozenset({"Forbid", "Replace"})


@dataclass(frozen=True)
class CronLive:
    """``jobs`` are those the CronJob owns, newest first."""

    cron_job: Json
    jobs: tuple[Json, ...]

    @property
    def uid(self) -> str:
        return str(self.cron_job["metadata"]["uid"])

    @property
    def generation(self) -> int:
        return int(self.cron_job["metadata"].get("generation") or 0)

    @property
    def concurrency(self) -> str:
        return str(self.cron_job["spec"].get("concurrencyPolicy") or "Allow")

    @property
    def suspended(self) -> bool:
        return bool(self.cron_job["spec"].get("suspend"))

    @property
    def template(self) -> Json:
        """The Job as the CronJob describes it: metadata and spec."""
        return dict(self.cron_job["spec"]["jobTemplate"])

    @property
    def pod_spec(self) -> Json:
        return dict(self.template["spec"]["template"]["spec"])

    @property
    def digest(self) -> str:
        return template_digest(self.template)

    @property
    def active(self) -> tuple[str, ...]:
        """Names of its Jobs that have not ended."""
        return tuple(str(job["metadata"]["name"]) for job in self.jobs if not ended(job))

    @property
    def longest_seconds(self) -> int | None:
        """How long the longest run that succeeded took; None where none is kept."""
        spans = [_seconds(job.get("status") or {}) for job in self.jobs if "Complete" in ends(job)]
        return max((span for span in spans if span is not None), default=None)


def cron_job_path(namespace: str, name: str) -> str:
    return f"/apis/batch/v1/namespaces/{namespace}/cronjobs/{name}"


def jobs_path(namespace: str) -> str:
    return f"/apis/batch/v1/namespaces/{namespace}/jobs"


def read_cron_job(cluster: Cluster, namespace: str, name: str) -> CronLive:
    """Raises `Refused` (not_found, not_permitted) or `Unreachable`: its Jobs must be readable too."""
    cron_job = cluster.get(cron_job_path(namespace, name))
    uid = str(cron_job["metadata"]["uid"])
    own = [job for job in cluster.items(jobs_path(namespace)) if owned_by(job, uid)]
    own.sort(key=lambda job: str(job["metadata"].get("creationTimestamp") or ""), reverse=True)
    return CronLive(cron_job, tuple(own))


def find_job(cluster: Cluster, namespace: str, name: str) -> Json | None:
    """The Job of this name, or None where the server says that there is none."""
    try:
        return cluster.get(f"{jobs_path(namespace)}/{name}")
    except Refused as refusal:
        if refusal.why == "not_found":
            return None
        raise


def ends(job: Json) -> frozenset[str]:
    conditions = (job.get("status") or {}).get("conditions") or []
    return frozenset(str(one.get("type")) for one in conditions if one.get("status") == "True")


def ended(job: Json) -> bool:
    return bool(ends(job) & ENDS)


def is_ours(job: Json, mark: str, execution: str, uid: str) -> bool:
    """Whether this execution made it, out of this very CronJob."""
    return annotations(job).get(mark) == execution and owned_by(job, uid)


def _seconds(status: Json) -> int | None:
    try:
        start, end = (datetime.fromisoformat(str(status[key])) for key in ("startTime", "completionTime"))
    except (KeyError, ValueError):
        return None
    return max(0, int((end - start).total_seconds()))
