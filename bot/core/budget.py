"""Texts made to fit a budget together: the long ones give first, each keeps its beginning, and every cut is said. Pure.

A digest says what matters in its first lines, so cutting from the end drops detail before facts. Tokens are counted as
four characters, which is on the safe side for logs and names.
"""

from collections.abc import Sequence

CHARACTERS_PER_TOKEN = 4
DIGEST_TOKENS = 1_500
BRIEF_TOKENS = 12_000
LEAST = 300  # characters that each text keeps, whatever the budget


def fit(texts: Sequence[str], most: int) -> list[str]:
    """``texts`` cut to ``most`` characters in all (but to no less than 300 each), at the ends of their lines."""
    level = _level([len(text) for text in texts], most)
    return [cut(text, level) for text in texts]


def cut(text: str, most: int) -> str:
    """The text's beginning, whole lines where it has any, with what is left out said; unchanged where it fits."""
    if len(text) <= most:
        return text
    kept = text[:most]
    kept = kept[: kept.rfind("\n")] if "\n" in kept[most // 2 :] else kept
    return f"{kept}\n(cut: {len(text) - len(kept)} more characters, kept with the evidence)"


def _level(lengths: Sequence[int], most: int) -> int:
    """The length down to which the long ones are cut, so that together they fit: water filling."""
    left, room = sorted(lengths), most
    while left:
        share = room // len(left)
        if left[0] > share:
            return max(LEAST, share)
        room -= left.pop(0)
    return max([LEAST, *lengths])
