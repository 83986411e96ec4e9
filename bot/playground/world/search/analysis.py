"""Splits text into words as Elasticsearch's standard analyzer does: Unicode word rules, lower case, no stop words."""

import re

# UAX 29 in short: letters hold together over . : ' and digits over . , ; ' but not a letter with a digit over a dot.
_WORD = re.compile(
    r"\w+(?:(?:(?<=[^\W\d_])[.:'\u2019\u00b7](?=[^\W\d_])|(?<=\d)[.,;'\u2019](?=\d))\w+)*",
)
_LONGEST = 255


def words(text: str) -> list[str]:
    return [part for found in _WORD.findall(text) if found.strip("_") for part in _cut(found.lower())]


def _cut(word: str) -> list[str]:
    return [word[at : at + _LONGEST] for at in range(0, len(word), _LONGEST)]
