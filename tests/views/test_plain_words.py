"""What people copy and what they read in headings stays as it was written, where that can harm nobody."""

import pytest

from bot.views import text as t
from bot.views.blocks import texts_of
from bot.views.incident_card import incident_card
from tests.scene import FINDING, Paper, Scene


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('rate(http_total{code=~"5.."}[5m]) holds', 'rate(`http_total{code=~"5.."}`[5m]) holds'),
        ('up{job!~"a|b"} and {x=~"y"}', '`up{job!~"a|b"}` and `{x=~"y"}`'),
        ("~struck~ and {a=b}", "∼struck∼ and {a=b}"),
        ('{a=~"<!here>"}', '`{a=~"&lt;!here&gt;"}`'),
    ],
)
def test_promql_is_shown_so_that_its_copy_parses(text: str, shown: str):
    assert t.said(text) == shown


def test_words_of_a_link_stay_words():
    assert t.link("https://x.example/a", 'a{b=~"c"} ~d~') == '<https://x.example/a|a{b=∼"c"} ∼d∼>'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("R&D: p99 > 2 s, < 5 left", "R&D: p99 > 2 s, < 5 left"),
        ("weird <!here> <@U0BOB> <b>", "weird ‹!here› ‹＠U0BOB› ‹b›"),
        ("cut <!channel", "cut ‹!channel"),
        ("mail @here", "mail ＠here"),
    ],
)
def test_a_heading_shows_real_characters_but_no_mark(text: str, shown: str):
    assert t.label(text) == shown


def test_the_code_of_a_next_step_is_code():
    content = {**FINDING, "next_step": "Keep new pods away from it (`kubectl cordon dome-west`)"}
    scene = Scene(Paper()).opened().alert().looks().found(content=content)
    assert isinstance(scene.book, Paper)
    words = "\n".join(texts_of(incident_card(scene.book.story())["blocks"]))
    assert "*Next:* Keep new pods away from it (`kubectl cordon dome-west`)" in words
