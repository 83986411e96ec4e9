"""Heads of ledgers noted outside Redis, one line each: `ledger length hash`. Appended, never rewritten.

Whoever can write Redis can rewrite a chain from end to end; a head noted elsewhere is what shows it. A crash may cut
the last line: it is left as it is, marked by whoever appends next, and counts for nothing. Any other line that cannot
be read is told with its number, because it may have been an anchor.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from bot.core.errors import BadInput

Anchor = tuple[int, str]
LINE = re.compile(r"(\S+) ([0-9]{1,18}) ([0-9a-f]{64})")
WITHIN = re.compile(r"([A-Za-z0-9][\w.-]*) ([0-9]{1,18}) ([0-9a-f]{64})(?![0-9a-f])")
CUT = " (cut)"
LONGEST = 4096


@dataclass(frozen=True)
class Noted:
    """Every anchor by ledger; the lines that cannot be read; and how many a crash has cut."""

    anchors: dict[str, list[Anchor]] = field(default_factory=dict)
    unreadable: tuple[int, ...] = ()
    cut: int = 0


class FileAnchors:
    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, ledger: str, length: int, head: str) -> None:
        """One line, on disk before returning."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab+") as file:
            file.write(f"{_ending(file)}{ledger} {length} {head}\n".encode())
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> Noted:
        """Nothing where there is no file; raises `BadInput` where it cannot be read."""
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace") if self._path.exists() else ""
        except OSError as error:
            raise BadInput(f"MIDWATCH_ANCHORS {self._path} cannot be read: {error.strerror}") from error
        return _noted(text)


def pasted(path: Path) -> Noted:
    """What a person kept of messages: one anchor a line, whatever stands around it. Raises `BadInput`."""
    try:
        rows = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise BadInput(f"the anchors in {path} cannot be read: {error.strerror}") from error
    anchors: dict[str, list[Anchor]] = {}
    unreadable: list[int] = []
    for number, row in enumerate(rows, 1):
        if (found := WITHIN.search(row)) is not None:
            anchors.setdefault(found[1], []).append((int(found[2]), found[3]))
        elif row.strip():
            unreadable.append(number)
    return Noted(anchors, tuple(unreadable))


def _noted(text: str) -> Noted:
    anchors: dict[str, list[Anchor]] = {}
    unreadable: list[int] = []
    *rows, last = text.split("\n")
    cut = sum(1 for row in rows if row.endswith(CUT))
    for number, row in enumerate([*rows, last], 1):
        if (found := LINE.fullmatch(row)) is not None:
            anchors.setdefault(found[1], []).append((int(found[2]), found[3]))
        elif number <= len(rows) and not row.endswith(CUT):
            unreadable.append(number)
    return Noted(anchors, tuple(unreadable), cut + (last != "" and LINE.fullmatch(last) is None))


def _ending(file: BinaryIO) -> str:
    """What has to be written before a new line: the end of one that a crash has left open."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - LONGEST))
    last = file.read().decode(errors="replace").rpartition("\n")[2]
    if not last:
        return ""
    return "\n" if LINE.fullmatch(last) else f"{CUT}\n"


Noting = Callable[[str], None]
