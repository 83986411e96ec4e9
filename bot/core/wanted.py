"""“roll back web in shop to revision 46” -> a change and its typed arguments. Pure; each spec says its own words.

Nothing is guessed: words that fit nothing raise `BadInput` saying what can be asked. A name may stay without its
namespace; finding that is a reading job's work (`services/targeting.py`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from bot.core.canonical import Json
from bot.core.errors import BadInput
from bot.core.tool import Asked, Spec

FILLING = frozenset({"the", "please", "a", "and", "with", "now", "service"})
MOST_WORDS = 60
INTEGER = re.compile(r"\bint\b")
PLACE = frozenset({"in", "namespace", "ns", "-n"})


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for. ``options`` are arguments beside name and namespace, already of their types."""

    tool: str
    kind: str
    name: str
    namespace: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    named: str = "name"  # the argument that takes the name
    placed: bool = True  # False: what it is about lives in no namespace

    def arguments(self, namespace: str, name: str) -> Json:
        place: Json = {"namespace": namespace} if self.placed else {}
        return {**place, self.named: name, **self.options}


def askable(specs: Iterable[Spec]) -> list[Spec]:
    return [spec for spec in specs if spec.asked is not None and spec.asked.verbs]


def usages(specs: Iterable[Spec]) -> tuple[str, ...]:
    """One line for each change: how it is asked for."""
    return tuple(_usage(spec, spec.asked) for spec in askable(specs) if spec.asked)


def _usage(spec: Spec, asked: Asked) -> str:
    options = "".join(f" [{words} <value>]" for words in _longest_words(asked.options))
    pairs = " [with NAME=value]" if asked.pairs else ""
    place = " [in <namespace>]" if spec.scope == "namespace" else ""
    return f"{asked.verbs[0]} <{asked.kind.lower()}>{place}{options}{pairs}"


def _longest_words(options: Mapping[str, str]) -> list[str]:
    """One way of saying each option: the first its spec names."""
    first: dict[str, str] = {}
    for words, argument in options.items():
        first.setdefault(argument, words)
    return list(first.values())


def read_wanted(words: str, specs: Iterable[Spec]) -> Wanted:
    """Raises `BadInput` saying what is not understood, and what is."""
    offered = askable(specs)
    tokens = words.replace(",", " ").split()
    if not tokens:
        raise BadInput(f"Do what? {_what_there_is(offered)}")
    if len(tokens) > MOST_WORDS:
        raise BadInput(f"That is too much for one request. {_what_there_is(offered)}")
    spec, rest = _verb(tokens, offered)
    assert spec.asked is not None
    reading = _Reading(spec, spec.asked)
    reading.take(rest)
    return reading.wanted()


def _what_there_is(specs: Sequence[Spec]) -> str:
    lines = usages(specs)
    return f"What can be asked for: {'; '.join(lines)}." if lines else "There is nothing that can be asked for here."


def _verb(tokens: Sequence[str], specs: Sequence[Spec]) -> tuple[Spec, list[str]]:
    lower = [token.lower() for token in tokens]
    while lower and lower[0] in FILLING:
        lower, tokens = lower[1:], tokens[1:]
    known = [(verb.split(), spec) for spec in specs if spec.asked for verb in spec.asked.verbs]
    fitting = [(parts, spec) for parts, spec in known if lower[: len(parts)] == parts]
    if not fitting:
        raise BadInput(f"“{' '.join(tokens)[:60]}” is nothing Midwatch can do. {_what_there_is(specs)}")
    parts, spec = max(fitting, key=lambda pair: len(pair[0]))
    return spec, list(tokens[len(parts) :])


class _Reading:
    """The words after the verb, one after the other."""

    def __init__(self, spec: Spec, asked: Asked) -> None:
        self._spec = spec
        self._asked = asked
        self._fields = spec.arguments.model_fields
        self._name: str | None = None
        self._namespace: str | None = None
        self._options: dict[str, Any] = {}
        self._pairs: dict[str, str] = {}

    def take(self, tokens: list[str]) -> None:
        while tokens:
            tokens = self._next(tokens)

    def _next(self, tokens: list[str]) -> list[str]:
        """Read what stands first; the tokens after it."""
        word = tokens[0]
        if (option := self._option(tokens)) is not None:
            argument, used = option
            self._options[argument] = self._typed(argument, _value(tokens, used))
            return tokens[used + 1 :]
        if word.lower() in PLACE:
            inner = 2 if len(tokens) > 1 and tokens[1].lower() == "namespace" else 1
            self._namespace = _value(tokens, inner).lower()
            return tokens[inner + 1 :]
        if word.lower().startswith("namespace:"):
            self._namespace = word.partition(":")[2].lower()
        elif "=" in word:
            self._pair(word)
        elif word.lower() in FILLING or word.lower() == self._asked.kind.lower():
            pass
        elif self._name is None:
            self._name = word if self._asked.exact else self._named(word)
        else:
            raise BadInput(f"“{word[:60]}” is not understood. It is asked for like this: {self._usage()}")
        return tokens[1:]

    def _option(self, tokens: Sequence[str]) -> tuple[str, int] | None:
        """The argument an option's words stand for, and how many words they are."""
        lower = [token.lower() for token in tokens]
        fitting = [
            (len(words.split()), argument)
            for words, argument in self._asked.options.items()
            if lower[: len(words.split())] == words.split()
        ]
        if not fitting:
            return None
        used, argument = max(fitting)
        return argument, used

    def _pair(self, word: str) -> None:
        name, _, value = word.partition("=")
        spoken = name.lower().replace("-", " ").replace("_", " ")  # `memory-limit=1Gi`, as people write it
        name = self._asked.options.get(spoken, name)
        if name in self._fields and name not in {self._asked.named, "namespace", self._asked.pairs}:
            self._options[name] = self._typed(name, value)
        elif self._asked.pairs and name:
            self._pairs[name] = value
        else:
            raise BadInput(f"“{word[:60]}” is not understood. It is asked for like this: {self._usage()}")

    def _named(self, word: str) -> str:
        kind, slash, name = word.rpartition("/")
        if slash and kind.lower().rstrip("s") not in {self._asked.kind.lower(), self._asked.kind.lower()[:6]}:
            raise BadInput(f"“{word[:60]}”: this is done to a {self._asked.kind}, not to a {kind[:40]}.")
        return name.lower()

    def _typed(self, argument: str, text: str) -> Any:
        wants = str(self._fields[argument].annotation)
        if INTEGER.search(wants) and text.lstrip("#").isdecimal() and len(text) <= 12:
            return int(text.lstrip("#"))
        return text

    def wanted(self) -> Wanted:
        if not self._name:
            raise BadInput(f"Which {self._asked.kind}? It is asked for like this: {self._usage()}")
        options = dict(self._options)
        if self._pairs:
            options[self._asked.pairs] = self._pairs
        placed = self._spec.scope == "namespace"
        if self._namespace is not None and not placed:
            raise BadInput(f"A {self._asked.kind} lives in no namespace. It is asked for like this: {self._usage()}")
        told = (self._spec.name, self._asked.kind, self._name, self._namespace, options, self._asked.named, placed)
        wanted = Wanted(*told)
        self._check(wanted)
        return wanted

    def _usage(self) -> str:
        return _usage(self._spec, self._asked)

    def _check(self, wanted: Wanted) -> None:
        """The tool's own types have the last word."""
        try:
            self._spec.arguments.model_validate(wanted.arguments(wanted.namespace or "default", wanted.name))
        except ValidationError as error:
            first = error.errors()[0]
            words = str(first["msg"]).removeprefix("Value error, ")
            where = ".".join(str(part) for part in first["loc"]) or "it"
            raise BadInput(
                f"{where.replace('_', ' ')}: {words[:200]}. It is asked for like this: {self._usage()}"
            ) from error


def _value(tokens: Sequence[str], at: int) -> str:
    if at >= len(tokens):
        raise BadInput(f"“{' '.join(tokens)[:60]}” needs a value after it.")
    return tokens[at]
