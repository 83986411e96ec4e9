"""What a mention says to us, and which mentions are none: other apps' words, edits, joins."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.adapters.changes import offered_specs
from bot.core.errors import Unreachable
from bot.services.reception import Said
from handlers.listener import Door
from handlers.mentions import mentioned, words_of
from tests.scene import HOUSE

US = "U0MIDWATCH"


@dataclass
class Listening:
    """A reception that keeps what it is told; ``broken`` when Redis does not answer."""

    heard: list[Said] = field(default_factory=list)
    broken: bool = False

    def said(self, said: Said) -> str:
        if self.broken:
            raise Unreachable("Redis does not answer")
        self.heard.append(said)
        return "ask-1"


def deliver(reception: Listening, text: str = f"<@{US}> status web", **event: Any) -> None:
    told = {"type": "app_mention", "user": "U0ALICE", "text": text, "ts": "5.000100", "channel": "C0OPS", **event}
    body = {"team_id": "T0HARBOUR", "event": told, "authorizations": [{"user_id": US}]}
    with ThreadPoolExecutor(1) as later:
        door = Door(reception, later, None, lambda *_: None, HOUSE, offered_specs())  # type: ignore[arg-type]
        mentioned(body, door)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"<@{US}> status web", "status web"),
        (f"<@{US}|midwatch>: status", "status"),
        (f"hey <@U0BOB>, <@{US}> explain it", "explain it"),
        (f"status <@{US}>", "status"),
        (f"<@{US}> explain a &gt; 1 &amp;&amp; b &lt; 2", "explain a > 1 && b < 2"),
        (f"<@{US}> explain <http://web.shop|web.shop> in <#C0123ABCD|ops>", "explain web.shop in ops"),
        (f"<@{US}>", ""),
    ],
)
def test_what_is_said_to_us_is_what_people_read(text: str, words: str) -> None:
    assert words_of(text, US) == words


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("status web", "status"),
        ("explain Watchdog", "explain"),
        ("incident It smells of smoke", "incident"),
        ("do restart web", "do"),
        ("freeze 30 we migrate", "freeze"),
        ("freeze 0", "misread"),
        ("unfreeze", "unfreeze"),
        ("unfreeze is what lifts it", "misread"),
        ("do restart", "misread"),
        ("dance", "misread"),
        ("help", "help"),
        ("", "help"),
    ],
)
def test_it_is_written_down_under_the_name_of_its_command(text: str, command: str) -> None:
    reception = Listening()
    deliver(reception, f"<@{US}> {text}")

    [said] = reception.heard
    assert (said.command, said.text, said.thread) == (command, text, "5.000100")


def test_in_a_thread_it_belongs_to_that_thread_and_is_named_by_its_own_message() -> None:
    reception = Listening()
    deliver(reception, thread_ts="1.000100")

    assert (reception.heard[0].thread, reception.heard[0].trigger) == ("1.000100", "C0OPS:5.000100")


def test_somebody_of_another_workspace_is_written_down_as_that() -> None:
    reception = Listening()
    deliver(reception, team="T0HARBOUR", user_team="T0ELSEWHER")

    assert reception.heard[0].who.team == "T0ELSEWHER"


@pytest.mark.parametrize("event", [{"bot_id": "B0OTHER"}, {"subtype": "bot_message"}, {"user": None}])
def test_another_apps_words_are_not_heard(event: dict[str, Any]) -> None:
    reception = Listening()
    deliver(reception, **event)

    assert reception.heard == []


def test_what_cannot_be_written_down_is_not_acknowledged() -> None:
    with pytest.raises(Unreachable):
        deliver(Listening(broken=True))


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (f"thanks <@{US}>, that helped", 0),
        (f"thanks <@{US}>", 0),
        (f"<@{US}> thanks", 1),
        (f"could you <@{US}> do restart", 1),
    ],
)
def test_who_only_speaks_of_us_is_left_alone(text: str, heard: int) -> None:
    reception = Listening()
    deliver(reception, text)

    assert len(reception.heard) == heard
