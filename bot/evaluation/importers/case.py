"""Our own format of a frozen incident, described in `docs/cases.md`: a folder with what was recorded of it.

Everything is optional. A file that cannot be read is told as not looked at, and the others still count; an alert that
cannot be read stops the case, for nobody could say what it is about.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.backstage import services_in
from bot.core.case import Case
from bot.core.catalogue import Catalogue
from bot.core.fusion.values import Unlooked
from bot.core.records import Curve
from bot.core.service_map import Edge
from bot.core.signs import Role, Sign, Source, signs_in
from bot.core.window import Window
from bot.evaluation.alert_signs import alert_signs, always, fires_always
from bot.evaluation.frozen import Expected, Frozen
from bot.evaluation.importers.case_alert import Alert, alert_in
from bot.evaluation.importers.case_changes import changes_in
from bot.evaluation.importers.case_files import Files
from bot.evaluation.importers.case_logs import Logs, logs_in
from bot.evaluation.kubectl.times import moments_in
from tools.read.curves.ranking import rank_services
from tools.read.spans.reading import read_spans

FOLDERS = ("objects", "logs", "metrics", "traces", "changes", "replies")
ALERTS = ("alert.json", "alert.yaml", "alert.yml")
EXPECTED = "expected.json"
BEFORE, BASELINE = timedelta(minutes=30), timedelta(minutes=60)
LATER = timedelta(minutes=10)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
BROKEN_AT = ("inject_time.txt", "fault_time.txt")
MOST_RANKED = 3


class OwnCase:
    name = "case"

    def matches(self, folder: Path) -> bool:
        if not folder.is_dir():
            return False
        if any((folder / name).is_dir() for name in FOLDERS) and (_alert(folder) or not _is_above(folder)):
            return True
        return _alert(folder) is not None or any(
            (folder / name).is_file() for name in ("metrics.csv", "data.csv", *BROKEN_AT)
        )

    def cases(self, path: Path) -> Sequence[Path]:
        if self.matches(path):
            return [path]
        folders = sorted(one for one in path.rglob("*") if one.is_dir()) if path.is_dir() else []
        found: list[Path] = []
        for one in folders:
            if not any(one.is_relative_to(taken) for taken in found) and self.matches(one):
                found.append(one)
        return found

    def read(self, folder: Path) -> Frozen:
        files = Files(folder)
        alert = alert_in(_alert(folder))
        logs = logs_in(folder / "logs")
        curves = tuple(files.curves())
        broken_at = _broken_at(folder)
        objects = tuple(_objects(files))
        now = _now(alert, logs, curves, objects, broken_at)
        at = broken_at or alert.at or now
        start = min(at - BEFORE, now) if broken_at is None else broken_at
        first = min((points[0][0] for curve in curves if (points := curve.points)), default=start - BASELINE)
        window = Window(min(first, start - BASELINE), start, max(at, start), max(now, at))
        case = Case(
            folder.name, window, max(now, at), alert.service, alert.namespace, alert.name,
            alert.expression, alert.title, alert.labels,
        )  # fmt: skip
        replies = [one for one in files.documents("replies") if isinstance(one, Mapping)]
        spans = tuple(span for one in files.documents("traces") for span in read_spans(one))
        changes = tuple(changes_in(list(files.documents("changes")), files.broken))
        edges = tuple(_edges(files))
        unread = {str(row["kind"]): str(row.get("why") or "") for row in files.rows("unread.json") if row.get("kind")}
        return Frozen(
            id=folder.name,
            suite=self.name,
            case=case,
            text=alert.text,
            objects=objects,
            container_logs=logs.by_container,
            lines=logs.lines,
            curves=curves,
            spans=spans,
            changes=changes,
            edges=edges,
            signs=(
                *_of_alert(alert),
                *_of_replies(replies),
                *(_ranked(curves, broken_at) if broken_at or not alert.text.strip() else ()),
            ),
            unlooked=(*_unlooked(replies), *files.broken),
            unread=unread,
            quiet=alert.quiet if not fires_always(alert.text) else True,
        )

    def expected(self, folder: Path) -> Expected | None:
        file = folder / EXPECTED
        if not file.is_file():
            return None
        read = json.loads(file.read_text(encoding="utf-8"))
        lists = ("all_of", "any_of", "none_of", "decoys", "forbidden_proposals")
        single = ("healthy", "change", "object", "service", "proposal", "may_abstain")
        unknown = set(read) - {*lists, *single, "category", "facts", "forbidden"}
        if unknown:
            raise ValueError(f"{file}: unknown fields {', '.join(sorted(unknown))}")
        given: dict[str, Any] = {name: tuple(str(one) for one in read.get(name) or ()) for name in lists}
        given["all_of"] += tuple(str(one) for one in read.get("facts") or ())
        given["none_of"] += tuple(str(one) for one in read.get("forbidden") or ())
        return Expected(**given, **{name: read[name] for name in single if name in read})


def _alert(folder: Path) -> Path | None:
    return next((folder / name for name in ALERTS if (folder / name).is_file()), None)


def _is_above(folder: Path) -> bool:
    """A folder of cases may be called `logs` or `metrics`; one that holds alerts further down is no case itself."""
    return any(next(folder.rglob(name), None) for name in ALERTS)


def _objects(files: Files) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in files.documents("objects") if isinstance(one, Mapping))
    for name in ("objects.json", "objects.yaml", "events.json"):
        yield from files.rows(name)


def _broken_at(folder: Path) -> datetime | None:
    """When the fault was injected, where the case says so: seconds since 1970, or RFC 3339."""
    for name in BROKEN_AT:
        if (folder / name).is_file():
            text = (folder / name).read_text(encoding="utf-8").strip()
            if text.replace(".", "", 1).isdigit():
                return datetime.fromtimestamp(float(text), UTC)
            return next(iter(moments_in(text)), None)
    return None


def _edges(files: Files) -> Iterator[Edge]:
    for row in files.rows("map.json"):
        if row.get("caller") and row.get("callee"):
            yield Edge(str(row["caller"]), str(row["callee"]), str(row.get("told_by") or "catalogue"))
    yield from Catalogue(services_in(files.rows("catalog-info.yaml"))).map().edges


def _of_replies(replies: Sequence[Mapping[str, Any]]) -> Iterator[Sign]:
    for number, one in enumerate(replies, 1):
        facts = one.get("facts")
        if isinstance(facts, Mapping) and one.get("outcome", "ok") in ("ok", "no_data"):
            yield from signs_in(facts, (str(one.get("id") or f"reply-{number}"),))


def _unlooked(replies: Sequence[Mapping[str, Any]]) -> Iterator[Unlooked]:
    for one in replies:
        outcome = str(one.get("outcome") or "ok")
        if outcome not in ("ok", "no_data"):
            yield Unlooked(str(one.get("tool") or "a look"), outcome, str(one.get("digest") or one.get("why") or ""))


def _of_alert(alert: Alert) -> tuple[Sign, ...]:
    if fires_always(alert.text):
        return always(alert.name)
    words = [alert.title, *alert.words]
    return alert_signs(alert.name, words, alert.labels, alert.service, alert.namespace, alert.at)


def _ranked(curves: Sequence[Curve], broken_at: datetime | None) -> Iterator[Sign]:
    """Of a case that is metrics and no more, the services that they point at."""
    if not curves:
        return
    found = rank_services(curves, broken_at)
    top = found.services[0][1] if found.services else 0.0
    for name, score in found.services[:MOST_RANKED]:
        told = [one for one in found.metrics if one.service == name][:3]
        moved = ", ".join(f"{one.metric} {'rose' if one.rose else 'fell'}" for one in told)
        since = f" from {found.broken_at:%H:%M:%S} on" if found.broken_at else ""
        says = f"{name} left its usual values farthest{since}: {moved}"
        weight = 0.85 * score / top if top else 0.0
        yield Sign(
            "service_deviates", Role.CAUSE, Source.METRICS, says, name, name, "", weight, found.broken_at,
            quotes=tuple(f"{one.service} {one.metric}" for one in told[:2]),
        )  # fmt: skip


def _now(
    alert: Alert, logs: Logs, curves: Sequence[Curve], objects: Sequence[Mapping[str, Any]], broken_at: datetime | None
) -> datetime:
    """The newest moment that was recorded: the case's own present."""
    if alert.now is not None:
        return alert.now
    found = [line.at for line in logs.lines if line.at] + [curve.points[-1][0] for curve in curves if curve.points]
    found += [moment for one in objects for moment in moments_in(json.dumps(one, default=str))]
    found += [one for one in (alert.at, broken_at) if one]
    newest = max(found, default=NEVER)
    # without an alert nothing says when it was recorded: some time after the last thing that happened
    return newest + LATER if newest > NEVER and alert.at is None and broken_at is None else newest


IMPORTER = OwnCase()
