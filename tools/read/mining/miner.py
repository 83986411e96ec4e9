"""Templates out of lines, one after the other, in bounded memory; a tree of fixed depth as Drain's, with three changes.

Words with digits, paths and values of `key=value` are variable from the start; runs of variable words are one; and what
a line came to is remembered, so that the thousandth line of a kind costs a look into a dictionary. A word that takes
many values makes its templates one, later: `final` says which one a line's has become.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tools.read.mining.headers import LOOKED_AT, Headers

ANY = "<*>"
LIKE = 0.5  # of the words that are not variable; asked only of a crowd
MANY = 5  # values of one word: from here on it is a name
CROWDED = 40
FRONT = (0, 1)
MOST_TEMPLATES = 5_000
MOST_REMEMBERED = 50_000
MOST_WORDS = 120
OTHER = 0
_PIECES = re.compile(r"[\s,;|()\[\]{}]+")
_VALUE = re.compile(r"^([A-Za-z_][\w.-]*[=:])(.+)$")
_QUOTED = re.compile(r"\"[^\"]{0,200}\"|'[^']{1,200}'")


@dataclass
class Template:
    id: int
    words: list[str]
    count: int = 0

    @property
    def text(self) -> str:
        return " ".join(self.words)


@dataclass
class Miner:
    """``other`` counts the lines that found no place any more once there were `MOST_TEMPLATES`."""

    templates: dict[int, Template] = field(default_factory=dict)
    other: int = 0
    _tree: dict[tuple[int, str, str], list[Template]] = field(default_factory=dict)
    _known: "OrderedDict[str, int]" = field(default_factory=OrderedDict)
    _words: dict[str, str] = field(default_factory=dict)
    _became: dict[int, int] = field(default_factory=dict)
    _behind: dict[tuple[int, int, tuple[str, ...]], list[Template]] = field(default_factory=dict)
    _general: dict[tuple[int, int, tuple[str, ...]], int] = field(default_factory=dict)
    _made: int = 0

    def add(self, message: str) -> int:
        """The id of the line's template; `OTHER` where there is no room for another one."""
        words = self._variable(message)
        key = " ".join(words)
        known = self._known.get(key)
        if known is None:
            known = self._place(words)
            self._known[key] = known
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        if known == OTHER:
            self.other += 1
            return OTHER
        if known not in self.templates:
            known = self._known[key] = self.final(known)
        self.templates[known].count += 1
        return known

    def _variable(self, message: str) -> list[str]:
        if '"' in message or "'" in message:
            message = _QUOTED.sub(f" {ANY} ", message)
        cached = self._words
        found: list[str] = []
        for word in _PIECES.split(message)[:MOST_WORDS]:
            if not word:
                continue
            masked = cached.get(word)
            if masked is None:
                masked = masked_of(word)
                if len(cached) < MOST_REMEMBERED:
                    cached[word] = masked
            if masked != ANY or not found or found[-1] != ANY:
                found.append(masked)
        return found or [""]

    def final(self, id_: int) -> int:
        """The template that this one became part of; itself where it stands by itself."""
        while id_ in self._became:
            id_ = self._became[id_]
        return id_

    def _place(self, words: list[str]) -> int:
        for at in FRONT:
            if (general := self._general.get(_without(words, at))) is not None:
                return self.final(general)
        second = words[1] if len(words) > 1 else ""
        bucket = self._tree.setdefault((len(words), words[0], second), [])
        bucket[:] = [one for one in bucket if one.id in self.templates]
        found = next((one for one in bucket if _covers(one.words, words)), None)
        if found is None and len(bucket) >= CROWDED:
            found = _most_like(bucket, words)
        if found is not None:
            found.words = [own if own == other else ANY for own, other in zip(found.words, words, strict=True)]
            return found.id
        if len(self.templates) >= MOST_TEMPLATES:
            return OTHER
        self._made += 1
        made = Template(self._made, list(words))
        self.templates[made.id] = made
        bucket.append(made)
        if len(bucket) >= MANY:
            self._merge(bucket, made)
        if made.id not in self._became:
            self._merge_in_front(made)
        return self.final(made.id)

    def _merge_in_front(self, made: Template) -> None:
        """The tree tells lines apart by their first words; a name among those is found by what stands behind it."""
        for at in FRONT:
            rest = _without(made.words, at)
            alike = self._behind.setdefault(rest, [])
            alike.append(made)
            living = [one for one in alike if one.id in self.templates and one.words[at : at + 1] != [ANY]]
            if len(living) >= MANY and len(made.words) > 1:
                first = min(living, key=lambda one: one.id)
                first.words = [*first.words[:at], ANY, *first.words[at + 1 :]]
                self._general[rest] = first.id
                for one in living:
                    if one is not first:
                        first.count += one.count
                        self._became[one.id] = first.id
                        del self.templates[one.id]
                return

    def _merge(self, bucket: list[Template], made: Template) -> None:
        """Templates that differ in one and the same word are one, once that word had many values: then it is a name.
        Two values, opened and closed, are two things that happen."""
        for at in range(len(made.words)):
            alike = [one for one in bucket if _differ_at(one.words, made.words, at)]
            if made.words[at] != ANY and len(alike) >= MANY - 1:
                first = min([*alike, made], key=lambda one: one.id)
                first.words = [*made.words[:at], ANY, *made.words[at + 1 :]]
                for one in [*alike, made]:
                    if one is not first:
                        first.count += one.count
                        self._became[one.id] = first.id
                        del self.templates[one.id]
                        bucket.remove(one)
                return


def _without(words: Sequence[str], at: int) -> tuple[int, int, tuple[str, ...]]:
    return len(words), at, (*words[:at], *words[at + 1 :])


def _covers(template: Sequence[str], words: Sequence[str]) -> bool:
    return all(own in (other, ANY) for own, other in zip(template, words, strict=True))


def _differ_at(one: Sequence[str], other: Sequence[str], at: int) -> bool:
    return one[at] != other[at] and all(one[n] == other[n] for n in range(len(one)) if n != at)


def _most_like(bucket: Sequence[Template], words: Sequence[str]) -> Template | None:
    best = max(bucket, key=lambda one: _likeness(one.words, words))
    return best if _likeness(best.words, words) >= LIKE else None


def masked_of(word: str) -> str:
    """A word that is variable by its looks; of `key=value` the value alone."""
    pair = _VALUE.match(word)
    if pair and not word.startswith(("http:", "https:")):
        return f"{pair.group(1)}{ANY}" if not pair.group(1)[:-1].isdigit() else ANY
    bare = word.strip(".:!?\"'<>#*")
    is_path = "/" in bare and len(bare) > 1
    if any(sign.isdigit() for sign in bare) or is_path or "@" in bare:
        return ANY
    return word


def _likeness(template: Sequence[str], words: Sequence[str]) -> float:
    same = sum(1 for mine, theirs in zip(template, words, strict=True) if mine == theirs and mine != ANY)
    counted = sum(1 for mine in words if mine != ANY)
    return same / counted if counted else 1.0


def mine(lines: Iterable[str]) -> list[int]:
    """The template's id of each line, headers taken off."""
    every = list(lines)
    headers, miner = Headers(every[:LOOKED_AT]), Miner()
    ids = [miner.add(headers.message(line)) for line in every]
    return [miner.final(id_) for id_ in ids]
