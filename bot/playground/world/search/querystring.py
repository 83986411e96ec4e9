"""Lucene's query language as people type it, translated into the query DSL: fields, phrases, ranges, AND, OR, NOT.

Only translates; `query.py` compiles the outcome. `lenient` is the simple_query_string dialect, which never refuses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.playground.world.search.refusal import SearchRefused

Clause = Mapping[str, Any]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<field>[@\w.\-*]+):(?=[^\s])
    | (?P<open>\() | (?P<close>\))
    | (?P<phrase>"(?:\\.|[^"\\])*")(?:~\d+)?
    | (?P<span>[\[{]\s*\S+\s+TO\s+\S+?\s*[\]}])
    | (?P<compare>[<>]=?\S+)
    | (?P<operator>\&\&|\|\||AND\b|OR\b|NOT\b|[+\-!|](?=\S))
    | (?P<regex>/(?:\\.|[^/\\])+/)
    | (?P<word>(?:\\.|[^\s()":])+)
    | (?P<other>\S)
    )""",
    re.VERBOSE,
)


@dataclass
class _Reader:
    tokens: list[tuple[str, str]]
    fields: list[str]
    every: bool
    lenient: bool
    at: int = 0
    depth: int = field(default=0)

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token


def translate(text: str, fields: list[str], every: bool, lenient: bool = False) -> Clause:
    """Return the DSL of a query string over the default `fields`; `every` makes AND the default operator."""
    tokens = [(str(found.lastgroup), found[str(found.lastgroup)]) for found in _TOKEN.finditer(text)]
    if lenient:
        tokens = [("word", f"{value}:") if kind == "field" else (kind, value) for kind, value in tokens]
    if not tokens:
        return {"match_none": {}}
    reader = _Reader(tokens, fields, every, lenient)
    clause = _any(reader)
    if reader.peek()[0] != "end" and not lenient:
        raise _unread(text)
    return clause


def _unread(text: str) -> SearchRefused:
    return SearchRefused(400, "query_shard_exception", f"Failed to parse query [{text}]")


def _any(reader: _Reader) -> Clause:
    """Alternatives: `a OR b AND NOT c`. AND binds as Lucene's clauses do: it makes both sides required."""
    must: list[Clause] = []
    should: list[Clause] = []
    never: list[Clause] = []
    joined = ""
    while reader.peek()[0] not in ("end", "close"):
        joined = _joint(reader) or joined
        sign = _sign(reader)
        if reader.peek()[0] in ("end", "close"):
            break
        clause = _one(reader, None)
        following = reader.peek()[1] in ("AND", "&&") or (reader.lenient and reader.peek()[1] == "+")
        if sign == "-":
            never.append(clause)
        elif sign == "+" or joined == "and" or following or (reader.every and joined != "or" and not _or_next(reader)):
            must.append(clause)
        else:
            should.append(clause)
        joined = ""
    return _bool(must, should, never)


def _or_next(reader: _Reader) -> bool:
    return reader.peek()[1] in ("OR", "||", "|")


def _joint(reader: _Reader) -> str:
    kind, value = reader.peek()
    if kind == "operator" and value in ("AND", "&&", "OR", "||", "|"):
        reader.take()
        return "and" if value in ("AND", "&&") else "or"
    return ""


def _sign(reader: _Reader) -> str:
    sign = ""
    while reader.peek()[0] == "operator" and reader.peek()[1] in ("+", "-", "!", "NOT"):
        value = reader.take()[1]
        sign = "+" if value == "+" else ("" if sign == "-" else "-")
    return sign


def _bool(must: list[Clause], should: list[Clause], never: list[Clause]) -> Clause:
    if len(must) + len(should) == 1 and not never:
        return (must or should)[0]
    body: dict[str, Any] = {"must": must, "should": should, "must_not": never}
    if never and not must and not should:
        body["must"] = [{"match_all": {}}]
    return {"bool": {key: value for key, value in body.items() if value}}


def _one(reader: _Reader, name: str | None) -> Clause:
    kind, value = reader.take()
    if kind == "field":
        return _one(reader, value)
    if kind == "open":
        return _group(reader, name)
    if kind == "phrase":
        return _over(reader, name, "match_phrase", re.sub(r"\\(.)", r"\1", value[1:-1]))
    if kind == "span" and name:
        return {"range": {name: _bounds(value)}}
    if kind == "compare" and name:
        found = re.fullmatch(r"([<>]=?)(.+)", value)
        if found:
            return {"range": {name: {{"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[found[1]]: found[2]}}}
    if kind == "regex" and name:
        return {"regexp": {name: value[1:-1]}}
    if kind in ("other", "end", "close") and not reader.lenient:
        raise _unread(value)
    return _word(reader, name, value)


def _group(reader: _Reader, name: str | None) -> Clause:
    outer = reader.fields
    reader.fields = [name] if name else outer
    clause = _any(reader)
    reader.fields = outer
    if reader.take()[0] != "close" and not reader.lenient:
        raise _unread("(")
    return clause


def _bounds(written: str) -> Clause:
    low, _, high = written[1:-1].strip().partition(" TO ")
    lower = {} if low.strip() == "*" else {"gte" if written[0] == "[" else "gt": low.strip().strip('"')}
    upper = {} if high.strip() == "*" else {"lte" if written[-1] == "]" else "lt": high.strip().strip('"')}
    return {**lower, **upper}


def _word(reader: _Reader, name: str | None, value: str) -> Clause:
    plain = re.sub(r"\\(.)", r"\1", value)
    if name == "_exists_" or (name and plain == "*"):
        return {"exists": {"field": plain if name == "_exists_" else name}}
    if plain == "*" and name is None:
        return {"match_all": {}}
    if re.search(r"(?<!\\)[*?]", value):
        return _over(reader, name, "wildcard", value)
    return _over(reader, name, "match", plain)


def _over(reader: _Reader, name: str | None, query: str, value: str) -> Clause:
    names = [name] if name else reader.fields
    bare = [one.partition("^")[0] for one in names]
    return (
        {"dis_max": {"queries": [{query: {one: value}} for one in bare]}}
        if len(bare) != 1
        else {query: {bare[0]: value}}
    )
