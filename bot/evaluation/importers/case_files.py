"""The files of a case. One that cannot be read is kept in mind with why, and told in the answer; others still count.

“The file is broken” must not read as “there was nothing in it”, and must not cost what the others say.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.core.fusion.values import Unlooked
from bot.core.records import Curve
from tools.read.curves.tables import read_table

KNOWN = (".json", ".yaml", ".yml", ".ndjson", ".jsonl")
TABLES = ("metrics.csv", "data.csv", "simple_metrics.csv")


@dataclass
class Files:
    folder: Path
    broken: list[Unlooked] = field(default_factory=list)

    def documents(self, name: str) -> Iterator[Any]:
        """Every document of every file beneath; a list is its items."""
        beneath = self.folder / name
        for file in sorted(beneath.rglob("*")) if beneath.is_dir() else ():
            if file.suffix in KNOWN:
                yield from self.of(file)

    def rows(self, name: str) -> Iterator[Mapping[str, Any]]:
        """The objects of one file of the case."""
        return (one for one in self.of(self.folder / name) if isinstance(one, Mapping))

    def curves(self) -> Iterator[Curve]:
        beneath = sorted((self.folder / "metrics").rglob("*.csv")) if (self.folder / "metrics").is_dir() else []
        for file in (*beneath, *(self.folder / name for name in TABLES)):
            if file.is_file() and (text := self._text(file)):
                found = read_table(text)
                if not found:
                    self._tell(file, "it is no table of metrics with a time")
                yield from found

    def of(self, file: Path) -> Iterator[Any]:
        text = self._text(file) if file.is_file() else ""
        try:
            read = _parsed(text, file.suffix) if text else []
        except (ValueError, yaml.YAMLError, RecursionError) as error:
            self._tell(file, " ".join(str(error).split())[:200])
            return
        for one in read:
            yield from one if isinstance(one, list) else [one]

    def _text(self, file: Path) -> str:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self._tell(file, str(error)[:200])
            return ""

    def _tell(self, file: Path, why: str) -> None:
        self.broken.append(Unlooked(str(file.relative_to(self.folder)), "failed", why))


def _parsed(text: str, suffix: str) -> list[Any]:
    if suffix in (".ndjson", ".jsonl"):
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return [json.loads(text)] if suffix == ".json" else list(yaml.safe_load_all(text))
