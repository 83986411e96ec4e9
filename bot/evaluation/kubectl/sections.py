"""The sections of `kubectl describe`: a name at the margin, its value beside it, what belongs to it indented below."""

import re
from dataclasses import dataclass, field

_HEAD = re.compile(r"^(?P<indent> *)(?P<name>[^\s:][^:]*?):(?:\s+(?P<value>.*))?$")
NOTHING = frozenset({"<none>", "<unset>", "<nil>", "<unknown>", ""})
_GAP = re.compile(r"\s{2,}|\t+")


@dataclass
class Section:
    """``lines`` are those below it, as they stand."""

    name: str
    value: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """Its value and all below, where they are one list: labels, tolerations, a message over several lines."""
        return [one for one in (self.value, *(line.strip() for line in self.lines)) if one not in NOTHING]

    @property
    def inner(self) -> dict[str, "Section"]:
        return {one.name: one for one in sections_of(self.lines)}

    def rows(self) -> list[list[str]]:
        """Of a table: cells by two or more spaces, without its head and the rule under it."""
        cells = [_GAP.split(line.strip()) for line in self.lines if line.strip()]
        ruled = next((at for at, row in enumerate(cells) if set("".join(row)) <= set("- ")), None)
        return cells[ruled + 1 :] if ruled is not None else cells[1:]


def sections_of(lines: list[str]) -> list[Section]:
    """Those at the smallest indent of the lines."""
    filled = [line for line in lines if line.strip()]
    margin = min((len(line) - len(line.lstrip(" ")) for line in filled), default=0)
    found: list[Section] = []
    for line in lines:
        head = _HEAD.match(line)
        if head and len(head.group("indent")) == margin:
            found.append(Section(head.group("name").strip(), (head.group("value") or "").strip()))
        elif found and line.strip():
            found[-1].lines.append(line)
    return found


def named(text: str) -> dict[str, Section]:
    """The first section of each name."""
    found: dict[str, Section] = {}
    for one in sections_of(text.splitlines()):
        found.setdefault(one.name, one)
    return found
