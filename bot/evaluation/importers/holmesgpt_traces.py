"""Traces as a recording prints them: a tree of spans with times, services and attributes, one line or more a span."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from bot.core.records import Span
from bot.evaluation.kubectl.times import moments_in
from tools.read.spans.reading import read_spans

_SPAN = re.compile(
    r"^(?P<indent>[\s│]*)[├└]─ (?P<operation>.+?) \((?P<service>[^()]+)\) - (?P<ms>[\d.]+)ms \(span_id=(?P<id>\w+)\)"
)
_STATUS = re.compile(r"(http\.status_code|status(?:\.code)?|error)[: ]+(?P<value>\S+)")
_SAID = re.compile(r"(?:exception\.message|error\.message|db\.statement|downstream_url|http\.url)[: ]+(?P<said>.+)")


def spans_in(text: str) -> list[Span]:
    """Spans of a printed tree, or of a JSON document; none of anything else."""
    if text.lstrip().startswith(("{", "[")):
        try:
            return list(read_spans(json.loads(text)))
        except ValueError:
            return []
    return list(_tree(text))


def _tree(text: str) -> Iterator[Span]:
    above: list[tuple[int, str]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        head = _SPAN.match(line)
        if head is None:
            continue
        depth = len(head.group("indent").replace("│", " "))
        above = [one for one in above if one[0] < depth]
        own = _own(lines, number)
        began = moments_in("\n".join(own))
        if began:
            span = Span(
                trace="recorded",
                id=head.group("id"),
                service=head.group("service"),
                operation=head.group("operation"),
                began=began[0],
                took=float(head.group("ms")) / 1000,
                parent=above[-1][1] if above else "",
            )
            yield _with_words(span, own)
        above.append((depth, head.group("id")))


def _own(lines: list[str], number: int) -> list[str]:
    found = []
    for line in lines[number + 1 :]:
        if _SPAN.match(line):
            break
        found.append(line)
    return found


def _with_words(span: Span, own: list[str]) -> Span:
    text = "\n".join(own)
    status = _STATUS.search(text)
    value = status.group("value").strip("'\"").lower() if status else ""
    said = _SAID.search(text)
    failed = value.startswith("5") or value in ("true", "error", "status_code_error")
    statement = f"{span.operation} ({said.group('said').strip()[:120]})" if said else span.operation
    return replace(
        span, operation=statement, failed=failed, says=said.group("said").strip()[:200] if failed and said else ""
    )
