"""Whatever stands in logs, alerts, plans and commands: no message over a limit, nobody called, nothing hidden in it."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.approval import State
from bot.core.errors import BadInput
from bot.core.events import Outcome, Verdict
from bot.core.tool import Plan
from bot.views import notices
from bot.views import text as t
from bot.views.answers import answer_message
from bot.views.approval_card import approval_card
from bot.views.blocks import (
    CUT,
    MOST_ALL,
    MOST_BLOCKS,
    Message,
    actions,
    button,
    context,
    header,
    length,
    message,
    section,
)
from bot.views.evidence_card import evidence_card
from bot.views.home_card import home_card
from bot.views.ids import ActionId
from bot.views.incident_card import incident_card
from bot.views.refusals import bad_command, not_written
from tests.scene import FINDING, Paper, Scene, in_state, plan
from tests.views.checks import assert_fit, assert_only_our_marks, mentions, strings

SPITE = [
    "<!channel>",
    "<@U0BOB>",
    "<!subteam^S0ONCALL|@oncall>",
    "<https://evil.example|click here to fix>",
    "@channel @here @everyone @alice",
    "&lt;!channel&gt;",
    "```\n<!here>\n```",
    "`; kubectl delete ns payments; `",
    "\u202eevil\u202c \u200b\u2066 zero",
    "*bold* _it_ ~no~ > quote",
    "line\n\n\n> line\r\ttab\x00\x07",
    "|".join(["a"] * 50),
    "<" * 400,
    "&" * 900,
    "x" * 6000,
    "𝕏" * 2000,
    "\ud800",
]
hostile = st.one_of(
    st.sampled_from(SPITE), st.text(max_size=400), st.lists(st.sampled_from(SPITE), max_size=6).map(" ".join)
)
fast = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_safe(drawn: Message, allowed: int = 0) -> None:
    assert_fit(drawn)
    assert_only_our_marks(drawn)
    assert len(mentions(drawn)) <= allowed
    for text in strings(drawn["blocks"]):
        assert not any(unicodedata.category(sign) in {"Cf", "Cc"} for sign in text if sign != "\n")
    json.dumps(drawn).encode()


@fast
@given(words=hostile, many=st.integers(1, 40))
def test_an_incident_card_takes_anything(words: str, many: int):
    claim = {"text": words, "evidence": ["E1", words[:20] or "E2"]}
    content: dict[str, Any] = {
        **FINDING,
        "headline": words,
        "cause": words,
        "because": [claim] * many,
        "ruled_out": [{"cause": words, "because": words, "evidence": ["E1"]}] * many,
        "not_read": [{"what": words, "outcome": "failed", "why": words}] * many,
        "candidates": [
            {"hypothesis": "h", "cause": words, "standing": "x", "confidence": words, "supports": [claim] * many}
        ],
        "runbook": {"id": "x", "title": words, "url": f"https://runbooks.example/{words}"},
        "next_step": words,
        "note": words,
    }
    for verdict in (Verdict.CAUSE, Verdict.UNSURE):
        book = Paper()
        drawn = Scene(book).opened(title=words).alert().looks()
        drawn.looked("E4", "search_logs", Outcome.OK, words).found(verdict, content)
        links = {"E1": "https://harbour.slack.com/archives/C1/p1"}
        assert_safe(incident_card(book.story(links=links)))
        assert_safe(home_card(book.story()))
        assert_safe(evidence_card(book.story(), "E4"))
        assert "\n" not in notices.topic(book.story())
        assert len(notices.topic(book.story())) <= 250


@fast
@given(words=hostile, many=st.integers(1, 30))
def test_an_approval_card_takes_anything(words: str, many: int):
    words = words.encode(errors="ignore").decode()  # a plan is canonical JSON before it is anything else
    change = {"what": words, "before": words, "after": words}
    hostile_plan = Plan.model_validate(
        {
            **plan().model_dump(mode="json"),
            "title": words,
            "changes": [change] * many,
            "command": words,
            "runs_as": words,
            "cautions": [words] * many,
            "inverse": {"reason": words},
            "expects": {"expression": words, "workload": {"ready_replicas": 3}},
        }
    )
    book = Paper()
    Scene(book).opened(title=words).alert().looks().found().proposed(proposal=hostile_plan)
    assert_safe(approval_card(book.story(), "a-1"), allowed=2)


@pytest.mark.parametrize("state", list(State))
@settings(max_examples=8, deadline=None)
@given(words=hostile)
def test_what_came_of_a_request_takes_anything(state: State, words: str):
    book = Paper()
    in_state(Scene(book), state.value)
    for ref, content in list(book.texts.items()):
        if isinstance(content, dict) and "says" in content:
            book.texts[ref] = {"says": words}
    card = approval_card(book.story(), "a-1")
    assert_fit(card)
    assert_only_our_marks(card)


@fast
@given(words=hostile, many=st.integers(0, 60))
def test_answers_to_commands_take_anything(words: str, many: int):
    item = {"level": "sev2", "kind": "alert", "service": words, "says": words, "since": words, "state": words}
    unread = {"what": words, "outcome": "failed", "why": words}
    rollout = {"workload": words, "namespace": words, "revision": words, "at": words}
    assert_safe(
        answer_message(
            {
                "kind": "status",
                "service": words,
                "as_of": words,
                "attention": [item] * many,
                "attention_total": many,
                "rollouts": [rollout] * many,
                "not_readable": [unread] * many,
                "read": [words] * many,
            }
        )
    )
    source = {"id": "x", "title": words, "url": "https://runbooks.example/x"}
    passage = {"text": words, "source": source}
    assert_safe(
        answer_message(
            {
                "kind": "explain",
                "asked": words,
                "as_of": words,
                "from_runbooks": bool(many % 2),
                "meaning": [passage] * many,
                "causes": [passage] * many,
                "sources": [source] * many,
                "not_readable": [unread] * many,
            }
        )
    )
    assert_safe(answer_message({"kind": "incident_opened", "title": words, "incident": words}))
    assert_safe(answer_message({"kind": words}))
    assert_safe(bad_command(BadInput(words)))
    assert_safe(not_written(BadInput(words)))


@fast
@given(many=st.integers(0, 90), long=st.integers(1, 4000), sign=st.sampled_from("x&<`"))
def test_any_number_of_blocks_of_any_length_fits_and_keeps_its_buttons(many: int, long: int, sign: str):
    press = actions("decide", button("Approve", ActionId.APPROVE, "a-1", reads="Approve it"))
    blocks = [header("Much"), *(section(t.said(sign * long, 4000)) for _ in range(many)), press, context("the end")]
    drawn = message("much", blocks)
    assert_fit(drawn)
    assert len(drawn["blocks"]) <= MOST_BLOCKS
    assert sum(map(length, drawn["blocks"])) <= MOST_ALL
    assert press in drawn["blocks"]
    dropped = sum(block["type"] == "section" for block in drawn["blocks"]) < many
    assert dropped == (CUT in str(drawn["blocks"][-1]))


@fast
@given(words=hostile, most=st.integers(2, 300))
def test_said_text_keeps_its_length_in_bounds_before_escaping(words: str, most: int):
    shown = t.said(words, most)
    plain = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert len(plain) <= most
    assert "\n" not in shown


@fast
@given(words=hostile)
def test_a_code_span_cannot_be_left(words: str):
    assert t.quoted(words).count("`") in (0, 2)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://x|<!channel>", "ftp://x", "", "https://a b", "http://x>y", "https://x\ny"]
)
def test_an_address_that_is_none_leads_nowhere(url: str):
    assert t.link(url, "raw data") == "raw data"


def test_identifiers_survive_being_said():
    assert (
        t.said("orders.tax_id of checkout-7f9 at 10:00:00, 5xx > 1 %")
        == "orders.tax_id of checkout-7f9 at 10:00:00, 5xx &gt; 1 %"
    )


def test_marked_text_is_never_cut_inside_a_mark():
    text = "a <!date^1^{time}|02:14 UTC> &amp; `code span` end"
    for most in range(2, len(text) + 1):
        cut = t.clip_marked(text, most)
        assert len(cut) <= most
        assert cut.count("<") == cut.count(">")
        assert cut.count("`") % 2 == 0
        assert cut.count("&") == cut.count("&amp;")
