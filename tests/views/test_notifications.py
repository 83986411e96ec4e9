"""What a lock screen shows: the first 300 characters of `text` say what, since when, what is asked or how it is.

Read from the goldens, so that every kind of message drawn there is held to it, the next one too.
"""

import json
import re
from typing import Any

import pytest

from tests.views.conftest import FOLDER

# not about one incident as it stands: an answer to whoever just asked or pressed, or one piece of evidence in a thread
ANSWERS = ("already_", "answer_", "explain", "help_", "status_", "not_requested", "requested", "evidence_", "decision_")
MANY = ("bulletin_",)  # about many incidents, or about the bot itself
SHOWN = 300
WHAT = re.compile(r"checkout|loom", re.IGNORECASE)
SINCE = re.compile(r"since \d\d:\d\d UTC|\d\d:\d\d UTC to \d\d:\d\d UTC")
STANDS = re.compile(
    r"Decide|For you to carry out|needed by|press |Waiting for|look, please|must look|Nothing (more )?is asked"
    r"|nothing is wrong|cause found|no cause named|not enough|"
    r"Investigating|Resolved|recovered|approved|running|denied|requested"
    r"|settled|expired|did not work|stopped midway|withdrawn|change sent",
    re.IGNORECASE,
)


def drawn() -> dict[str, dict[str, Any]]:
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
    return {name: message for name, message in found.items() if "blocks" in message}


MESSAGES = drawn()
ABOUT_AN_INCIDENT = [name for name in MESSAGES if not name.startswith((*ANSWERS, *MANY))]


@pytest.mark.parametrize("name", MESSAGES)
def test_nothing_of_a_notification_is_lost(name: str):
    text = MESSAGES[name]["text"]
    assert 0 < len(text) <= SHOWN
    assert "…" not in text
    assert "\n" not in text


@pytest.mark.parametrize("name", ABOUT_AN_INCIDENT)
def test_a_notification_says_what_since_when_and_what_is_asked(name: str):
    shown = MESSAGES[name]["text"][:SHOWN]
    assert WHAT.search(shown), f"{name} does not say what it is about: {shown}"
    assert SINCE.search(shown), f"{name} does not say since when: {shown}"
    assert STANDS.search(shown), f"{name} does not say what is asked, or where it stands: {shown}"


def test_every_kind_of_message_is_among_them():
    kinds = {name.split("_")[0] for name in ABOUT_AN_INCIDENT}
    assert {"incident", "approval", "check", "notice", "home"} <= kinds
