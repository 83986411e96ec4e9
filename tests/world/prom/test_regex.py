"""RE2 patterns in Python: what they match, and what is refused rather than matched otherwise."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.world.prom.errors import BadData
from bot.playground.world.prom.regex import anchored, expand


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("a|b", "b", True), ("a|b", "ab", False), ("a", "a\n", False), ("a$", "a\n", False), ("a.c", "a\nc", False),
        ("(?s)a.c", "a\nc", True), ("(?i)abc", "aBC", True), ("a(?i)b", "aB", True), ("a(?i)b", "Ab", False),
        ("(?i:a)b", "Ab", True), ("(?i:a)b", "AB", False), ("(a(?i)b)c", "aBC", False), ("x|(?i)y", "Y", True),
        ("(?-s).", "a", True), (r"\d+", "12", True), (r"\d", "٣", False), (r"\w", "é", False), (r"\s", "\u00a0", False),
        (r"\D", "a", True), ("[[:alpha:]]+", "aB", True), ("[^[:digit:]]", "1", False), (r"[\d.]+", "1.2", True),
        (r"\Qa.b\E", "a.b", True), (r"\Qa.b\E", "axb", False), (r"\Aab\z", "ab", True), (r"\x41\x{42}", "AB", True),
        ("a{2}", "aa", True), ("a{,2}", "a{,2}", True), ("a{", "a{", True), ("[]a]", "]", True), ("[a&&b]", "&", True),
        ("[a-c-]", "-", True), ("(?P<n>a)", "a", True), ("a*?", "aa", True), ("5..", "503", True), ("", "", True),
        (r"a\.b", "a.b", True), (r"\bab\b", "ab", True), ("[^a]", "\n", True), (r"[\]\\]", "\\", True),
    ],
)  # fmt: skip
def test_patterns_match_as_re2_matches(pattern: str, text: str, matches: bool) -> None:
    assert (anchored(pattern).fullmatch(text) is not None) is matches


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "a)", "[a", "*", "a**", "a*+", "a++", "a?+", "a{2}{3}", "a{1001}", "(?=a)", "(?!a)", "(?<=a)b", "(?>a)",
     r"(a)\1", "(?P=n)", "(?#c)", r"\pL", r"\p{Greek}", "(?U)a", "a|b(?i)c|d", "[z-a]", "\\", r"\_x\y",
     "(?P<n>a)(?P<n>b)", "[[:^alpha:]]", "[[:nothing:]]", "+a", "(|*a)"],
)  # fmt: skip
def test_what_re2_refuses_or_python_cannot_say_is_refused(pattern: str) -> None:
    with pytest.raises(BadData, match="error parsing regexp"):
        anchored(pattern)


@given(st.text(max_size=20))
def test_quoted_text_matches_itself_and_nothing_longer(text: str) -> None:
    pattern = anchored("".join(f"\\{c}" if c in r"\.+*?()|[]{}^$" else c for c in text))

    assert pattern.fullmatch(text)
    assert pattern.fullmatch(text + "x") is None


@given(st.text(alphabet=r"ab01.*+?()[]{}|^$\dwsxPQE<>:=!i-,", max_size=12))
def test_any_pattern_compiles_or_is_refused(pattern: str) -> None:
    with contextlib.suppress(BadData):
        assert isinstance(anchored(pattern), re.Pattern)


@pytest.mark.parametrize(
    ("template", "filled"),
    [("$1-$2", "a-b"), ("${1}x", "ax"), ("$1x", ""), ("$$1", "$1"), ("$9", ""), ("$n", "b"), ("$", "$"), ("${", "${")],
)
def test_templates_are_filled_as_go_fills_them(template: str, filled: str) -> None:
    match = anchored("(.)(?P<n>.)").fullmatch("ab")
    assert match is not None

    assert expand(template, match) == filled
