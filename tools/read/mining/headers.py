"""The header of a log line (time, level, logger, host, process) taken off, in the common formats; told by its stream.

A stream's format is found on its first lines and tried first from then on; a line of another format is looked at with
all of them. What has no header known here is its own message.
"""

import json
import re
from collections.abc import Sequence

_TIME = r"(?:\d{4}[-/.]\d\d[-/.]\d\d[T ,-]+)?\d\d:\d\d:\d\d(?:[.,:]\d+)?(?:Z| ?[+-]\d\d:?\d\d)?"
_DAY = r"(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d/\d\d/\d\d(?:\d\d)?|\d{2}-\d{2}|\w{3} +\d{1,2}|\d{6,8})"
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|ERR|CRITICAL|CRIT|FATAL|SEVERE|FINE|[VDIWEF])"
# (name, pattern; the message is its last group)
_WRITTEN = (
    ("klog", rf"^[IWEF]\d{{4}} {_TIME}\s+\d+ [\w./-]+:\d+\] (.*)$"),
    ("syslog", r"^(?:<\d+>\d? ?)?\w{3} +\d{1,2} \d\d:\d\d:\d\d (?:[\w.@:/-]+ )?[\w./ -]+(?:\([\w.-]+\))?(?:\[\d+\])?: (.*)$"),
    ("bgl", r"^(?:- |[A-Z]+ )?\d{9,} \d{4}\.\d\d\.\d\d \S+ \d{4}-\d\d-\d\d-\S+ \S+ (?:RAS|NULL) \w+ \w+ (.*)$"),
    ("android", r"^\d\d-\d\d \d\d:\d\d:\d\d\.\d+ +\d+ +\d+ [VDIWEF] [^:]+: (.*)$"),
    ("hdfs", rf"^\d{{6}} \d{{6}} \d+ {_LEVEL} [\w.$]+: (.*)$"),
    ("windows", rf"^{_DAY} {_TIME}, \w+ +\w+ +(.*)$"),
    ("apache", r"^\[\w{3} \w{3} +\d+ [\d:.]+ \d{4}\] \[[\w:]+\] (?:\[[^\]]*\] )*(.*)$"),
    ("access", r"^\S+ \S+ \S+ \[[^\]]+\] (\".*)$"),
    ("java", rf"^{_DAY}[T ]{_TIME}\s+(?:\[[^\]]*\]\s+)?{_LEVEL}\s+(?:\[[^\]]*\]\s+)?(?:\d+ --- )?(?:\[[^\]]*\]\s+)?(?:[\w.$/-]+(?:\[[^\]]*\])?\s*[:-]\s+)?(.*)$"),
    ("java_short", rf"^{_DAY}[T ]{_TIME}\s+{_LEVEL}\s+[\w.$]+: (.*)$"),
    ("python", rf"^{_DAY}[T ]{_TIME} - [\w.]+ - {_LEVEL} - (.*)$"),
    ("bracketed", rf"^\[?{_DAY}?[T ]*{_TIME}\]?\s+(?:\[[^\]]*\]\s*)*(?:{_LEVEL}\b:?\s+)?(.*)$"),
    ("level_first", rf"^\[?{_LEVEL}\]?:?\s+\[?{_DAY}[T ]{_TIME}\]?\s+(.*)$"),
)  # fmt: skip
FORMATS = tuple((name, re.compile(pattern)) for name, pattern in _WRITTEN)
MESSAGES = ("message", "msg", "log", "event", "body")
LOOKED_AT = 40


class Headers:
    """Of one stream."""

    def __init__(self, first: Sequence[str] = ()) -> None:
        self._order = list(FORMATS)
        hits = {name: sum(bool(pattern.match(line)) for line in first[:LOOKED_AT]) for name, pattern in FORMATS}
        best = max(hits, key=lambda name: hits[name], default="")
        if best and hits[best] * 2 > len(first[:LOOKED_AT]):
            self._order.sort(key=lambda one: one[0] != best)
            self._order = self._order[:1] if hits[best] == len(first[:LOOKED_AT]) else self._order

    def message(self, line: str) -> str:
        if line.startswith("{"):
            return _of_json(line)
        for _, pattern in self._order:
            if found := pattern.match(line):
                return found.group(1) or line
        return line


def _of_json(line: str) -> str:
    try:
        read = json.loads(line)
    except ValueError:
        return line
    if not isinstance(read, dict):
        return line
    return next((str(read[name]) for name in MESSAGES if isinstance(read.get(name), str)), line)
