"""RE2 patterns, as PromQL writes them, for Python's `re`.

Token by token and by allow-list: what RE2 refuses (look-around, back references, possessive repetition) is refused,
and what `re` cannot say the same way (Unicode classes, flags m and U) raises `BadData` instead of matching wrongly.
Matching is by backtracking, so a hostile pattern can be slow where RE2 would not be.
"""

import functools
import re
from collections.abc import Callable

from bot.playground.world.prom.errors import BadData

_POSIX = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7F", "blank": r"\t ", "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ", "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_PERL = {"d": "0-9", "s": r"\t\n\f\r ", "w": "0-9A-Za-z_"}
_COUNT = re.compile(r"\{(\d+)(,(\d*))?\}")
_FLAGS = re.compile(r"\(\?([is]*)(-[is]+)?([:)])")
_NAMED = re.compile(r"\(\?P<([A-Za-z_][A-Za-z0-9_]*)>")
_HEX = re.compile(r"\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})")
_PLAIN_ESCAPES = "aftnrv"
_LARGEST_COUNT = 1000


@functools.lru_cache(maxsize=1024)
def anchored(pattern: str) -> re.Pattern[str]:
    """Compile an RE2 pattern so that `fullmatch` is what Prometheus calls a match."""
    try:
        return re.compile(_Translation(pattern).whole())
    except (re.error, OverflowError, RecursionError) as error:
        raise _refused(pattern, str(error)) from error


def expand(template: str, match: re.Match[str]) -> str:
    """Fill ``$1``, ``${1}`` and ``$name`` as Go's Regexp.Expand does: an unknown group is empty, ``$$`` is a dollar."""
    return re.sub(r"\$(?:(\$)|(\w+)|\{(\w+)\})", lambda found: _reference(found, match), template, flags=re.ASCII)


def _reference(found: re.Match[str], match: re.Match[str]) -> str:
    if found[1]:
        return "$"
    name = found[2] or found[3]
    if name.isdecimal():
        return (match[int(name)] or "") if int(name) <= match.re.groups else ""
    return (match[name] or "") if name in match.re.groupindex else ""


def _refused(pattern: str, why: str) -> BadData:
    return BadData(f"error parsing regexp: {why}: `{pattern}`")


class _Translation:
    """One pass over one pattern; `closers` holds, per open group, how many brackets its end must close."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.closers = [1]
        self.starts = [0]
        self.late_flags: set[int] = set()
        self.repeatable = False

    def whole(self) -> str:
        out = []
        while self.at < len(self.pattern):
            out.append(self._token())
        if len(self.closers) != 1:
            raise self._error("missing closing )")
        return "".join(out) + ")" * (self.closers[0] - 1)

    def _error(self, why: str) -> BadData:
        return _refused(self.pattern, why)

    def _token(self) -> str:
        character = self.pattern[self.at]
        special: dict[str, Callable[[], str]] = {
            "\\": self._escape, "[": self._class, "(": self._open, ")": self._close, "*": self._repeat,
            "+": self._repeat, "?": self._repeat, "{": self._count, "|": self._bar, "^": self._line, "$": self._line,
        }  # fmt: skip
        if character in special:
            return special[character]()
        self._take(1)
        return "." if character == "." else re.escape(character)

    def _take(self, length: int, repeatable: bool = True) -> str:
        taken = self.pattern[self.at : self.at + length]
        self.at += length
        self.repeatable = repeatable
        return taken

    def _line(self) -> str:
        return r"\A" if self._take(1) == "^" else r"\Z"

    def _bar(self) -> str:
        if len(self.closers) in self.late_flags:
            raise self._error("flags set in the middle of an alternation cannot be evaluated here")
        return self._take(1, repeatable=False)

    def _repeat(self) -> str:
        if not self.repeatable:
            raise self._error("missing argument to repetition operator or invalid nested repetition operator")
        lazy = self.pattern[self.at + 1 : self.at + 2] == "?"
        return self._take(2 if lazy else 1, repeatable=False)

    def _count(self) -> str:
        found = _COUNT.match(self.pattern, self.at)
        if found is None:
            self._take(1)
            return r"\{"
        if not self.repeatable:
            raise self._error("invalid nested repetition operator")
        if max(int(found[1]), int(found[3] or 0)) > _LARGEST_COUNT:
            raise self._error("invalid repeat count")
        lazy = self.pattern[found.end() : found.end() + 1] == "?"
        return self._take(len(found[0]) + lazy, repeatable=False)

    def _open(self) -> str:
        named = _NAMED.match(self.pattern, self.at)
        flags = _FLAGS.match(self.pattern, self.at)
        if named or flags is None:
            return self._open_group(named)
        if flags[3] == ")":
            return self._flags_for_the_rest(flags)
        return self._begin_group(len(flags[0]))

    def _open_group(self, named: re.Match[str] | None) -> str:
        if named is None and self.pattern.startswith("(?", self.at):
            raise self._error("invalid or unsupported Perl syntax")
        return self._begin_group(len(named[0]) if named else 1)

    def _begin_group(self, length: int) -> str:
        opening = self._take(length, repeatable=False)
        self.closers.append(1)
        self.starts.append(self.at)
        return opening

    def _flags_for_the_rest(self, flags: re.Match[str]) -> str:
        """``(?i)`` holds to the end of its group; `re` wants that written as a group of its own."""
        leads = self.at == self.starts[-1]
        self._take(len(flags[0]), repeatable=False)
        self.closers[-1] += 1
        if leads:
            self.starts[-1] = self.at
        else:
            self.late_flags.add(len(self.closers))
        return f"(?{flags[1]}{flags[2] or ''}:"

    def _close(self) -> str:
        if len(self.closers) == 1:
            raise self._error("unexpected )")
        self._take(1)
        self.late_flags.discard(len(self.closers))
        self.starts.pop()
        return ")" * self.closers.pop()

    def _escape(self) -> str:
        letter = self.pattern[self.at + 1 : self.at + 2]
        if letter.lower() in _PERL and letter:
            self._take(2)
            return f"[{'^' if letter.isupper() else ''}{_PERL[letter.lower()]}]"
        anchors = {"A": r"\A", "z": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)"}
        if letter in anchors:
            self._take(2)
            return anchors[letter]
        return self._literal() if letter != "Q" else self._quoted()

    def _quoted(self) -> str:
        end = self.pattern.find("\\E", self.at + 2)
        text = self.pattern[self.at + 2 : end if end >= 0 else None]
        self._take(len(text) + (4 if end >= 0 else 2))
        return "".join(map(re.escape, text))

    def _literal(self) -> str:
        letter = self.pattern[self.at + 1 : self.at + 2]
        hexadecimal = _HEX.match(self.pattern, self.at)
        if hexadecimal:
            self._take(len(hexadecimal[0]))
            return re.escape(chr(int(hexadecimal[1] or hexadecimal[2], 16)))
        if letter in _PLAIN_ESCAPES and letter:
            return self._take(2)
        if not letter or letter.isalnum() or ord(letter) > 127:
            raise self._error(f"invalid or unsupported escape sequence \\{letter}")
        self._take(2)
        return re.escape(letter)

    def _class(self) -> str:
        self._take(1)
        out = ["[^" if self.pattern.startswith("^", self.at) else "["]
        self.at += out[0] == "[^"
        first = True
        while first or not self.pattern.startswith("]", self.at):
            if self.at >= len(self.pattern):
                raise self._error("missing closing ]")
            out.append(self._class_member())
            first = False
        self._take(1)
        return "".join(out) + "]"

    def _class_member(self) -> str:
        posix = re.compile(r"\[:(\^?)(\w+):\]").match(self.pattern, self.at)
        if posix:
            return self._posix(posix)
        if self.pattern[self.at] == "\\":
            return self._class_escape()
        character = self._take(1)
        return character if character == "-" else re.escape(character) if character in r"[]\^&~|" else character

    def _posix(self, found: re.Match[str]) -> str:
        if found[1] or found[2] not in _POSIX:
            raise self._error("invalid or unsupported character class")
        self._take(len(found[0]))
        return _POSIX[found[2]]

    def _class_escape(self) -> str:
        letter = self.pattern[self.at + 1 : self.at + 2]
        if letter in _PERL and letter:
            self._take(2)
            return _PERL[letter]
        if letter in tuple("DSW"):
            self._take(2)
            return f"\\{letter}"
        return self._literal()
