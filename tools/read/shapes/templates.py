"""Groups log lines into templates: what varies is masked, what stays is the template. Pure.

The grouping stands behind `template_of` alone, so that a real miner can take its place. One left-to-right pass of
one pattern of bounded alternatives: a megabyte line costs what its first 2,000 characters cost.
"""

import json
import re

_MOST = 2000
_SHOWN = 300
_MASKS = re.compile(
    r"(?P<uuid>\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|\[?\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}\b\]?)"
    r"|(?P<mail>\b[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,63}\b)"
    r"|(?P<text>\"(?:[^\"\\]|\\.){0,500}\"|(?<![A-Za-z0-9])'(?:[^'\\\n]|\\.){0,500}'(?![A-Za-z0-9]))"
    r"|(?P<hex>\b0x[0-9a-fA-F]{1,32}\b|\b(?=[a-f0-9]{0,63}\d)(?=[a-f0-9]{0,63}[a-f])[a-f0-9]{8,64}\b)"
    r"|(?P<pod>\b[a-z][a-z0-9-]{0,60}-[a-z0-9]{8,10}-[a-z0-9]{5}\b)"
    r"|(?P<num>(?<![A-Za-z0-9_])[-+]?\d[\d,_]{0,30}(?:\.\d{1,20})?(?:e[-+]?\d{1,3})?(?=[^\w]|$|(?:ns|us|µs|ms|s|m|h|%|B|[KMGT]i?B?)\b))"
    r"|(?P<tail>(?<=[-_#/=:])(?=[\w]{0,40}\d)(?=[\w]{0,40}[A-Za-z])[A-Za-z0-9]{12,41}\b)"
)
_SPACES = re.compile(r"\s+")
_MESSAGE_KEYS = ("message", "msg", "log", "error", "event")
_LEVEL_KEYS = ("level", "severity", "lvl", "log.level", "loglevel")
_LEVEL_WORD = re.compile(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|CRIT(?:ICAL)?|FATAL|PANIC|ALERT|EMERG)\b", re.I
)
_LOGFMT_LEVEL = re.compile(r"\b(?:level|lvl|severity)=\"?(\w{3,10})", re.I)
_KLOG = re.compile(r"^([IWEF])\d{4} \d\d:")

WORSE = ("error", "critical", "fatal")


def template_of(message: str) -> str:
    """The line with numbers, ids, addresses, times and quoted text masked; at most 300 characters."""
    masked = _MASKS.sub(lambda found: f"<{found.lastgroup}>", message[:_MOST])
    line = _SPACES.sub(" ", masked).strip()
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def message_and_level(line: str) -> tuple[str, str]:
    """What a raw container line says and how bad it is; reads JSON, logfmt, klog and plain text."""
    stripped = line.strip()
    if stripped.startswith("{") and stripped.endswith("}") and len(stripped) < 200_000:
        try:
            fields = json.loads(stripped)
        except (ValueError, RecursionError):
            fields = {}
        if isinstance(fields, dict) and (message := _first(fields, _MESSAGE_KEYS)):
            nested = fields.get("log")
            level = _first(fields, _LEVEL_KEYS) or (_first(nested, ("level",)) if isinstance(nested, dict) else "")
            return message, plain_level(level)
    return stripped, _level_of_text(stripped[:300])


def plain_level(level: str) -> str:
    """One of trace, debug, info, warning, error, critical, fatal, or nothing."""
    word = level.strip().lower()
    for known, spellings in _SPELLINGS.items():
        if word in spellings:
            return known
    return ""


def spellings_of(level: str) -> list[str]:
    """Every way a store may hold this level, in the usual three cases."""
    words = _SPELLINGS.get(level, (level,))
    return sorted({case for word in words for case in (word, word.upper(), word.title())})


_SPELLINGS = {
    "trace": ("trace", "verbose"),
    "debug": ("debug", "dbug"),
    "info": ("info", "information", "informational", "notice", "i"),
    "warning": ("warning", "warn", "w"),
    "error": ("error", "err", "severe", "e"),
    "critical": ("critical", "crit", "alert", "emerg", "emergency"),
    "fatal": ("fatal", "panic", "f"),
}
LEVELS = tuple(_SPELLINGS)


def _first(fields: object, keys: tuple[str, ...]) -> str:
    if not isinstance(fields, dict):
        return ""
    return next((str(fields[key]) for key in keys if isinstance(fields.get(key), str | int)), "")


def _level_of_text(start: str) -> str:
    if klog := _KLOG.match(start):
        return plain_level(klog[1])
    found = _LOGFMT_LEVEL.search(start) or _LEVEL_WORD.search(start[:80])
    return plain_level(found[1]) if found else ""
