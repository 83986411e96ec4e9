"""The words of a request: whole sentences, people by their names, and nothing that is so only 'now' once it is over."""

from typing import Any

import pytest

from bot.core import events as e
from bot.core.events import ActionSuperseded, VerificationPassed
from bot.core.newly_critical import NOT_SET_UP
from bot.core.tool import Arranges, BlastRadius, Change, NotReversible, Starts, Target
from bot.views.approval_card import approval_card
from bot.views.blocks import Message, texts_of
from bot.views.incident_card import incident_card
from bot.views.notices import glass_broken
from bot.views.plan_words import under_way
from tests.scene import Paper, Scene, in_state, plan
from tests.views.test_cards import buttons


def words(message: Message) -> str:
    return "\n".join(texts_of(message["blocks"]))


def card(scene: Scene, approval: str = "a-1") -> str:
    assert isinstance(scene.book, Paper)
    return words(approval_card(scene.book.story(), approval))


def proposed(**changes: Any) -> str:
    return card(Scene(Paper()).opened().alert().looks().found().proposed(proposal=plan(**changes)))


def test_who_it_runs_as_is_the_accounts_own_name():
    shown = proposed(runs_as="system:serviceaccount:midwatch:midwatch-act")
    assert "*Runs as:* midwatch-act ·" in shown
    assert "system:" not in shown


def test_what_is_added_or_removed_is_said_so():
    added = Change(what="annotation restarted-at", before="not set", after="2026-11-20")
    removed = Change(what="env TAX_V2", before="on", after="not set")
    shown = proposed(changes=(added, removed))
    assert "adds annotation restarted-at `2026-11-20`" in shown
    assert "removes env TAX_V2, which was `on`" in shown


def test_its_sentences_are_whole():
    shown = proposed(inverse=NotReversible(reason="the pods are gone"))
    assert "*Way back:* none. The pods are gone" in shown
    assert "checks that CheckoutErrorRateHigh is quiet and 6 pods are ready, and no new critical alert" in shown


SCALED = {"expression": "", "workload": {"ready_replicas": 3, "replicas": 3}}
CRON_JOB = Target(kind="CronJob", namespace="payments", name="ledger", uid="9c1e", generation=3)


def test_pods_that_end_for_good_are_not_called_unavailable_for_a_time():
    blast = BlastRadius(pods=6, ready=6, unavailable_at_most=3, share_percent=50)
    shown = proposed(blast=blast, expects=SCALED)
    assert "6 of 6 pods ready now · at most 3 of the ready ones end for good (50 %)" in shown
    assert "3 pods are ready" in shown
    none = proposed(blast=blast.model_copy(update={"unavailable_at_most": 0}), expects=SCALED)
    assert "new pods start first" not in none


def test_what_is_started_beside_pods_is_not_called_jobs():
    shown = proposed(blast=Starts(pods=2, running=6), expects=SCALED)
    assert "starts 2 pods at once, beside 6 pods that run now, takes none away" in shown


def test_what_only_arranges_something_says_what_goes_on_and_what_comes_later():
    blast = Arranges(running=1, later=("the next run is due at 2026-11-20 03:00 UTC",))
    shown = proposed(target=CRON_JOB, blast=blast, expects={"cron_job": {"suspended": False}})
    assert "starts and takes nothing now; 1 Job that runs now goes on · the next run is due at 2026-11-20" in shown
    assert "its schedule is not suspended" in shown


def test_the_bounds_of_an_autoscaler_are_what_is_checked():
    expects = {"autoscaler": {"min_replicas": 2, "max_replicas": 9}}
    assert "checks that the autoscaler keeps 2 to 9 pods" in proposed(blast=Arranges(running=4), expects=expects)


@pytest.mark.parametrize(
    ("expects", "going"),
    [
        ({"workload": {}}, "rolling out"),
        (SCALED, "scaling"),
        ({"job": {}}, "the Job is running"),
        ({"cron_job": {}}, "taking effect"),
        ({"autoscaler": {}}, "taking effect"),
    ],
)
def test_what_goes_on_until_the_first_check_is_called_what_it_is(expects: dict[str, Any], going: str):
    assert under_way(plan(expects=expects)) == going


def test_once_it_is_over_nothing_is_said_of_now():
    assert "6 of 6 pods ready now" in proposed()
    done = card(in_state(Scene(Paper()), "succeeded").checked(1))
    assert "6 of 6 pods ready before" in done
    assert "ready now" not in done


def test_a_request_that_repeats_a_denied_one_says_by_whom_and_why():
    scene = Scene(Paper()).opened().alert().looks().found().proposed().denied("Wait for the owner").planned_again()
    shown = card(scene, "a-2")
    assert "the earlier request was denied by alice, <!date^" in shown
    assert ": “Wait for the owner”" in shown
    assert "<@U0ALICE>" not in shown.split("Planned again")[1].split("\n")[0]


def test_people_are_called_by_their_names_but_in_the_record_of_a_decision():
    scene = Scene(Paper()).opened().alert()
    assert isinstance(scene.book, Paper)
    story = scene.book.story()
    assert (story.called("U0ALICE"), story.called("U0EVE")) == ("alice", "U0EVE")
    assert story.name("U0ALICE") == "alice (`U0ALICE`)"
    assert "U0ALICE" not in words(incident_card(story))


def test_what_was_sent_back_for_changes_can_be_planned_again():
    scene = in_state(Scene(Paper()), "changes_requested")
    assert isinstance(scene.book, Paper)
    drawn = approval_card(scene.book.story(), "a-1")
    assert "Plan Again" in str(drawn["blocks"])


def test_what_nobody_needed_to_decide_any_more_is_closed_without_acting():
    scene = Scene(Paper()).opened().alert().looks().found().proposed()
    scene.book.write(ActionSuperseded(approval="a-1", why="alerts_over"))
    assert "*Closed without acting:* the alerts are over. Nothing ran." in card(scene)


def test_a_check_that_nobody_could_make_here_is_said_beside_those_that_passed():
    scene = in_state(Scene(Paper()), "succeeded")
    told = {"number": 1, "says": "fine", "alert": "quiet", "workload": "as_wanted", "fine": "6 of 6 pods are ready"}
    seen = scene.book.put({**told, "unlooked": NOT_SET_UP})
    scene.book.write(VerificationPassed(execution="x-a-1", check=1, seen=seen))
    assert "6 of 6 pods are ready; new critical alerts: not looked (not set up)" in card(scene)


# --- more than one person, one alone, and the highest tier


def weighed(scene: Scene) -> e.Ref:
    spoke = [{"id": "large_share", "says": "50 % of the ready pods could be unavailable at once", "setting": ""}]
    return scene.book.put({"facts": {}, "because": spoke})


def asking(needed: int = 2, **more: Any) -> Message:
    scene = Scene(Paper()).opened().alert().looks().found()
    scene.proposed(needed=needed, weighed=weighed(scene), **more)
    assert isinstance(scene.book, Paper)
    return approval_card(scene.book.story(), "a-1")


def test_the_card_says_why_it_takes_two_and_offers_the_glass():
    message = asking()
    assert "*Two people:* 50 % of the ready pods could be unavailable at once" in words(message)
    assert "0 of 2 approved" in words(message)
    assert [one["action_id"] for one in buttons(message)] == ["approve", "deny", "request_changes", "break_glass"]


def test_where_one_is_enough_there_is_no_glass():
    assert "break_glass" not in [one["action_id"] for one in buttons(asking(needed=1))]


def test_the_highest_tier_opens_a_form_to_type_its_name():
    first = buttons(asking(tier="critical"))[0]
    assert (first["action_id"], "confirm" in first) == ("approve_typed", False)


def test_an_owner_who_asked_themselves_gets_a_dialog():
    first = buttons(asking(needed=1, tier="routine", own="yes"))[0]
    assert "There is a way back." in str(first["confirm"])


def test_a_broken_glass_stays_on_the_card_and_calls_everybody_who_decides():
    scene = Scene(Paper()).opened().alert().looks().found()
    scene.proposed(needed=2, weighed=weighed(scene)).broken()
    assert isinstance(scene.book, Paper)
    story = scene.book.story()
    assert "Glass broken and approved alone* by <@U0ALICE>" in words(approval_card(story, "a-1"))
    told = words(glass_broken(story, "a-1"))
    assert "“nobody else is awake”" in told
    assert "It takes 2 people: 50 % of the ready pods" in told
    assert "<@U0ALICE>" in told
    assert "<!subteam^S0ONCALL>" in told
    assert "was it right?" in told


def test_who_else_asked_for_the_same_is_said_and_that_the_finding_proposes_it():
    found = Scene(Paper()).opened().alert().looks().found().proposed()
    asked_for = found.book.put({"namespace": "payments", "name": "checkout"})
    twin = e.IntentMade(intent="i-2", round=1, tool="roll_back_deployment", arguments=asked_for)
    found.book.write(
        twin,
        e.AlsoAsked(intent="i-a-1", user="U0BOB", ask="ask-1"),
        e.AlsoAsked(intent="i-a-1", twin="i-2"),
    )
    shown = card(found)
    assert "*Also asked for* by bob." in shown
    assert "<@U0BOB>" not in shown
    assert "*The finding* proposes the same" in shown


def test_what_was_decided_is_not_joined_any_more():
    found = in_state(Scene(Paper()), "denied")
    found.book.write(e.AlsoAsked(intent="i-a-1", user="U0BOB", ask="ask-1"))
    assert "Also asked" not in card(found)
