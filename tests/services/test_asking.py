"""A request becomes one intent in one incident, with who asked; or an answer that says why not."""

from typing import Any

import pytest

from bot.adapters.changes import offered_specs
from bot.core.errors import Unreachable
from bot.core.events import (
    ActionDenied,
    ActionPrepared,
    ActionProposed,
    ChannelStep,
    ClickReceived,
    CommandReceived,
    Fact,
    Frozen,
    IncidentListed,
    IncidentOpened,
    IncidentResolved,
    IntentMade,
    Severity,
    TargetFound,
)
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import WORKSPACE
from bot.core.question import fold_question
from bot.services.asking import MOST_OPEN, Asking
from bot.services.pressing import Members
from tests.reasoning.stage import Bell, Store, store

ASK = "ask-0123456789abcdef"
OPEN = "inc-20261120-3f2a9c41"
SPECS = {spec.name: spec for spec in offered_specs()}


@pytest.fixture
def at(redis_url: str) -> Store:
    return store(redis_url)


def asked(at: Store, words: str = "do restart web in shop", found: bool = True, **more: Any) -> None:
    text = at.payloads.put(ASK, words)
    told = {"command": "do", "user": "U0ASKER", "team": "T1", "channel": "C0OPS", "text": text, **more}
    at.ledgers.record(ASK, [CommandReceived(**told)], "slack:T1/U0ASKER")
    if found:
        arguments = at.payloads.put(ASK, {"namespace": "shop", "name": "web"})
        target = TargetFound(tool="restart_deployment", namespace="shop", name="web", arguments=arguments)
        at.ledgers.record(ASK, [target], "process:diagnose")


def opened(at: Store, service: str = "web", **step: str) -> None:
    ref = at.payloads.put(OPEN, "It smells of smoke")
    facts = {"severity": Severity.SEV2, "service": service, "namespace": "shop", "key": "1" * 32}
    at.ledgers.record(WORKSPACE, [IncidentListed(incident=OPEN, **facts)], "process:serve")
    at.ledgers.record(OPEN, [IncidentOpened(title=ref, why="person_said", place="incident", **facts)], "process:serve")
    if step:
        at.ledgers.record(OPEN, [ChannelStep(step="channel", state="done", **step)], "process:talk")


def request(at: Store, mode: str = "act", team: str | None = "T1", guest: str = "") -> dict[str, Any]:
    guests = {guest: "guest"}
    Asking(at.ledgers, at.payloads, Bell(), SPECS, Members(lambda: team, lambda user: guests.get(user)), mode).request(
        ASK
    )
    answer = fold_question(ASK, at.ledgers.read(ASK)).answer
    assert answer is not None
    told: dict[str, Any] = at.payloads.get(ASK, answer)
    return told


def incidents(at: Store) -> list[Incident]:
    return [fold(name, at.ledgers.read(name)) for name in at.ledgers.names() if name.startswith("inc-")]


def test_it_opens_an_incident_that_nobody_is_called_for_with_the_asker_in_the_intent(at: Store) -> None:
    asked(at)

    told = request(at)

    [incident] = incidents(at)
    [intent] = incident.intents.values()
    assert (intent.requester, intent.tool, intent.state) == ("U0ASKER", "restart_deployment", "open")
    assert at.payloads.get(incident.id, intent.arguments) == {"namespace": "shop", "name": "web"}
    assert (incident.place, incident.service, incident.requester) == ("home", "web", "U0ASKER")
    assert told == {"kind": "requested", "incident": incident.id, "title": "Restart web in shop"}


def test_asked_again_and_again_it_is_made_once(at: Store) -> None:
    asked(at)
    first = request(at)
    at.ledgers.record(first["incident"], [IncidentResolved(why="request_over")], "process:serve")

    assert request(at) == first
    assert len(incidents(at)) == 1


def test_it_joins_the_open_incident_of_the_same_service(at: Store) -> None:
    opened(at)
    asked(at)

    told = request(at)

    assert (told["incident"], told["joined"]) == (OPEN, True)
    assert [intent.requester for intent in incidents(at)[0].intents.values()] == ["U0ASKER"]


def test_asked_in_an_incidents_own_channel_it_joins_that_one(at: Store) -> None:
    opened(at, service="till", channel="C0INC", ts="1.5", name="inc-till")
    asked(at, channel="C0INC", thread="1.5")

    assert request(at)["incident"] == OPEN


def test_another_services_incident_is_left_alone(at: Store) -> None:
    opened(at, service="till")
    asked(at)

    assert request(at)["incident"] != OPEN


def test_the_same_change_of_the_same_target_is_not_asked_for_twice(at: Store) -> None:
    asked(at)
    ledger = request(at)["incident"]
    plan, target = at.payloads.put(ledger, {}), "Deployment/shop/web"
    intent = f"intent-{ASK}"
    proposed = ActionProposed(
        approval="a-1", intent=intent, tool="restart_deployment", target=target, plan=plan, digest="d" * 64, needed=1,
        expires_at="2100-01-01T00:00:00.000Z",
    )  # fmt: skip
    prepared = ActionPrepared(intent=intent, plan=plan, digest="d" * 64, target=target)
    at.ledgers.record(ledger, [prepared, proposed], "process:act")
    again = "ask-fedcba9876543210"
    arguments = at.payloads.put(again, {"namespace": "shop", "name": "web"})
    at.ledgers.record(
        again,
        [
            CommandReceived(command="do", user="U2", team="T1", channel="C1", text=at.payloads.put(again, "do …")),
            TargetFound(tool="restart_deployment", namespace="shop", name="web", arguments=arguments),
        ],
        "process:test",
    )

    Asking(at.ledgers, at.payloads, Bell(), SPECS, Members(lambda: "T1", lambda _: None), "act").request(again)

    answer = fold_question(again, at.ledgers.read(again)).answer
    assert answer is not None
    told = at.payloads.get(again, answer)
    assert (told["kind"], told["beside"], told["mine"]) == ("requested", True, False)
    [intent] = incidents(at)[0].intents.values()
    assert (intent.requester, intent.also) == ("U0ASKER", ("U2",))


def test_nobody_looked_but_everything_was_named_so_the_act_process_will_look(at: Store) -> None:
    asked(at, found=False)

    assert request(at)["kind"] == "requested"


def test_what_lives_in_no_namespace_is_asked_for_without_one(at: Store) -> None:
    asked(at, "do cordon node-1", found=False)

    told = request(at)

    [incident] = incidents(at)
    [intent] = incident.intents.values()
    assert at.payloads.get(incident.id, intent.arguments) == {"name": "node-1"}
    assert (incident.service, incident.namespace, told["title"]) == ("node-1", None, "Cordon node-1")


def test_nobody_looked_and_the_namespace_is_not_known_so_nothing_is_asked_for(at: Store) -> None:
    asked(at, "do restart web", found=False)

    assert request(at) == {"kind": "gave_up"}
    assert incidents(at) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"mode": "observe"}, "mode_observe"),
        ({"mode": "propose"}, "mode_propose"),
        ({"team": "T2"}, "other_workspace"),
        ({"guest": "U0ASKER"}, "not_member"),
    ],
)
def test_where_nothing_may_be_changed_nothing_is_asked_for(at: Store, changes: dict[str, str], why: str) -> None:
    asked(at)

    assert request(at, **changes)["why"] == why
    assert incidents(at) == []


def test_where_it_may_only_propose_it_says_what_to_type_instead(at: Store) -> None:
    asked(at)

    assert "rollout restart" in request(at, mode="propose")["command"]


def test_while_changes_are_frozen_nothing_is_asked_for(at: Store) -> None:
    at.ledgers.record(WORKSPACE, [Frozen(user="U0BOSS")], "process:serve")
    asked(at)

    told = request(at)

    assert (told["why"], told["user"]) == ("frozen", "U0BOSS")
    assert incidents(at) == []


def test_until_slack_has_said_who_is_who_the_request_waits(at: Store) -> None:
    asked(at)

    with pytest.raises(Unreachable):
        request(at, team=None)
    assert request(at)["kind"] == "requested"


def test_one_person_has_no_more_than_a_handful_of_requests_open(at: Store) -> None:
    for number in range(MOST_OPEN + 1):
        ask, name = f"ask-{number:016x}", f"web-{number}"
        told = {"command": "do", "user": "U0ASKER", "team": "T1", "channel": "C0OPS"}
        at.ledgers.record(ask, [CommandReceived(text=at.payloads.put(ask, f"do restart {name} in shop"), **told)], "p")
        members = Members(lambda: "T1", lambda _: None)
        Asking(at.ledgers, at.payloads, Bell(), SPECS, members, "act").request(ask)

    last = fold_question(ask, at.ledgers.read(ask))
    assert last.answer is not None
    assert at.payloads.get(ask, last.answer)["why"] == "too_many_requests"
    assert len(incidents(at)) == MOST_OPEN


DENIED = ActionDenied(approval="a-1", click="c" * 32, user="U3")


def proposed(at: Store, intent: str) -> list[Fact]:
    plan, digest, target = at.payloads.put(OPEN, {"title": "x"}), "d" * 64, "Deployment/shop/web"
    return [
        ActionPrepared(intent=intent, plan=plan, digest=digest, target=target),
        ActionProposed(
            approval="a-1",
            intent=intent,
            tool="restart_deployment",
            target=target,
            plan=plan,
            digest=digest,
            needed=1,
            expires_at="2099-01-01T00:00:00.000Z",
        ),
        ClickReceived(
            click="c" * 32,
            approval="a-1",
            action="deny",
            user="U3",
            team="T1",
            channel="C0INC",
            message_ts="1.6",
            action_ts="1.7",
        ),
    ]


def ask_for(at: Store, number: int, name: str, user: str = "U0ASKER", channel: str = "C0OPS") -> dict[str, Any]:
    ask = f"ask-{number:016x}"
    text = at.payloads.put(ask, f"do restart {name} in shop")
    received = CommandReceived(command="do", user=user, team="T1", channel=channel, text=text)
    at.ledgers.record(ask, [received], f"slack:T1/{user}")
    Asking(at.ledgers, at.payloads, Bell(), SPECS, Members(lambda: "T1", lambda _: None), "act").request(ask)
    answer = fold_question(ask, at.ledgers.read(ask)).answer
    assert answer is not None
    told: dict[str, Any] = at.payloads.get(ask, answer)
    return told


def test_requests_made_in_somebody_elses_incident_count_too(at: Store) -> None:
    opened(at, channel="C0INC", ts="1.5", name="inc-web")
    told = [ask_for(at, number, f"web-{number}", channel="C0INC") for number in range(MOST_OPEN + 1)]

    assert told[-1]["why"] == "too_many_requests"
    assert {one.get("joined") for one in told[:-1]} == {True}
    assert ask_for(at, 77, "web-77", user="U0OTHER", channel="C0INC")["kind"] == "requested"


def test_the_same_is_not_asked_for_twice_while_the_first_has_no_plan_yet(at: Store) -> None:
    opened(at, service="till", channel="C0INC", ts="1.5", name="inc-till")
    ask_for(at, 1, "web", channel="C0INC")

    assert ask_for(at, 2, "web", user="U0OTHER", channel="C0INC")["beside"] is True
    assert ask_for(at, 3, "api", user="U0OTHER", channel="C0INC")["kind"] == "requested"
    assert [intent.also for intent in incidents(at)[0].intents.values()] == [("U0OTHER",), ()]


def test_whoever_asks_again_is_told_so_and_counted_once(at: Store) -> None:
    opened(at, service="till", channel="C0INC", ts="1.5", name="inc-till")
    ask_for(at, 1, "web", channel="C0INC")

    assert ask_for(at, 2, "web", channel="C0INC")["mine"] is True
    for number in (3, 4):
        assert ask_for(at, number, "web", user="U0OTHER", channel="C0INC")["mine"] is False
    [intent] = incidents(at)[0].intents.values()
    assert (intent.requester, intent.also) == ("U0ASKER", ("U0OTHER",))


def test_what_is_running_is_not_joined(at: Store) -> None:
    opened(at, service="till", channel="C0INC", ts="1.5", name="inc-till")
    ask_for(at, 1, "web", channel="C0INC")
    at.ledgers.record(OPEN, [*proposed(at, "intent-ask-0000000000000001"), DENIED], "process:act")
    assert (
        ask_for(at, 2, "web", user="U0OTHER", channel="C0INC").get("joined") is True
    )  # a new request, not a joined one

    first, second = incidents(at)[0].intents.values()
    assert (first.also, second.requester) == ((), "U0OTHER")


def test_what_says_more_than_what_waits_is_another_change(at: Store) -> None:
    opened(at, service="till", channel="C0INC", ts="1.5", name="inc-till")
    for number, arguments in enumerate(({"to_revision": 2}, {"to_revision": 3})):
        waits = at.payloads.put(OPEN, {"namespace": "shop", "name": f"web-{number}", "to_revision": 2})
        own = IntentMade(intent=f"intent-{number}", round=1, tool="roll_back_deployment", arguments=waits)
        at.ledgers.record(OPEN, [own], "process:diagnose")
        ask, words = f"ask-{number:016x}", at.payloads.put(OPEN, "do …")
        found = at.payloads.put(ask, {"namespace": "shop", "name": f"web-{number}", **arguments})
        facts = (
            CommandReceived(command="do", user="U2", team="T1", channel="C1", text=words),
            TargetFound(tool="roll_back_deployment", namespace="shop", name=f"web-{number}", arguments=found),
        )
        at.ledgers.record(ask, facts, "process:test")
        Asking(at.ledgers, at.payloads, Bell(), SPECS, Members(lambda: "T1", lambda _: None), "act").request(ask)

    assert [intent.also for intent in incidents(at)[0].intents.values()] == [("U2",), ()]


def test_another_change_of_a_target_that_waits_is_refused_with_where_it_waits(at: Store) -> None:
    opened(at, service="till", channel="C0INC", ts="1.5", name="inc-till")
    arguments = at.payloads.put(OPEN, {"namespace": "shop", "name": "web", "to_revision": 2})
    own = IntentMade(intent="intent-1", round=1, tool="roll_back_deployment", arguments=arguments)
    at.ledgers.record(OPEN, [own], "process:diagnose")
    asked(at)

    told = request(at)

    assert (told["why"], told["incident"], told["channel"]) == ("already_asked", OPEN, "C0INC")
    assert len(incidents(at)) == 1
