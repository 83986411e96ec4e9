"""What a diff can do: features of it, and the kinds of fault that each can make. Pure; general knowledge, in tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2

from bot.core.causality.diffs import Changed, Diff

VALUES = "values"


@dataclass(frozen=True)
class Mechanism:
    """``delayed``: what it does can take hours to show. ``says`` is the feature with the words it was read in."""

    name: str
    says: str
    makes: frozenset[str]
    weight: float
    delayed: bool = False


@dataclass(frozen=True)
class _OfValue:
    """A changed value whose key fits: ``way`` −1 lowered, 1 raised, 0 any."""

    name: str
    key: str
    way: int
    makes: str
    weight: float
    delayed: bool = False


_BY_VALUE = (
    _OfValue("cache lives shorter", r"ttl|expir|max_?age|cache.*(time|age)|entries|cache_?size", -1,
             "cache database latency timeout cpu errors connections", 0.9, True),
    _OfValue("cache lives longer", r"ttl|expir|max_?age", 1, "memory cache rounding", 0.45, True),
    _OfValue("timeout lowered", r"time_?out|deadline|wait", -1, "timeout errors retries", 0.85),
    _OfValue("timeout raised", r"time_?out|deadline|wait", 1, "latency pool connections queue", 0.7),
    _OfValue("fewer attempts", r"retr|attempt|backoff", -1, "retries errors timeout", 0.9),
    _OfValue("more attempts", r"retr|attempt", 1, "retries rate_limit cpu database latency timeout", 0.8),
    _OfValue("smaller pool or limit", r"pool|max_?(conn|open|idle|clients?|workers?|threads?|in_?flight)|concurren|limit|workers|"
             r"threads|parallel|replicas|permits", -1, "pool connections timeout latency queue errors rate_limit", 0.9),
    _OfValue("larger pool or limit", r"pool|max_?(conn|open|clients?|workers?|threads?)|concurren|workers|threads|parallel", 1,
             "connections database memory cpu files", 0.75),
    _OfValue("less memory or processor", r"memory|heap|xmx|mem|cpu", -1, "memory restarts startup cpu latency crash", 0.85, True),
    _OfValue("larger batches or buffers", r"batch|buffer|chunk|page_?size|prefetch|queue_?size", 1,
             "memory latency database queue timeout", 0.7, True),
    _OfValue("smaller batches or buffers", r"batch|buffer|chunk|prefetch|queue_?size", -1, "queue latency errors", 0.7),
    _OfValue("more is written", r"sampl|rate|verbos", 1, "disk log_volume cpu latency", 0.75, True),
    _OfValue("kept longer", r"retention|keep|max_?(files|backups|size|age)|rotat", 1, "disk memory", 0.8, True),
    _OfValue("runs more often", r"interval|period|schedule|poll|cron|refresh", -1, "cpu database rate_limit latency", 0.75, True),
    _OfValue("another address", r"host|url|addr|endpoint|port|dsn|broker|bucket|region|namespace|topic|queue_?name|server", 0,
             "refused dns timeout auth errors startup not_registered", 0.85),
    _OfValue("other credentials", r"secret|token|passw|user|role|account|key_?id|cert|scope|audience|issuer", 0, "auth tls errors startup", 0.85),
)  # fmt: skip


@dataclass(frozen=True)
class _OfText:
    """Words on one side of the diff, that do not stand on the other."""

    name: str
    side: str  # removed, added
    words: str
    makes: str
    weight: float
    delayed: bool = False
    files: str = ""


_BY_TEXT = (
    _OfText("a lock is taken away", "removed",
            r"\.r?lock\(\)|\.r?unlock\(\)|sync\.(rw)?mutex|synchronized|reentrantlock|with \w*lock|\batomic|mutex|\.acquire\(|semaphore",
            "data_race errors crash rounding", 0.95),
    _OfText("work is done beside", "added", r"\bgo func|\bgo \w+\(|thread\(|async def|asyncio\.(gather|create_task)|\.submit\(|parallel",
            "data_race leak memory connections pool", 0.6, True),
    _OfText("a guard is taken away", "removed",
            r"\bif\b.{0,60}(nil|null|none|undefined|empty|len\(|exists|valid|\bok\b|return|continue)|\bif \(?!|\?\.|\?\?|try\b|catch|except|recover\(|validate|default:",
            "null type errors crash index", 0.75),
    _OfText("a registration is taken away", "removed",
            r"register|subscrib|\.use\(|add_?(route|handler|plugin)|mount\(|install\(|seed|bootstrap|include_router|bind\(|provide",
            "not_registered errors startup empty_result", 0.95),
    _OfText("it is not closed or released any more", "removed", r"defer .*close|\.close\(|\.release\(|cancel\(|dispose|\.stop\(|with open|finally",
            "leak memory files connections pool", 0.9, True),
    _OfText("a wait between attempts is taken away", "removed", r"sleep|backoff|jitter|delay", "retries cpu rate_limit database", 0.7),
    _OfText("it waits or blocks", "added", r"time\.sleep|thread\.sleep|sleep\(|\.wait\(|\.get\(\)|lock\(\)", "latency timeout pool", 0.7),
    _OfText("the log says more", "added", r"level[\"' :=]+(debug|trace)|loglevel.{0,10}(debug|trace)|debug[\"' :=]+true|verbose[\"' :=]+true|log_level.*debug",
            "disk log_volume cpu latency", 0.9, True),
    _OfText("a table or column is used", "added", r"\b(from|join|into|update)\s+[\"`]?[a-z_]\w+|column\(|mapped_column|add_column|\.objects\.",
            "schema errors", 0.7),
    _OfText("the schema is changed", "added", r"\b(drop|rename|alter)\b.{0,40}\b(table|column|index|constraint|type)|not null|add constraint",
            "schema database errors latency", 0.85),
    _OfText("an index or filter is taken away", "removed", r"create (unique )?index|\bwhere\b|\blimit\b|\.filter\(|select_related|prefetch|\.limit\(",
            "database cpu latency timeout memory", 0.85),
    _OfText("it asks one by one", "added", r"for .{0,60}(query|fetch|select|get\(|find)|\.map\(.{0,60}(await|fetch|query)", "database latency timeout cpu", 0.7),
    _OfText("a cache is taken away", "removed", r"cache|memoiz|lru", "cache database latency cpu", 0.85),
    _OfText("a name in a mapping or contract is another", "removed", r"^\s*[\"'`][\w.-]+[\"'`]\s*[:=]|json:\"|protobuf:\"|=\s*\d+;|\bname=[\"']",
            "schema serialization not_registered empty_result null type", 0.75),
    _OfText("it fails where it went on", "added", r"\bpanic\(|throw new|raise \w|unwrap\(\)|must\w*\(|log\.fatal|os\.exit|sys\.exit|assert ", "crash errors startup", 0.7),
    _OfText("a dependency that is needed at the start", "added", r"init\(|connect\(|must(connect|load)|depends_on|waitfor|require\(", "startup refused config module", 0.55),
    _OfText("a setting is needed", "added", r"os\.environ\[|getenv|env\(|process\.env|required=true|config\.(get|must)", "config startup", 0.75),
    _OfText("a setting is taken away", "removed", r"^\s*-?\s*[A-Z][A-Z0-9_]{3,}\s*[:=]|name: [A-Z][A-Z0-9_]{3,}|env:", "config startup auth refused", 0.75),
    _OfText("rights are changed", "removed", r"role|permission|policy|grant|scope|verbs|allow|acl", "auth errors", 0.75),
    _OfText("traffic limits are changed", "removed", r"rate.?limit|throttle|circuit.?breaker|bulkhead", "rate_limit cpu database latency errors", 0.8),
    _OfText("a pattern is matched", "added", r"re\.compile|regexp?\.|new RegExp|\(\.\*\)\+|\(\.\+\)\+", "cpu latency timeout", 0.5),
)  # fmt: skip
VALUE_TABLE = tuple((one, re.compile(one.key, re.I)) for one in _BY_VALUE)
TEXT_TABLE = tuple((one, re.compile(one.words, re.I | re.M)) for one in _BY_TEXT)
_PINS = re.compile(r"(^|/)(go\.(mod|sum)|package(-lock)?\.json|yarn\.lock|requirements[\w-]*\.txt|poetry\.lock|pyproject\.toml|pom\.xml|"
                   r"build\.gradle(\.kts)?|cargo\.(toml|lock)|gemfile(\.lock)?|composer\.(json|lock)|[\w.-]*\.csproj|dockerfile|chart\.yaml)$", re.I)  # fmt: skip
_VERSION = re.compile(r"\d+\.\d+")
_DEBUG = re.compile(r"^(debug|trace|all)$", re.I)


def mechanisms_of(diff: Diff, files: Sequence[str]) -> list[Mechanism]:
    """Everything the diff can do, as far as it shows."""
    return [*_of_values(diff), *_of_texts(diff), *_of_pins(diff, files)]


def _of_values(diff: Diff) -> Iterator[Mechanism]:
    for value in diff.values:
        if _DEBUG.match(value.after) and not _DEBUG.match(value.before):
            makes = frozenset({"disk", "log_volume", "cpu", "latency"})
            yield Mechanism("the log says more", f"{value.shown}: the log says more", makes, 0.9, delayed=True)
        for row, key in VALUE_TABLE:
            if key.search(value.key) and _fits(row, value):
                weight = row.weight * _how_much(value)
                yield Mechanism(row.name, f"{value.shown}: {row.name}", _set(row.makes), weight, row.delayed)


def _how_much(value: Changed) -> float:
    """A value that hardly moved hardly does anything: from half for a little to all for about threefold."""
    if value.ratio is None or value.ratio <= 0:
        return 1.0
    return min(1.0, max(0.5, abs(log2(value.ratio)) / 1.5))


def _fits(row: _OfValue, value: Changed) -> bool:
    if row.way == 0:
        return value.ratio is None or "port" in value.key.lower()
    return value.ratio is not None and (value.ratio < 0.95 if row.way < 0 else value.ratio > 1.05)


def _of_texts(diff: Diff) -> Iterator[Mechanism]:
    for row, words in TEXT_TABLE:
        mine, other = (diff.removed, diff.added) if row.side == "removed" else (diff.added, diff.removed)
        beyond = "\n".join(other)
        for line in mine:
            found = words.search(line)
            if found and found.group(0).strip().lower() not in beyond.lower():
                yield Mechanism(
                    row.name, f"{row.name}: “{line.strip()[:100]}”", _set(row.makes), row.weight, row.delayed
                )
                break


def _of_pins(diff: Diff, files: Sequence[str]) -> Iterator[Mechanism]:
    if not any(_PINS.search(one) for one in files):
        return
    moved = [one for one in diff.values if _VERSION.search(one.before) and _VERSION.search(one.after)]
    for one in moved:
        makes = frozenset({"module", "startup", "serialization", "type", "crash", "errors"})
        yield Mechanism("another version of a dependency", f"{one.shown}: another version", makes, 0.6)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())
