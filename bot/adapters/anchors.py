"""Heads of ledgers noted outside Redis, one line each: `ledger length hash`. Appended, never rewritten.

Whoever can write Redis can rewrite a chain from end to end; a head noted elsewhere is what shows it.
"""

import os
from collections.abc import Callable
from pathlib import Path

Anchor = tuple[int, str]


class FileAnchors:
    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, ledger: str, length: int, head: str) -> None:
        """One line, on disk before returning."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{ledger} {length} {head}\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> dict[str, list[Anchor]]:
        """Every anchor by ledger; empty where there is no file."""
        anchors: dict[str, list[Anchor]] = {}
        if self._path.exists():
            for row in self._path.read_text(encoding="utf-8").splitlines():
                ledger, length, head = row.split()
                anchors.setdefault(ledger, []).append((int(length), head))
        return anchors


Noting = Callable[[str], None]
