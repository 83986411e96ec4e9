"""Reads the `opensre` format: one folder a case, an alert and one JSON file for each source of evidence.

A label or note of the alert that names the failure's mode gives the answer away; neither it nor `answer.yml` is read
as evidence. What a case does not bring it inherits from the case that its `scenario.yml` names as its base.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.core.case import Case
from bot.core.fusion.values import Unlooked
from bot.core.window import Window
from bot.evaluation.frozen import Expected, Frozen
from bot.evaluation.importers.opensre_cluster import Cluster, cluster_of
from bot.evaluation.importers.opensre_database import database_of
from bot.evaluation.importers.opensre_expected import expected_of
from bot.evaluation.importers.opensre_files import Folder, moments_in
from bot.evaluation.importers.opensre_monitors import component_signs, monitor_signs
from tools.read.databases.analyzing import signs_of

GIVEAWAY = "failure_mode"
NOT_WORDS = frozenset({"context_sources", "cloudwatch_region"})
RECENT = timedelta(minutes=30)
BASELINE = timedelta(minutes=40)
EVIDENCE = ("eks_", "datadog_", "aws_")


class OpenSre:
    """``cases`` may be given one case, a suite or a folder of suites."""

    name = "opensre"

    def matches(self, folder: Path) -> bool:
        """Whether this folder is a case of this format."""
        if not (folder / "alert.json").is_file():
            return False
        brings = any(one.name.startswith(EVIDENCE) for one in folder.glob("*.json"))
        return brings or (folder / "scenario.yml").is_file()

    def cases(self, path: Path) -> Sequence[Path]:
        """Folders at or under a path, in the order of their names."""
        return sorted({one.parent for one in path.rglob("alert.json") if self.matches(one.parent)})

    def read(self, folder: Path) -> Frozen:
        files = Folder(folder)
        alert = files.own("alert.json")
        now = max(moments_in(files.everything_own()), default=datetime.fromisoformat("1970-01-01T00:00:00+00:00"))
        cluster = cluster_of(files, _labels(alert))
        text = _text(alert)
        database = database_of(files, _labels(alert), text, now)
        signs = signs_of(database) if database is not None else ()
        case = _case(files.id, alert, now, database.instance.name if database is not None else "")
        return Frozen(
            id=files.id,
            suite=self.name,
            case=case,
            text=text,
            objects=cluster.objects,
            container_logs=cluster.container_logs,
            lines=cluster.lines,
            curves=(*files.curves(), *files.series()),
            edges=cluster.edges,
            signs=(
                *signs,
                *monitor_signs(files.any("datadog_monitors.json"), case),
                *component_signs(cluster.lines, case),
            ),
            unlooked=_unlooked(files, cluster),
            unread=cluster.unread,
            quiet=True if str(alert.get("state", "")).lower() in ("normal", "ok", "resolved") else None,
        )

    def expected(self, folder: Path) -> Expected | None:
        return expected_of(folder / "answer.yml")


IMPORTER = OpenSre()


def _labels(alert: Mapping[str, Any]) -> dict[str, str]:
    """Labels and annotations in one, without what gives the answer away."""
    told: dict[str, str] = {}
    for key in ("labels", "commonLabels", "annotations", "commonAnnotations"):
        rows = alert.get(key)
        told |= {str(name): str(value) for name, value in (rows.items() if isinstance(rows, Mapping) else ())}
    return {name: value for name, value in told.items() if GIVEAWAY not in name}


def _text(alert: Mapping[str, Any]) -> str:
    labels = _labels(alert)
    words = ("summary", "description", "error", "suspected_symptom", "message")
    return ". ".join(part.rstrip(".") for part in (str(alert.get("title", "")), *map(labels.get, words)) if part)


def _case(id_: str, alert: Mapping[str, Any], now: datetime, database: str) -> Case:
    labels = _labels(alert)
    service = database or labels.get("workload_name") or labels.get("kube_deployment") or labels.get("service", "")
    start = now - RECENT
    case = Case(
        incident=id_,
        window=Window(start - BASELINE, start, now, now),
        now=now,
        service=service,
        namespace=labels.get("namespace") or labels.get("kube_namespace", ""),
        alertname=labels.get("alertname", ""),
        summary=str(alert.get("title", "")),
        labels={name: value for name, value in labels.items() if name not in NOT_WORDS and " " not in value},
    )
    return replace(case, labels={**case.labels, "service": service}) if service else case


def _unlooked(files: Folder, cluster: Cluster) -> tuple[Unlooked, ...]:
    """Sources that the case is known to have and does not bring."""
    named = ((source, files.is_there(source)) for source in files.available)
    missing = tuple(
        Unlooked(source.replace("_", " "), "no_data", "its file is missing") for source, there in named if not there
    )
    broken = tuple(Unlooked(name, "failed", why) for name, why in files.broken.items())
    unknown = tuple(Unlooked(name, "failed", "nothing here reads such a file") for name in files.unknown())
    return (*missing, *broken, *unknown, *(Unlooked(kind, "no_data", why) for kind, why in cluster.unread.items()))
