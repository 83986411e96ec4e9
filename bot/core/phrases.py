"""Which words of a question tell something: known names, phrases a page gives itself, what tells an error. Pure.

Everything here compares plain words, lightly stemmed; nothing is guessed from likeness, so that whatever is found can
be said to be there.
"""

import re
from collections.abc import Iterable, Mapping

from bot.core.runbook import GENERAL, Corpus, Runbook

MARKUP = re.compile(r"<([!@#]?)([^<>|\s]+)(?:\|([^<>]*))?>")
WORD = re.compile(r"[a-z_][a-z0-9_.-]*[a-z0-9]|[0-9]xx|p[0-9]{2}", re.I)
ENDINGS = ("ings", "ing", "ed", "es", "s")
NOISE = frozenset({
    "a", "an", "and", "are", "at", "be", "been", "but", "by", "can", "could", "do", "does", "for", "from", "had", "has",
    "have", "in", "is", "it", "its", "me", "my", "no", "not", "of", "on", "or", "our", "that", "the", "their", "them",
    "there", "this", "to", "too", "very", "was", "we", "were", "what", "when", "where", "which", "while", "why", "will",
    "with", "you", "your", "error", "errors", "err", "fatal", "warn", "warning", "info", "debug", "level", "msg",
    "message", "severity",
})  # fmt: skip
MOST_WORDS = 8
MOST_NAMES = 2
ENOUGH = 0.6  # of an error's telling words; the rest are ids and amounts


def unmarked(text: str) -> str:
    """Slack's own marks as people read them: `<!channel|channel>` is @channel, `<#C1|ops>` #ops, a link its label."""

    def plain(found: "re.Match[str]") -> str:
        kind, what, label = found[1], found[2], found[3]
        sign = {"!": "@", "@": "@", "#": "#"}.get(kind, "")
        return f"{sign}{label or what}" if kind or label or "://" in what or what.startswith("mailto:") else found[0]

    return MARKUP.sub(plain, text)


def telling(text: str) -> list[str]:
    """The words of an error's text that its next occurrence will have again: no numbers, ids, times or levels."""
    found = [word for word in WORD.findall(text) if len(word) > 2 and not re.search(r"\d", word)]
    kept = [word.strip("._-") for word in found if word.lower() not in NOISE]
    return list(dict.fromkeys(word for word in kept if word))[:MOST_WORDS]


def tells_of(text: str, words: Iterable[str]) -> bool:
    """Whether a text has most of these telling words, two at least where there are two."""
    asked = {word.lower() for word in words}
    if not asked:
        return False
    there = {word.lower().strip("._-") for word in WORD.findall(text)}
    shared = len(asked & there)
    return shared >= min(2, len(asked)) and shared / len(asked) >= ENOUGH


def names_in(text: str, known: Iterable[str]) -> list[str]:
    """The known names that stand in the text as words of their own, as they stand there."""
    said = [word.lower().strip("._-") for word in re.findall(r"[\w.-]+", text)]
    names = {name.lower(): name for name in known if name}
    return list(dict.fromkeys(names[word] for word in said if word in names))[:MOST_NAMES]


def spoken_of(text: str, corpus: Corpus) -> list[tuple[Runbook, str]]:
    """The pages that give themselves a phrase of this text, with the phrase; the longest phrase first."""
    said = _stems(text)
    found: dict[str, tuple[Runbook, str, int]] = {}
    for page in (page for page in corpus.runbooks.values() if page.id != GENERAL):
        for phrase in page.when.words:
            stems = _stems(phrase)
            if stems and stems <= said and len(stems) > found.get(page.id, (page, "", 0))[2]:
                found[page.id] = (page, phrase, len(stems))
    ranked = sorted(found.values(), key=lambda one: (-one[2], one[0].id))
    return [(page, phrase) for page, phrase, _ in ranked]


def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"[a-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text).lower())
    return frozenset(_stem(word) for word in words if word not in NOISE or word == "error")


def _stem(word: str) -> str:
    if re.search(r"\d", word):
        return word
    return next((word.removesuffix(end) for end in ENDINGS if word.endswith(end) and len(word) - len(end) >= 3), word)


def text_in(content: object) -> Iterable[str]:
    """Every text of a stored finding: its claims, its cause, what they quote."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from text_in(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from text_in(value)
