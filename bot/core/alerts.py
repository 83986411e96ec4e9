"""What arrives at the webhooks, read into one value: `Incoming`. Pure; bad input raises `BadInput` naming the field.

Alertmanager's version-4 body and our own documented event body. Labels and annotations are somebody else's text:
kept whole for the payload store, cut down to names (`Name`) where a ledger needs them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.core.canonical import Json
from bot.core.errors import BadInput
from bot.core.events import Severity
from bot.core.labels import (
    MACHINES,
    as_name,
    hashed,
    mark_of,
    names_of,
    service_mark,
    severity_of,
    slug_among,
    slug_of,
    thing_of,
)

MOST_ALERTS = 10_000  # of one notice; an answer that refuses more would lose them all, for nobody sends a 4xx again
WATCHDOG = "Watchdog"  # the alert that always fires, as kube-prometheus calls it: heard, never an incident
M = TypeVar("M", bound=BaseModel)
FINGERPRINT = re.compile(r"[0-9a-f]{8,64}")
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _aware(at: datetime) -> datetime:
    """RFC 3339 wants an offset; a time without one is taken as UTC, because losing the alert would be worse."""
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_aware)]


@dataclass(frozen=True)
class Incoming:
    """One alert of one delivery. ``group`` is the sender's own grouping, hashed; times are aware.

    ``about`` marks the names of its service, best first, or the one machine or volume; ``kin``, of an alert about no
    service, is the same for those its sender grouped and named alike. ``truncated`` is how many alerts the whole
    delivery left out; ``timed`` whether its sender said when it began.
    """

    fingerprint: str
    name: str
    firing: bool
    severity: Severity
    starts_at: datetime
    ends_at: datetime | None
    service: str | None
    namespace: str | None
    cluster: str | None
    subject: str  # service:…, node:…, instance:… or the group
    about: tuple[str, ...]
    kin: str | None
    group: str
    title: str
    content: Json
    source: Literal["alertmanager", "event", "person"] = "alertmanager"
    truncated: int = 0
    timed: bool = True

    @property
    def space(self) -> str | None:
        """Its namespace, where that tells outages apart: a machine's is only that of who measures it."""
        return None if self.subject.partition(":")[0] in MACHINES else self.namespace


class _Alert(BaseModel):
    model_config = ConfigDict(extra="allow")

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    startsAt: Annotated[Moment, Field(ge=EARLIEST, le=LATEST)]  # noqa: N815  Alertmanager's spelling
    endsAt: Moment | None = None  # noqa: N815
    generatorURL: str = ""  # noqa: N815
    fingerprint: str = ""


class _Webhook(BaseModel):
    model_config = ConfigDict(extra="allow")

    version: Literal["4"]
    groupKey: str  # noqa: N815
    alerts: list[_Alert] = Field(min_length=1)
    truncatedAlerts: int = Field(default=0, ge=0, le=2**31)  # noqa: N815
    externalURL: str = ""  # noqa: N815


class Posted(BaseModel):
    """`POST /webhooks/event`: anything that is not Alertmanager. Documented in the README."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["alert", "resolved"] = "alert"
    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=300)
    severity: Severity = Severity.SEV3
    service: str | None = Field(default=None, max_length=253)
    namespace: str | None = Field(default=None, max_length=253)
    cluster: str | None = Field(default=None, max_length=253)
    at: Annotated[Moment, Field(ge=EARLIEST, le=LATEST)] | None = None
    link: str = Field(default="", max_length=2000)
    labels: dict[str, str] = Field(default_factory=dict)
    description: str = Field(default="", max_length=4000)


def read_alertmanager(body: Any) -> list[Incoming]:
    """The alerts of a version-4 webhook body; the first `MOST_ALERTS`, and how many more there were."""
    sent = body.get("alerts") if isinstance(body, Mapping) else None
    beyond = max(0, len(sent) - MOST_ALERTS) if isinstance(sent, list) else 0
    hook = _validated(_Webhook, {**body, "alerts": body["alerts"][:MOST_ALERTS]} if beyond else body)
    hook.truncatedAlerts += beyond
    group = hashed(hook.groupKey)
    return [_incoming(alert, group, hook) for alert in hook.alerts]


def read_event(body: Any, now: Callable[[], datetime]) -> Incoming:
    """One posted event. ``now`` is asked only where a sound body says no time: its clock may not answer."""
    event = _validated(Posted, body)
    at = _moment(event.at or now())
    names = names_of(posted_labels(event.labels, event.service)) if event.service else ()
    group = hashed(f"event:{event.id}")
    topic = _topic({}, names, group, _Topic(f"event:{event.id}", (), group))
    return Incoming(
        fingerprint=hashed(f"{event.id}")[:16],
        name=as_name(event.labels.get("alertname")) or "Event",
        firing=event.kind == "alert",
        severity=event.severity,
        starts_at=at,
        ends_at=None if event.kind == "alert" else at,
        service=slug_among(names),
        namespace=as_name(event.namespace),
        cluster=as_name(event.cluster),
        subject=topic.subject,
        about=topic.about,
        kin=topic.kin,
        group=group,
        title=event.title,
        content=event.model_dump(mode="json"),
        source="event",
        timed=event.at is not None,
    )


def posted_labels(labels: Mapping[str, str], service: object) -> dict[str, str]:
    """The labels of a posted event that says which service it is about."""
    return {**labels, "service": service} if isinstance(service, str) else dict(labels)


@dataclass(frozen=True)
class _Topic:
    subject: str
    about: tuple[str, ...]
    kin: str | None


def _topic(labels: Mapping[str, str], names: Sequence[str], alike: str, otherwise: _Topic) -> _Topic:
    """What alerts of one outage share: the service; else the machine or volume, or group and name (``alike``)."""
    if names:
        about = tuple(dict.fromkeys(service_mark(name) for name in names))
        return _Topic(f"service:{slug_of(names[0]) or names[0]}", about, None)
    thing = thing_of(labels)
    return _Topic(":".join(thing), (mark_of(thing),), alike) if thing else otherwise


def _fingerprint(alert: _Alert) -> str:
    """The sender's own where it is one, else made from the labels as a sender would."""
    if FINGERPRINT.fullmatch(alert.fingerprint):
        return alert.fingerprint
    return hashed(repr(sorted(alert.labels.items())))[:16]


def _incoming(alert: _Alert, group: str, hook: _Webhook) -> Incoming:
    labels, resolved, names = alert.labels, alert.status == "resolved", names_of(alert.labels)
    alike = hashed(f"{group}:{labels.get('alertname', '')}")
    topic = _topic(labels, names, alike, _Topic(f"group:{alike}", (), alike))
    return Incoming(
        fingerprint=_fingerprint(alert),
        name=as_name(labels.get("alertname")) or "unnamed",
        firing=not resolved,
        severity=severity_of(labels.get("severity") or labels.get("priority")),
        starts_at=_moment(alert.startsAt),
        ends_at=_ended(alert.endsAt) if resolved else None,
        service=slug_among(names),
        namespace=as_name(labels.get("namespace") or labels.get("exported_namespace")),
        cluster=as_name(labels.get("cluster")),
        subject=topic.subject,
        about=topic.about,
        kin=topic.kin,
        group=group,
        title=alert.annotations.get("summary") or labels.get("alertname") or "An alert without a name",
        content={**alert.model_dump(mode="json"), "externalURL": hook.externalURL},
        truncated=hook.truncatedAlerts,
    )


def _ended(at: datetime | None) -> datetime | None:
    """When it ended, where the sender said so (a firing alert's is the year 1)."""
    return _moment(at) if at is not None and 2000 <= at.year < 2200 else None


def _moment(at: datetime) -> datetime:
    """In UTC and to the millisecond, as a ledger holds it: what is compared later must not differ by less."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def _validated(model: type[M], body: Any) -> M:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise BadInput(describe(error)) from error


def describe(error: ValidationError) -> str:
    """The first few faults of a body, each naming its field."""
    faults = [f"{'.'.join(str(part) for part in e['loc']) or 'body'}: {e['msg']}" for e in error.errors()]
    more = f" (and {len(faults) - 5} more)" if len(faults) > 5 else ""
    return "; ".join(faults[:5]) + more
