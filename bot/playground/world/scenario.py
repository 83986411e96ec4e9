"""What a scenario may say: the schema of scenario.yaml, and the cross references inside one.

Reading the file and wording its mistakes is `reading.py`. Times are seconds relative to the start of the world.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bot.playground.world.beside import Gauge, Scheduled
from bot.playground.world.durations import Length, Moment, Wait
from bot.playground.world.parts import Dns, Label, LogLine, Meaning, Metric, Part, Ratio, Text


class Service(Part):
    name: Dns
    namespace: Dns | None = None
    replicas: int = Field(default=2, ge=0, le=200)
    image: str = Field(min_length=1)
    env: dict[str, Text] = Field(default_factory=dict)
    rps: float = Field(default=10.0, ge=0, le=20_000)
    error_ratio: Ratio = 0.0005
    latency_ms: float = Field(default=30.0, gt=0)
    calls: list[Dns] = Field(default_factory=list)
    spread: Ratio = 0.25
    """Which part of a called service's extra errors shows as errors of this one."""
    memory_mb: float = Field(default=180.0, gt=0)
    cpu_ms: float = Field(default=4.0, ge=0)
    """Processor time of one request."""
    port: int = Field(default=8080, ge=1, le=65535)
    log_rate: float = Field(default=0.3, ge=0, le=50)
    """Background lines per second of each pod."""
    log_format: Literal["json", "plain"] | None = None
    logs: list[LogLine] = Field(default_factory=list)
    min_available: int | str | None = None


class MetricNames(Part):
    requests: Metric = "http_requests_total"
    latency: Metric = "http_request_duration_seconds"
    cpu: Metric = "container_cpu_usage_seconds_total"
    memory: Metric = "container_memory_working_set_bytes"
    labels: dict[Meaning, Label] = Field(default_factory=dict)

    def label(self, meaning: Meaning) -> str:
        return self.labels.get(meaning, meaning)


class Rollout(Part):
    service: Dns
    at: Moment
    image: str | None = None
    env: dict[str, Text | None] = Field(default_factory=dict)
    cause: str | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.image is None and not self.env:
            raise ValueError("an image or an env that changes")
        return self


class When(Part):
    """Which pods an effect holds for: all that is said must match; nothing said matches every pod."""

    image: str | None = None
    env: dict[str, Text] = Field(default_factory=dict)
    revision: int | None = None
    ordinal: int | None = Field(default=None, alias="pod", ge=0)
    """Counted from 0 in order of birth and never given again: a replaced pod has a new one."""
    node: str | None = None
    started_before: Moment | None = None


class PodEvent(Part):
    reason: str
    message: str
    type: Literal["Normal", "Warning"] = "Warning"


class Fault(Part):
    name: str = ""
    service: Dns
    when: When = Field(default_factory=When)
    begin: Moment = Field(default=0.0, alias="from")
    end: Moment | None = Field(default=None, alias="until")
    error_ratio: Ratio | None = None
    code: int = Field(default=500, ge=500, le=599)
    latency_ms: float | None = Field(default=None, gt=0)
    rps_factor: float = Field(default=1.0, ge=0, le=100)
    memory_mb_per_minute: float = 0.0
    ready: bool = True
    restart: bool = False
    """The container restarts once when the fault begins."""
    restart_every: Length | None = None
    reason: str = "Error"
    events: list[PodEvent] = Field(default_factory=list)
    logs: list[LogLine] = Field(default_factory=list)
    pressure: Literal["MemoryPressure", "DiskPressure", "PIDPressure"] | None = None
    """What the node of `when` suffers from meanwhile."""
    evicts: list[Dns] = Field(default_factory=list)
    """Services whose pods on that node are evicted, one every `evict_every`."""
    evict_every: Length = 5.0
    on: bool = True
    """A fault that is off waits for `POST /_world/fault`."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.end is not None and self.end <= self.begin:
            raise ValueError("an until later than from")
        if (self.pressure or self.evicts) and not (self.pressure and self.when.node):
            raise ValueError("a pressure, and the node it is on in `when`")
        return self


class Alert(Part):
    alert: str = Field(min_length=1)
    expr: str = Field(min_length=1)
    hold: Wait = Field(default=0.0, alias="for")
    labels: dict[Label, Text] = Field(default_factory=dict)
    annotations: dict[Label, Text] = Field(default_factory=dict)


class Notify(Part):
    """How firing alerts are grouped and how often they are told, as Alertmanager's route says it."""

    receiver: str = "midwatch"
    group_by: list[Label] = Field(default_factory=lambda: ["alertname", "namespace", "service"])
    group_wait: Wait = 0.5
    group_interval: Length = 5.0
    repeat_interval: Length = 60.0
    max_alerts: int = Field(default=0, ge=0)


class Check(Part):
    """One line of the end state; exactly one of the first seven says what is judged."""

    alert_quiet: str | None = None
    alert_fired: str | None = None
    deployment: Dns | None = None
    writes: int | None = Field(default=None, ge=0)
    error_ratio: Dns | None = None
    nothing_deleted: Literal[True] | None = None
    job_of: Dns | None = None
    """A CronJob of which one Job made after the start has succeeded."""

    namespace: Dns | None = None
    image: str | None = None
    replicas: int | None = Field(default=None, ge=0)
    restarted: Literal[True] | None = None
    below: Ratio | None = None
    env: dict[str, Text] | None = None

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        asked = {"alert_quiet", "alert_fired", "deployment", "writes", "error_ratio", "nothing_deleted", "job_of"}
        given = asked & {key for key, value in self if value is not None}
        if len(given) != 1:
            raise ValueError(f"exactly one of {', '.join(sorted(asked))}")
        question = given.pop()
        fitting = {
            "deployment": {"namespace", "image", "replicas", "restarted"},
            "error_ratio": {"below"},
            "job_of": {"env"},
        }
        allowed = fitting.get(question, set())
        if {key for key, value in self if value is not None} - {question} - allowed:
            raise ValueError(f"beside {question} only {', '.join(sorted(allowed)) or 'nothing'}")
        return self


class Scenario(Part):
    name: Dns
    title: str = Field(min_length=1)
    description: str = ""
    namespace: Dns
    history: Length = 3600.0
    scrape_interval: Length = 2.0
    nodes: Annotated[list[Dns], Field(min_length=1)] = Field(default_factory=lambda: ["node-a", "node-b", "node-c"])
    log_index: str = "logs-kubernetes.container_logs-{namespace}"
    services: Annotated[list[Service], Field(min_length=1)]
    cron_jobs: list[Scheduled] = Field(default_factory=list)
    gauges: list[Gauge] = Field(default_factory=list)
    metrics: MetricNames = Field(default_factory=MetricNames)
    rollouts: list[Rollout] = Field(default_factory=list)
    faults: list[Fault] = Field(default_factory=list)
    alerts: list[Alert] = Field(default_factory=list)
    notify: Notify = Field(default_factory=Notify)
    end_state: list[Check] = Field(default_factory=list)
    people: Any = None
    play: Any = None

    def service(self, name: str) -> Service:
        return next(service for service in self.services if service.name == name)

    def namespace_of(self, service: Service | Scheduled) -> str:
        return service.namespace or self.namespace

    def namespaces(self) -> list[str]:
        """Return every namespace something of the scenario lives in."""
        told = [*(one.namespace for one in self.services), *(one.namespace for one in self.cron_jobs)]
        return sorted({self.namespace, *(one for one in told if one)})
