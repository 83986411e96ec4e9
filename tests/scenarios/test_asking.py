"""A person asks for a change, with no alert anywhere: the real processes, from the words to the checked roll back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.playground.outfit import APPROVER, BOT, HOME, RESPONDER, VISITOR
from tests.playing import Stage, check_record, check_told_once, check_world, stage

STILL = Path(__file__).parent / "still-water"
pytestmark = pytest.mark.timeout(200)


@contextmanager
def still_water(folder: Path, **more: str) -> Iterator[Stage]:
    with stage(folder, more, scenario=STILL, presses={}) as story:
        yield story


def answers(story: Stage, user: str, wanted: int) -> list[str]:
    story.until(lambda: len(story.people.ephemerals(user)) >= wanted, 40, f"{wanted} answers")
    return story.whispers(user)


def test_asked_for_refused_to_the_one_who_asked_approved_by_another_and_checked(tmp_path: Path) -> None:
    with still_water(tmp_path) as story:
        assert story.people.command(RESPONDER, HOME, "/ops do roll back loom")["ok"]
        story.until(lambda: any(i.open_approvals for i in story.incidents()), 40, "a request")
        assert any("Asked for" in line for line in answers(story, RESPONDER, 1))
        [approval] = story.incident().approvals.values()
        assert (approval.requester, story.writes()) == (RESPONDER, [])

        story.presses = {"approve": (RESPONDER, VISITOR, APPROVER)}
        story.until(story.over, 100, "the end of the story")

        clicks = {click.user: (click.state, click.why) for click in story.incident().clicks.values()}
        assert clicks[RESPONDER] == ("refused", "requester")
        assert clicks[VISITOR] == ("refused", "not_approver")
        assert clicks[APPROVER] == ("counted", None)
        assert any("someone else must approve it" in line for line in story.whispers(RESPONDER))
        [execution] = story.incident().executions.values()
        assert [check.result for check in execution.checks] == ["passed", "passed"]
        assert story.incident().resolved_why == "request_over"
        check_world(story)
        check_record(story)
        check_told_once(story)

        before = len(story.people.ephemerals(VISITOR))
        assert story.people.command(VISITOR, HOME, "/ops explain loom in weaving")["ok"]
        remembered = "\n".join(answers(story, VISITOR, before + 1))
        assert "mended by Roll back Deployment loom in weaving" in remembered
        assert "Deployment loom: healthy" in remembered
        assert story.people.violations() == []


def test_what_cannot_be_meant_is_refused_and_what_is_asked_for_twice_is_asked_for_once(tmp_path: Path) -> None:
    with still_water(tmp_path) as story:
        people = story.people
        said = people.say(APPROVER, HOME, f"<@{BOT}> do please restart vat")
        story.until(lambda: any(i.open_approvals for i in story.incidents()), 40, "a request")
        thread = [m for m in people.messages(HOME) if m.get("thread_ts") == said["ts"] and m["user"] == BOT]
        assert len(thread) == 1
        assert (story.incident().service, story.incident().namespace) == ("vat", "dyeing")

        for number, (words, told) in enumerate(
            [
                ("restart vat in dyeing", "You have asked for this already"),
                ("restart nosuch", "There is no Deployment nosuch"),
                ("restart coredns in kube-system", "may not change anything there"),
            ],
            start=1,
        ):
            assert people.command(APPROVER, HOME, f"/ops do {words}")["ok"]
            assert any(told in line for line in answers(story, APPROVER, number)), story.whispers(APPROVER)
        assert "nothing Midwatch can do" in str(people.command(APPROVER, HOME, "/ops do drop table"))
        assert len(story.incidents()) == 1
        story.presses = {"approve": (APPROVER,)}  # entitled to approve, but not what he asked for himself
        assert any("someone else must approve it" in line for line in answers(story, APPROVER, 5))
        assert story.writes() == []
        assert people.violations() == []


def test_where_it_may_only_propose_it_gives_the_line_to_run_instead(tmp_path: Path) -> None:
    with still_water(tmp_path, MIDWATCH_MODE="propose") as story:
        assert story.people.command(RESPONDER, HOME, "/ops do roll back loom to revision 1")["ok"]
        told = "\n".join(answers(story, RESPONDER, 1))

        assert "MIDWATCH_MODE=propose" in told
        assert "kubectl" in told
        assert "--to-revision=1" in told
        assert story.incidents() == []
        assert story.writes() == []


def test_the_same_words_by_mention_are_answered_once_in_the_thread(tmp_path: Path) -> None:
    with still_water(tmp_path) as story:
        root = story.people.say(RESPONDER, HOME, "what is going on?")
        asked = story.people.say(RESPONDER, HOME, f"<@{BOT}> status loom", thread_ts=root["ts"])
        story.people.order("redeliver", {})
        story.people.say(VISITOR, HOME, f"<@{BOT}> make me a sandwich")
        story.people.say(VISITOR, HOME, f"<@{BOT}> help")

        def replies(ts: str) -> list[str]:
            return [str(m) for m in story.people.messages(HOME) if m.get("thread_ts") == ts and m["user"] == BOT]

        story.until(lambda: not story.ledgers.open_ledgers(), 40, "every answer")
        assert len(replies(root["ts"])) == 1, story.story()
        assert "Nothing needs attention for loom" in replies(root["ts"])[0]
        assert any("There is no “make” here" in line for line in story.seen())
        assert any("What you can ask" in line for line in story.seen())
        assert [e.kind for e in story.ledgers.read(asked_ledger(story))].count("CommandReceived") == 1, asked
        assert story.people.violations() == []


def asked_ledger(story: Stage) -> str:
    return next(name for name in story.ledgers.names() if name.startswith("ask-"))


def test_explain_answers_from_live_state_whatever_it_is_asked_about(tmp_path: Path) -> None:
    with still_water(tmp_path) as story:
        for number, (words, told) in enumerate(
            [
                ("NeverFires", "NeverFires: inactive now"),
                ('sum(rate(weaving_none_total{service="loom"}[1m])) > 5', "general knowledge of PromQL"),
                ("deployment/vat in dyeing", "Deployment vat: healthy"),
                ("sum(rate(x[5m]", "does not parse"),
                ("upstream timed out", "runbooks"),
            ],
            start=1,
        ):
            assert story.people.command(VISITOR, HOME, f"/ops explain {words}")["ok"]
            assert told in "\n".join(answers(story, VISITOR, number)), story.whispers(VISITOR)
        assert story.people.violations() == []


def test_an_alert_nobody_was_told_of_gets_its_incident_by_one_press_in_the_status(tmp_path: Path) -> None:
    with still_water(tmp_path) as story:
        assert story.people.command(VISITOR, HOME, "/ops status yarn")["ok"]
        assert any("YarnThin fires" in line for line in answers(story, VISITOR, 1)), story.whispers(VISITOR)
        [status] = story.people.ephemerals(VISITOR)
        for _ in range(2):
            assert story.people.click(VISITOR, HOME, status["message"]["ts"], "open_incident")["ok"]

        assert any("Opened: YarnThin fires" in line for line in answers(story, VISITOR, 3))
        assert [(i.service, i.requester) for i in story.incidents()] == [("yarn", VISITOR)]
        assert story.people.violations() == []
