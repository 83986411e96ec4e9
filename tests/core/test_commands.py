"""`/ops …` in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands import AskForIncident, Explain, Help, OpenIncident, Status, parse
from bot.core.errors import BadInput
from bot.core.events import Severity


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Help()),
        ("help", Help()),
        ("status", Status()),
        ("STATUS shop", Status("shop")),
        ("explain KubePodCrashLooping", Explain("KubePodCrashLooping")),
        ("incident Shop is down", OpenIncident("Shop is down")),
        (
            "incident Shop is down service:shop severity:sev1 namespace:web",
            OpenIncident("Shop is down", "shop", "web", Severity.SEV1),
        ),
        ("incident", AskForIncident()),
        ("incident service:shop severity:sev1", AskForIncident("shop", Severity.SEV1)),
        ("status\tshop", Status("shop")),
        ("incident\u00a0Shop is down", OpenIncident("Shop is down")),
        ("\u2003explain\u3000KubePodCrashLooping", Explain("KubePodCrashLooping")),
        ("incident\nShop is down", OpenIncident("Shop is down")),
    ],
)
def test_what_people_type_is_understood(text: str, command: object) -> None:
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("reboot everything", "There is no “reboot”"),
        ("incident " + "x" * 300, "at most 250"),
        ("incident a severity:huge", "sev1, sev2"),
        ("explain", "Explain what?"),
        ("status one two", "Name one service"),
        ("incident " + "x" * 10_000, "10,009 characters"),
    ],
)
def test_what_cannot_be_understood_says_what_can(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says.replace("?", r"\?")):
        parse(text)


@given(st.text(max_size=3000))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        command = parse(text)
    except BadInput as refusal:
        command = str(refusal)

    assert command
