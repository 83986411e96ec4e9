"""Which open incident the alerts of one delivery join, and why. Pure. The rules, first one first:

- an alert that an open incident holds stays with it;
- alerts about no service join what an alert of the same name in the same group of their sender opened;
- alerts about the same join: a service, by any name that one alert called it by, or the machine or volume. Those
  that came together go together: two hundred machines do not join the incident of one.

Cluster and namespace may be left out, never contradicted. A sender's group alone joins no two services: it may lump
everything together, or take every alert for itself. Whatever joins nothing opens an incident.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from bot.core.alerts import Incoming
from bot.core.grouping import key_of
from bot.core.incident import Alert, Incident
from bot.core.labels import hashed, service_mark


class Joins(StrEnum):
    """Why an alert belongs to an incident that is open."""

    SAME_ALERT = "same_alert"
    SAME_GROUP = "same_group"
    SAME_SUBJECT = "same_subject"


ORDER = tuple(Joins)


@dataclass(frozen=True)
class Batch:
    """Alerts of one delivery that go together: about one service, or of one name in one group."""

    alerts: tuple[Incoming, ...]

    @property
    def kin(self) -> str | None:
        return self.alerts[0].kin

    @property
    def place(self) -> tuple[str | None, str | None]:
        return self.alerts[0].cluster, self.alerts[0].space

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The one service by its best name, or every machine and volume; empty where they say neither."""
        return frozenset(alert.about[0] for alert in self.alerts if alert.about)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name of the one service."""
        return frozenset(mark for alert in self.alerts for mark in alert.about) if self.kin is None else frozenset()

    @cached_property
    def key(self) -> str:
        """What an incident they open is listed under."""
        if self.kin is None or len(self.subjects) <= 1:
            return min(key_of(alert) for alert in self.alerts)
        return hashed("\0".join((*(part or "" for part in self.place), self.kin)))

    @cached_property
    def rank(self) -> tuple[object, ...]:
        """The largest first, then what began first; the rest only so that the order they came in does not matter."""
        began = min(alert.starts_at for alert in self.alerts)
        return -len(self.alerts), began, self.key, *(part or "" for part in (*self.place, self.kin))


def batches(alerts: Iterable[Incoming]) -> list[Batch]:
    """The alerts of one delivery as they go together, in the order they are placed."""
    found: dict[object, list[Incoming]] = {}
    for alert in alerts:
        found.setdefault((alert.cluster, alert.space, alert.kin or alert.about[0]), []).append(alert)
    return sorted((Batch(tuple(part)) for part in found.values()), key=lambda batch: batch.rank)


@dataclass(frozen=True)
class Standing:
    """An open incident, as far as it matters to who joins it; ``first`` and ``kin`` are what it was opened about."""

    id: str
    key: str
    alerts: Mapping[str, Alert]
    about: frozenset[str]
    first: str | None
    kin: str | None
    clusters: frozenset[str]
    namespaces: frozenset[str]


def standing(incident: Incident) -> Standing | None:
    """None for one without an alert: what a person opened is theirs."""
    if not incident.alerts:
        return None
    alerts = tuple(incident.alerts.values())
    about = [_about(alert) for alert in alerts]
    return Standing(
        id=incident.id,
        key=incident.key,
        alerts=incident.alerts,
        about=frozenset(mark for marks in about for mark in marks),
        first=about[0][0] if about[0] else None,
        kin=alerts[0].kin,
        clusters=frozenset(alert.cluster for alert in alerts if alert.cluster),
        namespaces=frozenset(alert.namespace for alert in alerts if alert.namespace),
    )


def _about(alert: Alert) -> tuple[str, ...]:
    """An earlier release wrote down no more than the service."""
    return alert.about or ((service_mark(alert.service),) if alert.service else ())


def why_joins(batch: Batch, at: Standing) -> Joins | None:
    """The reason for alerts that no incident holds to join this one, or None."""
    cluster, namespace = batch.place
    if (cluster and at.clusters and cluster not in at.clusters) or (
        namespace and at.namespaces and namespace not in at.namespaces
    ):
        return None
    if batch.kin is not None and batch.kin == at.kin:
        return Joins.SAME_GROUP
    known = bool(batch.subjects) and batch.subjects <= at.about
    return Joins.SAME_SUBJECT if known or at.first in batch.names or batch.key == at.key else None


@dataclass(frozen=True)
class Home:
    """Where alerts belong: an open incident and why, or (None) one that they open."""

    batch: Batch
    incident: str | None = None
    why: Joins | None = None


def homes_of(batch: Batch, open_: Sequence[Standing]) -> list[Home]:
    """``open_`` oldest first: of several incidents that could be meant the oldest is."""
    holders = _holders(batch, open_)
    held: dict[str, list[Incoming]] = {}
    others: list[Incoming] = []
    for alert in batch.alerts:
        holder = _holder(alert, holders.get(alert.fingerprint, ()))
        (held.setdefault(holder.id, []) if holder else others).append(alert)
    homes = [Home(Batch(tuple(alerts)), incident, Joins.SAME_ALERT) for incident, alerts in held.items()]
    return [*homes, _joined(Batch(tuple(others)), open_)] if others else homes


def _holders(batch: Batch, open_: Sequence[Standing]) -> dict[str, list[Standing]]:
    """Who holds which of the alerts, by fingerprint."""
    told = {alert.fingerprint for alert in batch.alerts}
    found: dict[str, list[Standing]] = {}
    for at in open_:
        for fingerprint in told & at.alerts.keys():
            found.setdefault(fingerprint, []).append(at)
    return found


def _holder(alert: Incoming, holders: Iterable[Standing]) -> Standing | None:
    fitting = [at for at in holders if _is_the_same(alert, at.alerts)]
    return min(fitting, key=lambda at: _strangeness(alert, at.alerts[alert.fingerprint]), default=None)


def _is_the_same(alert: Incoming, held: Mapping[str, Alert]) -> bool:
    """People give an event its id, and may give it again to another service; an end is said of whatever fires."""
    by_id = alert.source == "event" and alert.firing and alert.service is not None
    return not by_id or held[alert.fingerprint].service in (None, alert.service)


def _strangeness(alert: Incoming, held: Alert) -> tuple[bool, bool]:
    return held.service != alert.service, not held.firing


def _joined(batch: Batch, open_: Sequence[Standing]) -> Home:
    reasons = [(why, at) for at in open_ if (why := why_joins(batch, at)) is not None]
    why, at = min(reasons, key=lambda reason: ORDER.index(reason[0]), default=(None, None))
    return Home(batch, at.id if at else None, why)
