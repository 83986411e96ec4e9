"""A diff as what it takes away, what it adds, and which values it changes. Pure; any dialect of a unified diff.

Lines that are taken away and added again unchanged (moved, or indented anew) are no change.
"""

import re
from collections import Counter
from dataclasses import dataclass

_KEYED = re.compile(
    r"[\"'`]?(?P<key>[A-Za-z_][\w.-]{1,60})[\"'`]?\s*(?::[ \w|\[\]]*=|:=|=>|[:=])\s*(?P<value>[^,;{}()\n]{1,80})"
)
_PINNED = re.compile(
    r"^\s*[\"']?(?P<key>[\w@./-]+?)[\"']?\s*(?:[:=]=?|\s|>=|~>|@)\s*[\"'^~]*(?P<value>v?\d+\.\d+[\w.+-]*)[\"']?,?\s*(?://.*)?$"
)
_NUMBER = re.compile(r"^[\"']?(?P<number>-?\d+(?:[._]\d+)*)\s*(?P<unit>\*?\s*[A-Za-z%.]*)")
_COMMENT = re.compile(r"^\s*(//|#(?!\[)|/?\*|--\s|<!--|\"\"\")")
_UNITS = {
    "ns": 1e-9, "nanosecond": 1e-9, "us": 1e-6, "microsecond": 1e-6, "ms": 1e-3, "millis": 1e-3, "millisecond": 1e-3,
    "s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0,
    "d": 86400.0, "day": 86400.0, "k": 1e3, "kb": 1e3, "ki": 1024.0, "mb": 1e6, "mi": 2.0**20, "gb": 1e9, "gi": 2.0**30,
}  # fmt: skip


@dataclass(frozen=True)
class Changed:
    """A key whose value is another one now; ``ratio`` after to before where both are numbers."""

    key: str
    before: str
    after: str
    ratio: float | None = None

    @property
    def shown(self) -> str:
        return f"{self.key} {self.before} → {self.after}"


@dataclass(frozen=True)
class Diff:
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    values: tuple[Changed, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.removed and not self.added

    @property
    def changed(self) -> str:
        return "\n".join((*self.removed, *self.added))


def read_diff(text: str) -> Diff:
    removed: list[str] = []
    added: list[str] = []
    context: list[str] = []
    for line in text.splitlines():
        if line.startswith(("+++", "---", "diff ", "index ", "@@")):
            context.append(line)
        elif line.startswith("-"):
            removed.append(line[1:])
        elif line.startswith("+"):
            added.append(line[1:])
        else:
            context.append(line)
    gone, new = _without_moved(removed, added)
    return Diff(tuple(gone), tuple(new), tuple(context), tuple(_values(gone, new)))


def _without_moved(removed: list[str], added: list[str]) -> tuple[list[str], list[str]]:
    """Both without comments and without what stands on both sides."""
    gone = [line for line in removed if line.strip() and not _COMMENT.match(line)]
    new = [line for line in added if line.strip() and not _COMMENT.match(line)]
    both = Counter(map(_bare, gone)) & Counter(map(_bare, new))
    return _less(gone, Counter(both)), _less(new, Counter(both))


def _less(lines: list[str], both: Counter[str]) -> list[str]:
    kept = []
    for line in lines:
        if both[_bare(line)] > 0:
            both[_bare(line)] -= 1
        else:
            kept.append(line)
    return kept


def _bare(line: str) -> str:
    return re.sub(r"\s+", "", line)


def _values(removed: list[str], added: list[str]) -> list[Changed]:
    before, after = _keys(removed), _keys(added)
    return [
        Changed(key, before[key], after[key], _ratio(before[key], after[key]))
        for key in before
        if key in after and before[key] != after[key]
    ]


def _keys(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        if pinned := _PINNED.match(line):
            found.setdefault(pinned.group("key"), pinned.group("value"))
            continue
        for one in _KEYED.finditer(line):
            found.setdefault(one.group("key"), one.group("value").strip().strip("\"'`"))
    return found


def _ratio(before: str, after: str) -> float | None:
    was, now = _number(before), _number(after)
    return now / was if was and now is not None else None


def _number(text: str) -> float | None:
    """With its unit, where it has one: `15 * time.Minute`, `30s`, `512Mi`; a version is no number."""
    found = _NUMBER.match(text)
    if not found or found.group("number").count(".") > 1:
        return None
    unit = found.group("unit").strip("* ").rpartition(".")[2].lower()
    known = _UNITS.get(unit) or _UNITS.get(unit.rstrip("s"))
    return float(found.group("number").replace("_", "")) * (known or 1.0)
