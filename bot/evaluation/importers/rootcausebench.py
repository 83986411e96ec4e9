"""Reads the `rootcausebench` format: an alert, logs, metrics, traces, clustered patterns, commits, deploys and flags.

A case is a folder with its data beside or beneath it. A commit takes effect when it is deployed: by its own deploy, or
by the next one of a service that its files belong to.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from bot.core.case import Case
from bot.core.causality.places import bare
from bot.core.changed import Change
from bot.core.records import Curve, LogLine
from bot.core.signs import Role, Sign, Source
from bot.core.window import Window
from bot.evaluation.frozen import Expected, Frozen
from tools.read.spans.reading import read_spans

DATA = ("environment/data", "data", "")
BEFORE, AFTER = timedelta(minutes=30), timedelta(minutes=30)
LONG_AGO = timedelta(days=1)
Row = Mapping[str, Any]


class RootCauseBench:
    name = "rootcausebench"

    def matches(self, folder: Path) -> bool:
        return _data_of(folder) is not None

    def cases(self, path: Path) -> Sequence[Path]:
        found = {one.parent.parent for one in path.rglob("context/commits.json")}
        return sorted({_case_of(one) for one in found if (one / "alert.json").is_file()})

    def read(self, folder: Path) -> Frozen:
        data = _data_of(folder)
        if data is None:
            raise ValueError(f"{folder} has no alert.json with a context beside it")
        alert = _json(data / "alert.json", {})
        at = _moment(alert.get("fired_at")) or datetime(1970, 1, 1, tzinfo=UTC)
        curves = tuple(_curves(data / "metrics.csv"))
        lines = tuple(_lines(data / "logs.ndjson"))
        first = min((point[0] for curve in curves for point in curve.points), default=at - LONG_AGO)
        window = Window(min(first, at - BEFORE), at - BEFORE, at, at + AFTER)
        case = Case(
            incident=folder.name,
            window=window,
            now=at + AFTER,
            service=str(alert.get("service") or ""),
            alertname=str(alert.get("monitor") or alert.get("metric") or ""),
            summary=str(alert.get("summary") or ""),
            labels={name: str(alert[name]) for name in ("service", "metric", "severity") if alert.get(name)},
        )
        return Frozen(
            id=folder.name,
            suite=self.name,
            case=case,
            text=json.dumps(alert),
            lines=lines,
            curves=curves,
            spans=read_spans(_json(data / "traces.json", [])),
            changes=tuple(_changes(data / "context")),
            signs=(*_alerted(alert, at), *_patterns(_json(data / "patterns.json", []), at)),
        )

    def expected(self, folder: Path) -> Expected | None:
        for base in (folder, folder.parent, folder.parent.parent):
            file = base / "tests" / "ground_truth.json"
            if file.is_file():
                return _expected(json.loads(file.read_text(encoding="utf-8")))
        return None


def _expected(truth: Row) -> Expected:
    return Expected(
        change=str(truth.get("root_cause_commit") or "none"),
        decoys=tuple(str(one) for one in truth.get("decoy_deploy_commits") or ()),
        service=str(truth.get("first_failing_service") or ""),
    )


def _data_of(folder: Path) -> Path | None:
    for beneath in DATA:
        data = folder / beneath if beneath else folder
        if (data / "alert.json").is_file() and (data / "context" / "commits.json").is_file():
            return data
    return None


def _case_of(data: Path) -> Path:
    """The folder that is the case: above `environment/data` or `data`."""
    if data.name != "data":
        return data
    return data.parent.parent if data.parent.name == "environment" else data.parent


def _alerted(alert: Row, at: datetime) -> Iterator[Sign]:
    service = str(alert.get("service") or "")
    says = f"Monitor {alert.get('monitor')}: {alert.get('metric')} of {service} is {alert.get('observed')}, "
    says += f"threshold {alert.get('threshold')}. {alert.get('summary') or ''}"
    quote = str(alert.get("summary") or "")
    yield Sign(
        "alert_fires", Role.SYMPTOM, Source.ALERT, says, service, service, "", 0.4, at, at, (quote,) if quote else ()
    )


def _patterns(rows: Any, at: datetime) -> Iterator[Sign]:
    """Clusters of log lines that are new or risen, as the case counts them."""
    for row in rows if isinstance(rows, list) else ():
        text = str(row.get("pattern") or row.get("signature") or row.get("template") or "")
        rose = float(row.get("delta_vs_baseline") or row.get("delta") or 0)
        bad = str(row.get("sentiment") or "").lower().startswith("neg")
        if text and bad and rose > 0:
            service = str(row.get("service") or "")
            says = f"{service or 'A service'} logs “{text[:200]}” {row.get('count')} times, {rose:+g} against before"
            yield Sign(
                "log_pattern", Role.SYMPTOM, Source.LOGS, says, service, service, "", 0.45, None, at, (text[:300],)
            )


def _changes(context: Path) -> Iterator[Change]:
    commits = _rows(context / "commits.json")
    deploys = [(row, at) for row in _rows(context / "deploys.json") if (at := _moment(row.get("timestamp")))]
    for row in commits:
        written = _moment(row.get("timestamp"))
        if written is None or not row.get("sha"):
            continue
        files = tuple(str(one) for one in row.get("files_changed") or ())
        deploy = _deploy_of(str(row["sha"]), files, written, deploys)
        yield Change(
            id=str(row["sha"]),
            kind="deploy" if deploy else "commit",
            at=deploy[1] if deploy else written,
            says=_said(row, deploy[0] if deploy else None),
            service=str(deploy[0].get("service") or "") if deploy else "",
            author=str(row.get("author") or ""),
            version=str(deploy[0].get("version") or "") if deploy else "",
            files=files,
            diff=str(row.get("diff") or ""),
            written=written,
            facts={"deployed": deploy is not None},
        )
    for row in _rows(context / "flags.json"):
        at = _moment(row.get("timestamp") or row.get("at") or row.get("changed_at"))
        name = str(row.get("flag") or row.get("name") or row.get("key") or "")
        if at and name:
            yield Change(name, "flag", at, f"Flag {name} was changed", service=str(row.get("service") or ""))


def _said(row: Row, deploy: Row | None) -> str:
    where = f", deployed to {deploy.get('service')}" if deploy else ""
    return f"Commit {str(row['sha'])[:8]} “{str(row.get('message') or '')[:100]}”{where}"


def _deploy_of(
    sha: str, files: Sequence[str], written: datetime, deploys: Sequence[tuple[Row, datetime]]
) -> tuple[Row, datetime] | None:
    own = next((one for one in deploys if str(one[0].get("commit_sha") or "") == sha), None)
    if own is not None:
        return own
    parts = {bare(part) for file in files for part in file.split("/")[:-1]}
    later = [one for one in deploys if one[1] >= written and bare(str(one[0].get("service") or "")) in parts]
    return min(later, key=lambda one: one[1], default=None)


def _lines(file: Path) -> Iterator[LogLine]:
    for raw in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        try:
            row = json.loads(raw)
        except ValueError:
            continue
        if isinstance(row, dict):
            text = str(row.get("msg") or row.get("message") or row.get("body") or "")
            more = " ".join(str(row[key]) for key in ("error", "exception", "stack", "err") if row.get(key))
            yield LogLine(
                f"{text} {more}".strip(),
                _moment(row.get("timestamp")),
                str(row.get("severity_text") or row.get("level") or "").lower(),
                str(row.get("service") or ""),
                str(row.get("pod") or row.get("host") or ""),
            )


def _curves(file: Path) -> Iterator[Curve]:
    """`timestamp,service,metric,value`."""
    found: dict[tuple[str, str], list[tuple[datetime, float]]] = {}
    for row in csv.DictReader(StringIO(file.read_text(encoding="utf-8"))) if file.is_file() else ():
        at = _moment(row.get("timestamp"))
        try:
            value = float(row.get("value") or "")
        except ValueError:
            continue
        if at is not None:
            found.setdefault((row.get("service") or "", row.get("metric") or ""), []).append((at, value))
    for (service, metric), points in found.items():
        yield Curve(metric, tuple(sorted(points)), service)


def _rows(file: Path) -> list[Row]:
    read = _json(file, [])
    return [one for one in (read if isinstance(read, list) else []) if isinstance(one, Mapping)]


def _json(file: Path, default: Any) -> Any:
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else default


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


IMPORTER = RootCauseBench()
