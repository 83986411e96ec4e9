"""The logs of a case: containers' own, by where their files lie, and lines whose envelope says who wrote them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.core.fusion.places import key
from bot.core.records import LogLine
from bot.evaluation.importers.case_alert import moment_of
from bot.evaluation.kubectl.times import moments_in

ENVELOPED = (".ndjson", ".jsonl")
PLAIN = (".log", ".txt")
PREVIOUS = ".previous"
WHEN = ("timestamp", "@timestamp", "time", "ts", "at")
SAYS = ("message", "msg", "log", "body", "text")
LEVEL = ("level", "severity", "severity_text", "status", "log.level")
WHO = ("service", "service.name", "app", "container", "logger")


@dataclass
class Logs:
    lines: tuple[LogLine, ...] = ()
    by_container: dict[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)


def logs_in(folder: Path) -> Logs:
    """`<namespace>/<pod>/<container>[.previous].log`, `<pod>.log` or `<service>.log`, and `*.ndjson`."""
    logs = Logs()
    lines: list[LogLine] = []
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if file.suffix in ENVELOPED:
            lines += _enveloped(file)
        elif file.suffix in PLAIN:
            lines += _plain(file, folder, logs)
    logs.lines = tuple(lines)
    return logs


def _plain(file: Path, folder: Path, logs: Logs) -> Iterator[LogLine]:
    parts = file.relative_to(folder).parts
    name = file.name.removesuffix(file.suffix)
    before = name.endswith(PREVIOUS)
    container = name.removesuffix(PREVIOUS)
    texts = tuple(line for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip())
    namespace, pod = (parts[-3], parts[-2]) if len(parts) >= 3 else (parts[0] if len(parts) == 2 else "", container)
    if len(parts) >= 3:
        place = (namespace, pod, container)
        kept = logs.by_container.get(place, ())
        # what the run before printed says why it ended, and is read first
        logs.by_container[place] = (*texts, *kept) if before else (*kept, *texts)
    for text in texts:
        at = next(iter(moments_in(text[:60])), None)
        yield LogLine(text, at, "", container if len(parts) < 3 else key(pod), pod, namespace)


def _enveloped(file: Path) -> Iterator[LogLine]:
    for raw in file.read_text(encoding="utf-8", errors="replace").splitlines():
        if not raw.strip():
            continue
        try:
            row = json.loads(raw)
        except ValueError:
            row = {"message": raw}  # a line that is no JSON among others is still a line
        if isinstance(row, Mapping):
            yield LogLine(
                _first(row, SAYS), _at(row), _first(row, LEVEL).lower(), _first(row, WHO), _first(row, ("pod", "host")),
                _first(row, ("namespace",)),
            )  # fmt: skip


def _at(row: Mapping[str, Any]) -> datetime | None:
    return next((moment for name in WHEN if (moment := moment_of(row.get(name))) is not None), None)


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(row[name]) for name in names if isinstance(row.get(name), str | int | float)), "")
