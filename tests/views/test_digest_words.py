"""A digest on a phone: revisions instead of hashes, a count instead of pod names, an image without its registry."""

import pytest

from bot.adapters.looks import discover
from bot.core.events import EvidenceGathered, Outcome
from bot.views import wording as w
from bot.views.blocks import texts_of
from bot.views.digest_words import in_words
from bot.views.evidence_card import evidence_card
from tests.scene import Paper, Scene

LOGGED = (
    "[error NEW] 2,056 times, none before: no such column; templates 868f8d64cd 2,056;"
    " pods shop-868f8d64cd-p959v 567, shop-868f8d64cd-6abcd 530, shop-868f8d64cd-x1 500,"
    " shop-868f8d64cd-x2 459 and 2 more"
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LOGGED, "[error NEW] 2,056 times, none before: no such column; 2,056 on revision 2's pods; 6 pods"),
        ("once: gone; templates 5d4 1, 868f8d64cd 3", "once: gone; 1 on pods of template 5d4, 3 on revision 2's pods"),
        ("once: gone; pods shop-5d4-a 1", "once: gone; pod shop-5d4-a"),
        ("  4 of 4 ready; revision 2, template 868f8d64cd; image r.example:5000/a/shop:14.3.0",
         "  4 of 4 ready; revision 2; image shop:14.3.0"),
        ("revision 1, template aaaaaaaaaa: shop:1", "revision 1, template aaaaaaaaaa: shop:1"),
        ("GET /a/b:80 failed on https://x.example/a/b", "GET /a/b:80 failed on https://x.example/a/b"),
        ("no pods 3 at all", "no pods 3 at all"),
    ],
)  # fmt: skip
def test_a_line_is_shortened_and_keeps_its_numbers(line: str, words: str):
    assert in_words(line, {"868f8d64cd": "2"}) == words


def test_a_card_names_revisions_as_the_record_knows_them():
    scene = Scene(Paper()).opened().alert().looked("E1", "search_logs", digest=LOGGED)
    book = scene.book
    assert isinstance(book, Paper)
    facts = {"rollouts": [{"revision": 2, "template_hash": "868f8d64cd"}, {"revision": None}, {"revision": 1}]}
    seen = {"check": "rollouts", "tool": "rollout_history", "outcome": "ok", "evidence": "E2", "facts": facts}
    kept = {"tool": "rollout_history", "outcome": Outcome.OK, "observation": book.put(seen), "milliseconds": 1}
    book.write(EvidenceGathered(round=1, evidence="E2", **kept))  # type: ignore[arg-type]
    card = evidence_card(book.story(), "E1")
    assert "2,056 on revision 2's pods; 6 pods" in "\n".join(texts_of(card["blocks"]))
    assert card["text"].startswith("E1 logs: ")


def test_every_reading_tool_has_a_name_that_people_use():
    assert {tool.spec.name for tool in discover()} <= set(w.LOOK)
    assert w.look("slow_traces") == "slow traces"
