"""The line of a crashed container's log that says why. Pure.

The last words before an end are the nearest to its cause: errors are read from the end, stack frames are skipped, and
of a chain of causes the innermost is taken.
"""

import re
from collections.abc import Sequence

from bot.core.signs import Role
from tools.read.mining.known_errors import KnownError, errors_in, read_error

_FRAME = re.compile(r"^\s*(at |File \"|\.\.\. \d|\^+$|~+|goroutine \d|/[\w./-]+\.go:\d+|\t|\d+: 0x|in |from /|#\d+ )")
_STRONG = re.compile(
    r"\b(fatal|panic|critical|exception|traceback|caused by|error|err|failed|failure|cannot|can't|could not|couldn't|"
    r"unable|denied|refused|not found|no such|invalid|missing|undefined|unexpected|aborted?|unhandled|exec format|"
    r"unknown|unrecognized|required|out of memory|segmentation fault|command not found)\b|Error\b|Exception\b",
    re.I,
)
_CAUSED = re.compile(r"^\s*Caused by: ")
_HARMLESS = re.compile(
    r"\bexit(ing|ed)? (with )?(code|status|error)\b|"
    r"\b(0 errors?|no errors?|error[_ ]?(rate|count|ratio)[=: ]+0\b|without errors?)\b",
    re.I,
)
# an end that names no reason: any other line that says something went wrong says more
_BARE_END = re.compile(
    r"\b(exit(ing|ed)?|terminat\w+|stopp\w+|abort\w*)\b.{0,20}\b(code|status)\b[ :=]*-?\d+\W*$", re.I
)
LATEST = 200


def deciding(lines: Sequence[str]) -> tuple[str, KnownError | None]:
    """The line that says why, and what its words mean where they are known: a known cause goes before a mere symptom,
    and before any line that only says that something went wrong."""
    known = errors_in(lines[-LATEST:])
    line = decisive_line(lines)
    if known and (known[0].role is Role.CAUSE or not line or read_error(line) is None):
        return known[0].quote, known[0]
    return line, read_error(line) if line else None


def decisive_line(lines: Sequence[str]) -> str:
    """ "" where no line says that something went wrong."""
    last = [line.rstrip() for line in lines[-LATEST:] if line.strip()]
    caused = [line for line in last if _CAUSED.match(line)]
    if caused:
        return caused[-1].strip()
    strong = [
        line.strip()
        for line in reversed(last)
        if _STRONG.search(line) and not _FRAME.match(line) and not _HARMLESS.search(line)
    ]
    return next((line for line in strong if not _BARE_END.search(line)), strong[0] if strong else "")


def last_line(lines: Sequence[str]) -> str:
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
