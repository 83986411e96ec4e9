"""Does this claim stand in its evidence? Checked literally: quotes must occur, numbers must be there. Pure.

A quote is compared character by character (runs of white space count as one, and `&lt;` as `<`). A number in a claim
must stand in the evidence it cites, as it is or rounded to the digits shown, or as the percentage of a ratio there;
times of day must occur as written. What a model worked out by itself stands nowhere, and is struck.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.findings import Claim

SHORTEST = 4  # characters of a quote: shorter ones occur anywhere
LONGEST = 400
CLOCK = re.compile(r"\b\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\b|\b\d{4}-\d\d-\d\d\b")
IDS = re.compile(r"\b[A-Z]\d+\b")
WORDS = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/@-]*\d[A-Za-z0-9_.:/@-]*|\b\d+[A-Za-z_-]+[\w.-]*")
NUMBER = re.compile(r"(?<![\w.])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?")
PERCENT = re.compile(r"\s*%|\s*percent\b", re.I)
COMMANDS = re.compile(
    r"\bkubectl\b|\bhelm\s|\bcurl\s|\bwget\s|\bsudo\s|\brm\s+-|\bssh\s|://|<[!@#]|```|\$\{|\{\{"
    r"|\bignore (?:all |any )?previous\b"
    r"|\bpre-?approved\b|\bapproved by\b|\bno confirmation\b|\bserviceaccount/token\b",
    re.I,
)


def ground_of(look: Mapping[str, Any]) -> str:
    """Everything one observation says, as one text: what was asked, its digest, and its facts."""
    facts = json.dumps(look.get("facts") or {}, ensure_ascii=False)
    leaves = "\n".join(_leaves(look.get("facts") or {}))
    return _plain(f"{look.get('asked') or ''}\n{look.get('digest') or ''}\n{leaves}\n{facts}")


def check_claim(claim: Claim, looks: Mapping[str, Mapping[str, Any]], numbers: bool = True) -> str | None:
    """Why the claim does not stand (a stable name), or None. ``looks`` are stored observations by evidence id.

    ``numbers`` is off for what code rendered itself: those were computed from the facts, not copied.
    """
    if not claim.evidence:
        return "no_evidence"
    if strange := [id_ for id_ in (*claim.evidence, *(q.evidence for q in claim.quotes)) if id_ not in looks]:
        return "unknown_evidence" if strange else None
    if COMMANDS.search(claim.text) and numbers:
        return "not_a_finding"
    if any(not is_quoted(quote.text, looks[quote.evidence]) for quote in claim.quotes):
        return "quote_not_there"
    if numbers and not claim.quotes:
        return "no_quote"
    grounds = [ground_of(looks[id_]) for id_ in dict.fromkeys((*claim.evidence, *(q.evidence for q in claim.quotes)))]
    return "number_not_there" if numbers and not numbers_stand(claim.text, grounds) else None


def is_quoted(text: str, look: Mapping[str, Any]) -> bool:
    """Whether ``text`` occurs in the observation, character by character."""
    wanted = _plain(text)
    return SHORTEST <= len(wanted) <= LONGEST and wanted in ground_of(look)


def numbers_stand(text: str, grounds: Iterable[str]) -> bool:
    """Whether every number and time of ``text`` is in one of the grounds."""
    every = list(grounds)
    rest = IDS.sub(" ", text)
    for found in [*CLOCK.findall(rest), *WORDS.findall(CLOCK.sub(" ", rest))]:
        if not any(found.rstrip(".:/-") in ground for ground in every):
            return False
    rest = WORDS.sub(" ", CLOCK.sub(" ", rest))
    known = {value for ground in every for value in _numbers(ground)}
    return all(_known(match, rest, known) for match in NUMBER.finditer(rest))


def _known(match: re.Match[str], text: str, known: set[float]) -> bool:
    shown = match[0].replace(",", "")
    value = float(shown)
    digits = len(shown.partition(".")[2]) if "." in shown else 0
    percent = bool(PERCENT.match(text, match.end()))
    return any(round(n, digits) == value or (percent and round(n * 100, digits) == value) for n in known)


def _numbers(text: str) -> set[float]:
    return {float(found.replace(",", "")) for found in NUMBER.findall(text)}


def _leaves(value: Any) -> Iterable[str]:
    """Every text in the facts as it is, without JSON's escapes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)


def _plain(text: str) -> str:
    return " ".join(html.unescape(text).split())
