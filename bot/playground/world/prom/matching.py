"""Which series a selector means: one matcher, and a list of them, against a label set."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.playground.world.prom.labels import Labels, get
from bot.playground.world.prom.regex import anchored


class Comparison(StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    MATCHES_NOT = "!~"


@dataclass(frozen=True)
class Matcher:
    name: str
    comparison: Comparison
    value: str

    def accepts(self, value: str) -> bool:
        match self.comparison:
            case Comparison.EQUAL:
                return value == self.value
            case Comparison.NOT_EQUAL:
                return value != self.value
            case Comparison.MATCHES:
                return anchored(self.value).fullmatch(value) is not None
            case Comparison.MATCHES_NOT:
                return anchored(self.value).fullmatch(value) is None


def accepts_all(matchers: Iterable[Matcher], labels: Labels) -> bool:
    return all(matcher.accepts(get(labels, matcher.name)) for matcher in matchers)
