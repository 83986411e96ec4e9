"""The narrator over real ledgers, the real Slack client and the stand-in: what people see, and that it is once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.core.approval import State
from bot.core.errors import Unreachable
from bot.core.events import (
    ChannelStep,
    CommanderChanged,
    DiagnosisStarted,
    FindingMade,
    Severity,
    SeverityChanged,
    Verdict,
)
from bot.core.failpoint import Point, arm
from bot.core.narration import due_at, next_steps
from bot.views.ids import ActionId
from tests.scene import ALT, DIFF, FINDING, HOUSE, INCIDENT, PIXEL, plan
from tests.services.newsroom import Newsroom


class Killed(BaseException):
    """What `kill -9` looks like from inside a test."""


@pytest.fixture(autouse=True)
def _unarmed() -> Iterator[None]:
    yield
    arm(lambda _: None)


def marks(newsroom: Newsroom, *channels: str) -> Counter[str]:
    """How often each message was posted, by its mark."""
    found = [m for channel in channels for m in newsroom.messages(channel)]
    return Counter(m["metadata"]["event_payload"]["id"] for m in found if m.get("metadata"))


def posted_once(newsroom: Newsroom) -> None:
    steps = newsroom.incident().steps
    own = steps["channel"].channel if "channel" in steps and steps["channel"].channel else None
    counts = marks(newsroom, "C0OPS", *([own] if own else []))
    assert counts
    assert set(counts.values()) == {1}, counts
    said = {f"{INCIDENT}/{name}" for name, step in steps.items() if step.state == "done" and step.ts}
    assert said == set(counts)


def message_of(newsroom: Newsroom, step: str) -> dict[str, Any]:
    done = newsroom.incident().steps[step]
    return next(m for m in newsroom.messages(str(done.channel)) if m["ts"] == done.ts)


def text_of(newsroom: Newsroom, step: str) -> str:
    """The blocks of one step's message, as one string."""
    return str(message_of(newsroom, step)["blocks"])


# --- the whole way


def test_an_incident_is_told_from_the_alert_to_the_end(newsroom: Newsroom):
    scene = newsroom.scene
    scene.opened().alert().looks().found().proposed()
    newsroom.tell()
    scene.started().ended("succeeded").checked(1)
    newsroom.tell()
    scene.checked(2).resolved()
    incident = newsroom.tell()
    posted_once(newsroom)
    assert all(step.state == "done" for step in incident.steps.values()), incident.steps
    assert "Done" in text_of(newsroom, "approval:a-1")
    assert "resolved" in text_of(newsroom, "card")
    assert next_steps(incident, newsroom.now()) == ()


def test_the_channel_has_its_people_its_topic_and_its_pinned_card(newsroom: Newsroom):
    newsroom.scene.opened().alert()
    newsroom.tell()
    channel = next(c for c in newsroom.people.see("channels") if c["id"] == newsroom.own_channel())
    assert channel["name"] == f"inc-{newsroom.incident().opened_at:%Y%m%d}-checkout-error-rate-high"
    assert "U0BOB" in channel["members"]
    assert "checkout (payments)" in str(channel["topic"])
    card = newsroom.incident().steps["card"]
    assert next(m for m in newsroom.messages(str(card.channel)) if m["ts"] == card.ts)["pinned_to"]


def test_the_on_call_and_the_deciders_are_called_once_each_and_nobody_else(newsroom: Newsroom):
    scene = newsroom.scene
    scene.opened().alert().looks().found().proposed()
    newsroom.tell()
    scene.started().ended("succeeded").checked(1).checked(2).resolved()
    newsroom.tell()
    incident = newsroom.incident()
    called = [(n["user"], n["ts"]) for n in newsroom.people.see("notifications") if n["delivered"]]
    assert sorted(called) == sorted(
        [
            ("U0BOB", incident.steps["card"].ts),
            ("U0BOB", incident.steps["approval:a-1"].ts),
            ("U0ALICE", incident.steps["approval:a-1"].ts),
        ]
    )


def test_a_warning_stays_at_home_with_its_thread(newsroom: Newsroom):
    newsroom.scene.opened(Severity.WARN, "home").alert().looks().found()
    incident = newsroom.tell()
    assert "channel" not in incident.steps
    assert {step.channel for step in incident.steps.values()} == {"C0OPS"}
    home = incident.steps["home"].ts
    assert all(m["thread_ts"] == home for m in newsroom.messages("C0OPS") if m["ts"] != home)
    assert newsroom.people.see("notifications") == []


def test_a_warning_that_gets_worse_moves_to_a_channel_and_calls_the_on_call(newsroom: Newsroom):
    newsroom.scene.opened(Severity.WARN, "home").alert()
    newsroom.tell()
    newsroom.write(SeverityChanged(severity=Severity.SEV1, place="incident", why="worse_alert"))
    incident = newsroom.tell()
    assert incident.steps["card"].state == "done"
    assert [n["user"] for n in newsroom.people.see("notifications")] == ["U0BOB"]
    assert newsroom.own_channel() in text_of(newsroom, "home")


def test_the_request_can_be_clicked_as_it_is_drawn(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found().proposed()
    newsroom.tell()
    step = newsroom.incident().steps["approval:a-1"]
    message = next(m for m in newsroom.messages(str(step.channel)) if m["ts"] == step.ts)
    buttons = [element for block in message["blocks"] if block["type"] == "actions" for element in block["elements"]]
    offered = {ActionId.APPROVE, ActionId.DENY, ActionId.REQUEST_CHANGES}
    assert {(b["action_id"], b["value"]) for b in buttons} == {(action, "a-1") for action in offered}


def test_the_whole_diff_hangs_in_the_thread(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found().proposed()
    incident = newsroom.tell()
    files = [m for m in newsroom.messages(newsroom.own_channel()) if m.get("files")]
    assert [m["thread_ts"] for m in files] == [incident.steps["card"].ts]
    [file] = files[0]["files"]
    assert file["size"] == len(plan().diff)
    assert (file["mode"], file["filetype"], file["mimetype"]) == ("snippet", "diff", "text/plain")
    assert (file["name"].endswith(".diff"), file["title"]) == (True, f"Dry run: {plan().title}")
    assert files[0]["text"].startswith("The whole dry run")


def test_a_new_plan_that_differs_stands_beside_the_old_one_in_the_thread_once(newsroom: Newsroom):
    other = plan(diff=DIFF.replace("2.30.4", "2.30.5"))
    newsroom.scene.opened().alert().looks().found().proposed().denied().planned_again(other)
    newsroom.tell()
    newsroom.run()
    beside = [m for m in newsroom.messages(newsroom.own_channel()) if "it is not the same" in m["text"]]
    assert [m["thread_ts"] for m in beside] == [newsroom.incident().steps["card"].ts]
    fields = next(block["fields"] for block in beside[0]["blocks"] if "fields" in block)
    assert ["2.30.4" in fields[0]["text"], "2.30.5" in fields[1]["text"]] == [True, True]


def test_a_new_plan_that_is_the_same_is_not_compared(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found().proposed().denied().planned_again()
    assert newsroom.tell().steps["compare:a-2"].why == "same_diff"


def test_the_topic_follows_the_severity_and_the_commander_is_let_in(newsroom: Newsroom):
    newsroom.scene.opened().alert()
    newsroom.tell()
    worse = newsroom.scene.clicked("severity", approval=INCIDENT, choice="sev1")
    taken = newsroom.scene.clicked("take", approval=INCIDENT)
    newsroom.write(
        SeverityChanged(severity=Severity.SEV1, place="incident", why="person_said", click=worse, user="U0ALICE"),
        CommanderChanged(commander="U0ALICE", click=taken, user="U0ALICE"),
    )
    newsroom.tell()
    [own] = [c for c in newsroom.people.see("channels") if c["id"] == newsroom.own_channel()]
    assert "SEV1" in str(own["topic"])
    assert newsroom.incident().steps["commander:U0ALICE"].state == "done"


def test_the_topic_says_once_more_that_it_is_over(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found().resolved()
    newsroom.tell()
    [own] = [c for c in newsroom.people.see("channels") if c["id"] == newsroom.own_channel()]
    assert own["topic"]["value"].startswith("Resolved · checkout was failing for about 1 in 5 requests")


def test_a_topic_that_reads_the_same_is_not_set_again(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found()
    first = newsroom.tell().steps["topic"]
    same = {"verdict": Verdict.CAUSE, "reasoner": "guided", "finding": newsroom.put(FINDING), "looks": 1}
    newsroom.write(DiagnosisStarted(round=2, reasoner="guided"), FindingMade(round=2, milliseconds=1, **same))  # type: ignore[arg-type]
    second = newsroom.tell().steps["topic"]
    assert (second.upto, second.label) == ((first.upto or 0) + 1, first.label)
    assert len(newsroom.calls("conversations.setTopic")) == 1


def test_the_chart_is_uploaded_once_into_the_thread_and_shown_on_the_card(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found()
    newsroom.tell()
    newsroom.scene.drawn()
    incident = newsroom.tell()
    assert newsroom.tell().steps == incident.steps
    [upload] = [m for m in newsroom.messages(newsroom.own_channel()) if m.get("files")]
    card = message_of(newsroom, "card")
    [shown] = [block for block in card["blocks"] if block["type"] == "image"]
    assert upload["thread_ts"] == card["ts"]
    assert shown["slack_file"] == {"id": upload["files"][0]["id"]}
    assert shown["alt_text"] == upload["files"][0]["alt_txt"] == ALT
    assert newsroom.slack.people.http.get(upload["files"][0]["url_private"]).content == PIXEL
    assert "21 % now" in upload["text"]


def images(newsroom: Newsroom) -> int:
    return [block["type"] for block in message_of(newsroom, "card")["blocks"]].count("image")


def test_a_picture_that_slack_has_not_looked_at_yet_is_shown_a_little_later(newsroom: Newsroom):
    newsroom.people.do("settings", file_ready_s=3600)
    newsroom.scene.opened().alert().looks().found().drawn()
    while (step := newsroom.incident().steps.get("picture")) is None:
        newsroom.ledgers.ahead += timedelta(seconds=2)
        newsroom.run()
    assert (step.state, step.why, step.upto) == ("failed", "invalid_blocks", 1)
    assert "it is in the thread" not in text_of(newsroom, "card")
    newsroom.people.do("settings", file_ready_s=0)
    assert newsroom.tell().steps["picture"].state == "done"
    assert images(newsroom) == 1


def test_a_card_that_slack_never_shows_the_picture_on_goes_on_without_it(newsroom: Newsroom):
    newsroom.people.do("settings", file_ready_s=36000)
    newsroom.scene.opened().alert().looks().found().drawn()
    incident = newsroom.tell()
    assert (incident.steps["picture"].state, incident.steps["picture"].upto) == ("failed", 3)
    assert incident.steps["card"].state == "done"
    assert images(newsroom) == 0
    assert "it is in the thread" in text_of(newsroom, "card")
    newsroom.scene.proposed()
    newsroom.tell()
    assert "Roll back" in text_of(newsroom, "card")


def test_a_picture_that_somebody_deleted_leaves_the_card_and_keeps_it_up_to_date(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found().drawn()
    newsroom.tell()
    assert images(newsroom) == 1
    for step in ("chart:1", "picture"):
        newsroom.write(ChannelStep(step=step, state="done", name="F0GONE"))  # Slack does not know this file
    newsroom.scene.proposed()
    newsroom.tell()
    assert images(newsroom) == 0
    assert "Roll back" in text_of(newsroom, "card")


def test_a_chart_that_slack_refuses_holds_up_nothing(newsroom: Newsroom):
    newsroom.fault(fault="error", method="files.completeUploadExternal", error="restricted_action", times=9)
    newsroom.scene.opened().alert().looks().found().drawn().proposed()
    incident = newsroom.tell()
    assert incident.steps["chart:1"].state == "failed"
    assert incident.steps["approval:a-1"].state == "done"
    assert incident.steps["evidence:E1"].state == "done"
    assert "uploading the chart did not work" in text_of(newsroom, "card")


def test_without_a_thread_there_is_no_chart(newsroom: Newsroom):
    newsroom.fault(fault="error", method="chat.postMessage", error="restricted_action", times=99)
    newsroom.scene.opened().alert().looks().found().drawn()
    newsroom.tell()
    assert newsroom.calls("files.getUploadURLExternal") == []


@pytest.mark.parametrize("point", [Point.NARRATION_BEGUN, Point.NARRATION_SAID, Point.NARRATION_RECORDED])
def test_killed_around_its_upload_there_is_one_chart(newsroom: Newsroom, point: Point):
    newsroom.scene.opened().alert().looks().found()
    newsroom.tell()
    newsroom.scene.drawn()
    arm(_killing(point, after=0))
    with pytest.raises(Killed):
        newsroom.tell()
    arm(lambda _: None)
    incident = newsroom.tell()
    [upload] = [m for m in newsroom.messages(newsroom.own_channel()) if m.get("files")]
    assert incident.steps["chart:1"].label == upload["files"][0]["id"]
    assert any(block["type"] == "image" for block in message_of(newsroom, "card")["blocks"])


def test_a_decision_is_a_line_of_its_own_with_the_ledgers_head(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found().proposed().approved()
    incident = newsroom.tell()
    click = next(iter(incident.clicks))
    approved = next(event for event in newsroom.ledgers.read(INCIDENT) if event.kind == "ActionApproved")
    line = text_of(newsroom, f"decision:{click}")
    assert approved.hash[:12] in line
    assert plan().digest()[:12] in line
    assert "alice" in line
    assert incident.steps[f"decision:{click}"].upto is None


def test_links_of_evidence_lead_to_its_card(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found()
    incident = newsroom.tell()
    evidence = incident.steps["evidence:E1"]
    assert f"/p{str(evidence.ts).replace('.', '')}?thread_ts={incident.steps['card'].ts}" in text_of(newsroom, "card")


def test_everything_said_keeps_slacks_rules(newsroom: Newsroom):
    scene = newsroom.scene
    scene.opened().alert().looks().found().proposed().intent_refused().click_refused("not_approver")
    newsroom.tell()
    scene.started().ended("unknown").observed()
    newsroom.tell()
    assert set(newsroom.people.rules()) <= {"message_rate", "update_rate"}  # this narrator is not paced


# --- late, refused, unknown


def test_somebody_refused_is_told_alone_and_once(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found().proposed()
    newsroom.tell()
    newsroom.scene.click_refused("not_approver", user="U0BOB")
    newsroom.tell()
    newsroom.run()
    whispers = newsroom.people.see("ephemerals", user="U0BOB")
    assert len(whispers) == 1
    assert "You may not decide this" in str(whispers[0]["message"]["blocks"])


def test_an_unknown_outcome_calls_who_may_decide_and_offers_both_answers(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found().proposed()
    newsroom.tell()
    before = len(newsroom.people.see("notifications"))
    newsroom.scene.started().ended("unknown").observed()
    incident = newsroom.tell()
    assert incident.approvals["a-1"].state is State.UNKNOWN
    called = newsroom.people.see("notifications")[before:]
    assert {n["user"] for n in called} == {"U0ALICE", "U0BOB"}
    assert {n["ts"] for n in called} == {incident.steps["unknown:a-1"].ts}
    drawn = text_of(newsroom, "approval:a-1")
    assert "establish_done" in drawn
    assert "establish_not_done" in drawn
    assert "4 of 6 ready" in text_of(newsroom, "unknown:a-1")


def test_a_check_that_failed_calls_the_on_call_in_the_channel(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found().proposed().started().ended("succeeded").checked(1, "failed")
    incident = newsroom.tell()
    step = incident.steps["check:x-a-1:1"]
    message = next(m for m in newsroom.messages(str(step.channel)) if m["ts"] == step.ts)
    assert message.get("thread_ts") in (None, step.ts)
    assert any(n["ts"] == step.ts and n["user"] == "U0BOB" for n in newsroom.people.see("notifications"))


# --- what Slack refuses


def test_without_the_right_to_make_channels_everything_is_said_at_home(newsroom: Newsroom):
    newsroom.fault(fault="error", method="conversations.create", error="restricted_action", times=9)
    newsroom.scene.opened().alert().looks().found().proposed()
    incident = newsroom.tell()
    assert incident.steps["channel"].why == "restricted_action"
    assert {s.channel for s in incident.steps.values() if s.ts} == {"C0OPS"}
    assert "does not let the app do that" in text_of(newsroom, "home")
    assert any(n["user"] == "U0BOB" for n in newsroom.people.see("notifications"))
    posted_once(newsroom)


def test_a_refused_step_is_shown_on_the_card_and_blocks_nothing(newsroom: Newsroom):
    newsroom.fault(fault="error", method="pins.add", error="missing_scope", times=3)
    newsroom.fault(fault="error", method="files.completeUploadExternal", error="missing_scope", times=3)
    newsroom.scene.opened().alert().looks().found().proposed()
    incident = newsroom.tell()
    assert incident.steps["pin"].state == "failed"
    assert incident.steps["diff:a-1"].state == "failed"
    card = text_of(newsroom, "card")
    assert "pinning the card did not work" in card
    assert "uploading a diff did not work" in card
    assert incident.steps["evidence:E3"].state == "done"


def test_a_home_channel_that_does_not_exist_does_not_silence_the_incidents_own(newsroom: Newsroom):
    newsroom.house = replace(HOUSE, home="C0NOWHERE")
    newsroom.scene.opened().alert()
    newsroom.run()
    incident = newsroom.incident()
    assert (incident.steps["home"].state, incident.steps["home"].why) == ("failed", "channel_not_found")
    assert incident.steps["card"].state == "done"
    due = due_at(incident, newsroom.now())
    assert due is not None
    assert due > newsroom.now()


def test_home_is_joined_where_the_bot_is_not_in_it_yet(newsroom: Newsroom):
    newsroom.house = replace(HOUSE, home="C0LOBBY")
    newsroom.scene.opened(Severity.WARN, "home").alert()
    newsroom.tell()
    assert len(newsroom.messages("C0LOBBY")) == 1


def test_somebody_who_cannot_be_invited_does_not_keep_the_others_out(newsroom: Newsroom):
    newsroom.house = replace(HOUSE, oncall=("U0GONE", "U0BOB", "S0ONCALL"))
    newsroom.scene.opened().alert()
    incident = newsroom.tell()
    channel = next(c for c in newsroom.people.see("channels") if c["id"] == newsroom.own_channel())
    assert {"U0BOB", "U0ALICE"} <= set(channel["members"])
    assert (incident.steps["invite"].state, incident.steps["invite"].why) == ("failed", "user_not_found")


def test_when_the_channel_is_archived_the_request_is_made_again_at_home(newsroom: Newsroom):
    newsroom.scene.opened().alert().looks().found().proposed()
    newsroom.tell()
    old = newsroom.own_channel()
    newsroom.slack.client().conversations_archive(channel=old)
    newsroom.scene.voted()
    incident = newsroom.tell()
    assert incident.steps["channel"].state == "failed"
    assert incident.steps["approval:a-1"].channel == "C0OPS"
    assert "Approve Roll Back" in text_of(newsroom, "approval:a-1")
    assert "the channel is archived" in text_of(newsroom, "home")


def test_a_card_somebody_deleted_is_not_posted_again(newsroom: Newsroom):
    newsroom.scene.opened().alert()
    incident = newsroom.tell()
    card = incident.steps["card"]
    newsroom.slack.client().chat_delete(channel=str(card.channel), ts=str(card.ts))
    newsroom.scene.looks().found()
    incident = newsroom.tell()
    assert (incident.steps["card"].state, incident.steps["card"].why) == ("failed", "message_not_found")
    assert incident.steps["evidence:E1"].state == "skipped"


# --- names


def test_a_taken_name_gets_the_next_number(newsroom: Newsroom):
    newsroom.scene.opened().alert()
    base = f"inc-{newsroom.incident().opened_at:%Y%m%d}-checkout-error-rate-high"
    for name in (base, f"{base}-2"):
        newsroom.slack.client().conversations_create(name=name)
    incident = newsroom.tell()
    assert incident.steps["channel"].label == f"{base}-3"


def test_when_every_number_is_taken_the_incidents_own_is_used(newsroom: Newsroom):
    newsroom.scene.opened().alert()
    base = f"inc-{newsroom.incident().opened_at:%Y%m%d}-checkout-error-rate-high"
    for name in (base, *(f"{base}-{n}" for n in range(2, 6))):
        newsroom.slack.client().conversations_create(name=name)
    assert newsroom.tell().steps["channel"].label == f"{base}-3f2a9c41"


def test_another_incidents_channel_of_the_same_name_is_never_taken_over(newsroom: Newsroom):
    """It died before it made its channel; meanwhile another incident's got that name, made by the same bot."""
    newsroom.scene.opened().alert()
    arm(_killing(Point.NARRATION_BEGUN, after=1))
    with pytest.raises(Killed):
        newsroom.run()
    name = str(newsroom.incident().steps["channel"].label)
    other = str(newsroom.room().create_channel(name))
    assert newsroom.turns.claim(other, "inc-20261120-00000000")
    arm(lambda _: None)
    incident = newsroom.tell()
    assert incident.steps["channel"].channel != other
    assert incident.steps["channel"].label == f"{name}-2"


# --- killed, lost, too fast


def _killing(point: str, after: int):  # type: ignore[no-untyped-def]
    """Dies once, when ``point`` is reached for the ``after``-th time after the first."""
    seen = 0

    def hook(reached: str) -> None:
        nonlocal seen
        if reached == point:
            seen += 1
            if seen == after + 1:
                raise Killed(point)

    return hook


@pytest.mark.parametrize("point", [Point.NARRATION_BEGUN, Point.NARRATION_SAID, Point.NARRATION_RECORDED])
@pytest.mark.parametrize("after", range(0, 12, 1))
def test_killed_anywhere_it_goes_on_and_says_nothing_twice(newsroom: Newsroom, point: Point, after: int):
    newsroom.scene.opened().alert().looks().found().proposed().approved()
    arm(_killing(point, after))
    died = False
    try:
        newsroom.tell()
    except Killed:
        died = True
        arm(lambda _: None)
        newsroom.tell()
    assert died or after > 5, "nothing was reached"
    posted_once(newsroom)
    uploads = [m for m in newsroom.messages(newsroom.own_channel()) if m.get("files")]
    assert len(uploads) == 1
    made = [c for c in newsroom.people.see("channels") if c["name"].startswith("inc-")]
    assert len(made) == 1
    assert all(step.state == "done" for step in newsroom.incident().steps.values())


@pytest.mark.parametrize(
    ("method", "skip"),
    [("chat.postMessage", n) for n in range(4)] + [("conversations.create", 0), ("files.completeUploadExternal", 0)],
)
def test_a_lost_answer_does_not_become_a_second_message(newsroom: Newsroom, method: str, skip: int):
    newsroom.scene.opened().alert().looks().found().proposed()
    newsroom.fault(fault="lost_answer", method=method, skip=skip)
    with pytest.raises(Unreachable):
        newsroom.tell()
    newsroom.tell()
    posted_once(newsroom)
    assert len([c for c in newsroom.people.see("channels") if c["name"].startswith("inc-")]) == 1
    assert len([m for m in newsroom.messages(newsroom.own_channel()) if m.get("files")]) == 1


def test_a_message_found_again_is_drawn_again(newsroom: Newsroom):
    newsroom.scene.opened().alert()
    newsroom.fault(fault="lost_answer", method="chat.postMessage")
    with pytest.raises(Unreachable):
        newsroom.run()
    newsroom.scene.looks().found()
    newsroom.tell()
    assert "1 in 5 requests" in text_of(newsroom, "home")


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "conversations.create", "conversations.invite"])
def test_when_slack_says_later_it_comes_back_later(newsroom: Newsroom, method: str):
    newsroom.scene.opened().alert().looks().found().proposed()
    newsroom.fault(fault="ratelimited", method=method, retry_after_s=30, times=1)
    newsroom.tell(30)
    posted_once(newsroom)
    refused = [call for call in newsroom.calls(method) if call["status"] == 429]
    assert len(refused) == 1


def test_a_long_wait_ends_the_job_instead_of_holding_the_queue(newsroom: Newsroom):
    newsroom.scene.opened().alert()
    newsroom.fault(fault="ratelimited", method="chat.postMessage", retry_after_s=30, times=9)
    newsroom.run()
    assert newsroom.moments.slept == []
    assert due_at(newsroom.incident(), newsroom.now()) is not None


def test_it_gives_way_when_another_job_waits(newsroom: Newsroom):
    newsroom.client.rpush("rq:queue:talk", "talk-answer-ask-1")
    newsroom.moments.slept.append(5.0)  # the clock of this job
    newsroom.scene.opened().alert().looks().found().proposed()
    newsroom.fault(fault="ratelimited", method="chat.postMessage", retry_after_s=1, skip=2, times=3)
    newsroom.run()
    assert sum(newsroom.moments.slept) - 5.0 <= 2.5
    assert due_at(newsroom.incident(), newsroom.now()) is not None
    newsroom.client.delete("rq:queue:talk")
    newsroom.tell()
    posted_once(newsroom)


def test_slack_down_is_an_error_of_the_job_and_of_nothing_else(newsroom: Newsroom):
    newsroom.scene.opened().alert()
    newsroom.fault(fault="server_error", method="*", times=50)
    with pytest.raises(Unreachable):
        newsroom.run()
    newsroom.people.do("reset")
    newsroom.tell()
    posted_once(newsroom)


def test_while_another_run_narrates_this_one_says_nothing(newsroom: Newsroom):
    newsroom.scene.opened().alert()
    with newsroom.turns.turn(INCIDENT, "another") as theirs:
        assert theirs
        newsroom.run()
        assert newsroom.messages("C0OPS") == []
    newsroom.tell()
    posted_once(newsroom)


def test_two_hundred_alerts_become_edits_three_seconds_apart(newsroom: Newsroom):
    newsroom.scene.opened().alert()
    newsroom.tell()
    newsroom.ledgers.ahead = timedelta(0)
    before = len(newsroom.calls("chat.update"))
    for number in range(200):
        newsroom.scene.alert(fingerprint=f"n{number}")
        if number % 10 == 0:
            newsroom.run()
    edits = newsroom.calls("chat.update")[before:]
    newsroom.tell()
    for message in {str(edit["args"]["ts"]) for edit in edits}:
        times = [edit["at"] for edit in edits if edit["args"]["ts"] == message]
        assert all(after - first > 2.9 for first, after in pairwise(times)), times
    assert "201 alerts" in text_of(newsroom, "card")
