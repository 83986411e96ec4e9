"""What Kubernetes said of an object, in both forms of its events, with when and how often. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tools.read.faults.objects import Event, when

CLUSTER_WIDE = frozenset({"Node", "PersistentVolume", "StorageClass", "Namespace"})
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """``recent``: said last in the incident's window; an event without any time counts as recent, for the server keeps
    them only an hour."""

    kind: str
    namespace: str
    name: str
    reason: str
    message: str
    warning: bool
    count: int
    first: datetime | None
    last: datetime | None
    recent: bool
    container: str = ""

    @property
    def order(self) -> datetime:
        return self.last or self.first or _NEVER


def told_of(event: Event, since: datetime) -> Told:
    about = event.involved_object if event.involved_object.name else event.regarding
    times = (
        event.series.last_observed_time if event.series else None,
        event.last_timestamp,
        event.deprecated_last_timestamp,
        event.event_time,
        event.first_timestamp,
        event.metadata.creation_timestamp,
    )
    last = next((moment for text in times if (moment := _aware(text)) is not None), None)
    begins = (event.first_timestamp, event.deprecated_first_timestamp, event.event_time)
    first = next((moment for text in begins if (moment := _aware(text)) is not None), last)
    path = about.field_path
    return Told(
        kind=about.kind,
        # events of what has no namespace lie in `default`
        namespace=about.namespace if about.kind in CLUSTER_WIDE else about.namespace or event.metadata.namespace,
        name=about.name,
        reason=event.reason,
        message=(event.message or event.note).strip(),
        warning=event.type == "Warning",
        count=event.count or event.deprecated_count or (event.series.count if event.series else 0) or 1,
        first=first,
        last=last,
        recent=last is None or last >= since,
        container=path.partition("{")[2].rstrip("}") if "{" in path else "",
    )


def _aware(text: str | None) -> datetime | None:
    moment = when(text)
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
