"""The query's text before the parser sees it.

`promql-parser` is newer than the Prometheus this world plays and unlike it in places: raw strings in backquotes lose
their meaning, durations without a unit are taken for seconds, infinite ones, times before 1970 and very deep
nesting bring the process down. What can be said the parser's way is rewritten; the rest is refused.
"""

import re

from bot.playground.world.prom.errors import BadData

LONGEST = 4096
DEEPEST = 100
_OPAQUE = re.compile(r"""#[^\n]*|`[^`]*`|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
_UNITLESS = r"(?:[\d.]+(?:e[-+]?\d+)?|0x[\da-f]+|inf|nan)(?![\w.])"
_BARE_DURATION = re.compile(rf"[\[:]\s*{_UNITLESS}\s*[:\]]|\boffset(?:\s+|\s*[-+]\s*){_UNITLESS}", re.IGNORECASE)
_BEFORE_1970 = re.compile(r"@\s*-")


def prepared(query: str) -> str:
    """Return the text to parse, or raise `BadData`."""
    bare = _OPAQUE.sub('""', query)
    if len(bare) > LONGEST or _depth(bare) > DEEPEST:
        raise BadData("parse error: the expression is too long or nested too deeply for this engine")
    if _BARE_DURATION.search(bare):
        raise BadData("parse error: missing unit character in duration")
    if _BEFORE_1970.search(bare):
        raise BadData("parse error: this engine does not evaluate @ before 1970")
    return _OPAQUE.sub(_readable, query)


def _depth(text: str) -> int:
    """The deepest nesting of brackets, and of signs before an operand."""
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    signs = max((len(run) for run in re.findall(r"[-+][-+\s]*", text)), default=0)
    return max(deepest, signs)


def _readable(found: re.Match[str]) -> str:
    """Write a raw string as an ordinary one, and drop comments."""
    text = found[0]
    if text.startswith("#"):
        return ""
    if not text.startswith("`"):
        return text
    inner = text[1:-1].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inner}"'
