"""What somebody writes, sends or rewrites who may not: approvals, votes, requests, and plans."""

import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import quote_plus

import redis
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.adapters.acl import USERS, acl_lines
from bot.adapters.approval_index import RedisApprovalIndex
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.events import ActionApproved, ClickReceived
from bot.core.ports import Entry
from bot.core.signing import Signed
from bot.core.tool import Plan
from bot.services.execution import Execution
from bot.services.plans import read_plan
from bot.services.reception import Pressed
from handlers.http import slack_events
from handlers.listener import install
from handlers.routes import ACTIONS, COMMANDS, EVENTS, FORMS, UNKNOWN
from tests.handlers.test_forms import door_to
from tests.safety.clicks import TWO
from tests.safety.ground import PEOPLE, Ground, Watch
from tests.safety.rows import Attack, replaced
from tests.services.act.stage import INC, STRANGER, PretendChanges

SECRET = "a-signing-secret"


class SaysYes:
    """A verifier that believes every signature; or, of several, all that are known, whatever they were made for."""

    def __init__(self, *known: str) -> None:
        self._known = known

    def verify(self, document: bytes, signed: Signed) -> bool:
        return not self._known or signed.signature in self._known


def run_trusting(watch: Watch, verifier: Any) -> None:
    execution = watch.act.execution()
    execution._verifier = verifier  # the guard alone is another one
    execution.run(INC, watch.act.only().id)


# --- approvals and votes by hand


@contextmanager
def diagnose_user(ground: Ground) -> Iterator["redis.Redis"]:
    """Redis as the diagnose worker may use it, by the rules that `midwatch keys` writes."""
    [line] = [one for one in acl_lines(dict.fromkeys(USERS, "known")) if one.startswith("user midwatch-diagnose ")]
    ground.client.execute_command("ACL", "SETUSER", *line.removeprefix("user ").split(" "))
    with patient(ground.url.replace("redis://", "redis://midwatch-diagnose:known@")) as client:
        yield client


def by_hand(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """An approval appended by the diagnose process's own Redis user: made-up signatures, a stranger's key, our key's
    name on it.
    """
    watch = ground.watch()
    asked = watch.propose()
    made_up: list[Callable[[], None]] = [
        lambda: watch.act.approve(asked, signature=f"{chance.getrandbits(512):0128x}"),
        lambda: watch.act.approve(asked, signer=type(watch.act.signer).read(STRANGER.private)),
        lambda: watch.act.approve(
            asked, signer=type(watch.act.signer).read(STRANGER.private), key=watch.act.signer.key
        ),
    ]
    with diagnose_user(ground) as client:
        writer = RedisLedgers(client, chance)
        kept, watch.act.ledgers = watch.act.ledgers, writer
        chance.choice(made_up)()
        watch.act.ledgers = kept
    run_trusting(watch, watch.act.execution()._verifier if guarded else SaysYes())
    return watch.effects != []


def replayed(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """A genuine, signed approval of another incident, put into this one under this request's name.

    The guard: a signature is of one document. Without it, every signature that our key ever made is believed.
    """
    watch = ground.watch()
    asked = watch.propose()
    other = f"inc-{chance.randrange(2, 9999)}"
    watch.act.approved_at_once(other)
    theirs = next(e.fact for e in watch.act.ledgers.read(other) if isinstance(e.fact, ActionApproved))
    vote = watch.act.voted(asked, "U1")
    again = theirs.model_copy(
        update={
            "approval": asked.id,
            "digest": asked.digest,
            "incident": INC,
            "expires_at": watch.act.signed(asked).expires_at,
        }
    )
    assert watch.act.ledgers.append([Entry(INC, watch.act.incident().length, (vote, again))], "process:serve")
    run_trusting(watch, watch.act.execution()._verifier if guarded else SaysYes(theirs.signature))
    return watch.effects != []


def forged_votes(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """A press and its vote written by hand in somebody's name, before a genuine press; two people are needed."""
    watch = ground.watch(rules=TWO)
    asked = watch.propose()
    if not guarded:
        watch.heard = lambda click: True
    one, other = chance.sample(PEOPLE, 2)
    if chance.random() < 0.5:  # the vote too, as if serve had judged it already
        watch.act.ledgers.record(INC, [watch.act.voted(asked, other)], "process:serve")
        # `voted` writes the press in channel C1, message 1.5, where the request really stands
    else:
        press = watch.fact(other)
        watch.act.ledgers.record(INC, [press], f"slack:T1/{other}")
        watch.desk.judge(INC, press.click)
    watch.click(one)
    watch.run()
    return watch.effects != []


# --- requests over HTTP that Slack did not send


@contextmanager
def listening(ground: Ground, verified: bool = True) -> Iterator[TestClient]:
    """Serve's own HTTP door."""
    with ThreadPoolExecutor(1) as later, ThreadPoolExecutor(1) as ears:
        app = App(
            client=WebClient("xoxb-x", base_url="http://127.0.0.1:1/"),
            authorize=lambda: AuthorizeResult(
                enterprise_id=None, team_id="T1", bot_user_id="U0", bot_id="B0", bot_token="xoxb-x"
            ),
            signing_secret=SECRET,
            request_verification_enabled=verified,
            process_before_response=True,
            listener_executor=ears,
        )
        install(app, COMMANDS, ACTIONS, FORMS, door_to(ground.url, [], later), EVENTS, UNKNOWN)
        yield TestClient(Starlette(routes=[Route("/slack/events", slack_events(app), methods=["POST"])]))


def forged_payload(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """A press posted to the HTTP door with no, a wrong, or an old signature; without the guard Bolt checks none."""
    watch = ground.watch()
    asked = watch.propose()
    RedisApprovalIndex(ground.client).put(asked.id, INC)
    body = f"payload={quote_plus(json.dumps(_pressed(asked.id, chance)))}"
    with listening(ground, guarded) as door:
        door.post("/slack/events", content=body, headers=_headers(body, chance))
    for event in watch.act.ledgers.read(INC):
        if isinstance(event.fact, ClickReceived):
            watch.desk.judge(INC, event.fact.click)
    watch.run()
    return watch.effects != []


def redelivered(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """A genuine press that Slack, or whoever recorded it, delivers again, the same bytes or signed anew.

    The guard: a press has one name, whatever delivers it. Without it, each delivery is a press of its own on record.
    """
    watch = ground.watch(rules=TWO)
    asked = watch.propose()
    RedisApprovalIndex(ground.client).put(asked.id, INC)
    body = f"payload={quote_plus(json.dumps(_pressed(asked.id, chance)))}"
    times = chance.randrange(2, 5)
    name = property(lambda _: f"{chance.getrandbits(128):032x}")
    with ExitStack() as around:
        if not guarded:
            around.enter_context(replaced(Pressed, "id", name))
        door = around.enter_context(listening(ground))
        for number in range(times):
            assert door.post("/slack/events", content=body, headers=_signed(body, late=number)).status_code == 200
    presses = [e.fact.click for e in watch.act.ledgers.read(INC) if isinstance(e.fact, ClickReceived)]
    for click in presses:
        watch.desk.judge(INC, click)
    watch.run()
    return len(presses) != 1 or len(watch.act.only().voters) != 1 or watch.effects != []


def _signed(body: str, late: int = 0) -> dict[str, str]:
    """As Slack signs it; ``late`` seconds ago."""
    at = str(int(time.time()) - late)
    mac = hmac.new(SECRET.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    signed = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={mac}"}
    return {"Content-Type": "application/x-www-form-urlencoded", **signed}


def _pressed(approval: str, chance: random.Random) -> dict[str, Any]:
    action = {"type": "button", "action_id": "approve", "value": approval, "block_id": "b"}
    return {
        "type": "block_actions",
        "user": {"id": chance.choice(PEOPLE), "team_id": "T1"},
        "team": {"id": "T1"},
        "channel": {"id": "C1"},
        "container": {"type": "message", "message_ts": "1.5"},
        "response_url": "",
        "actions": [{**action, "action_ts": f"{chance.randrange(9999)}.0"}],
    }


def _headers(body: str, chance: random.Random) -> dict[str, str]:
    kind = chance.choice(["none", "wrong", "stale", "other body"])
    at = str(int(time.time()) - (3600 if kind == "stale" else 0))
    key = "guessed" if kind == "wrong" else SECRET
    said = body if kind != "other body" else body + "x"
    mac = hmac.new(key.encode(), f"v0:{at}:{said}".encode(), hashlib.sha256).hexdigest()
    signed = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={mac}"}
    return {"Content-Type": "application/x-www-form-urlencoded", **({} if kind == "none" else signed)}


# --- the plan


class Obeying(PretendChanges):
    """Plans and does what its arguments say; ``done`` is which revision it went to."""

    done: int | None = None

    def prepare(self, tool: str, arguments: Any, context: Any) -> Plan:
        self.back_to = int(arguments.get("to_revision", 1))
        return super().prepare(tool, arguments, context)

    def execute(self, plan: Plan, execution: str, go_on: Any = None) -> Any:
        self.done = int(plan.arguments["to_revision"])
        return super().execute(plan, execution)


class Unread(Execution):
    """Takes whatever plan is on record for the one that was approved."""

    def _plan(self, incident: Any, approval: Any) -> Plan:
        return read_plan(self._payloads, incident.id, approval.plan)


def edited(ground: Ground, chance: random.Random, guarded: bool) -> bool:
    """The stored plan is another one after the approval: the same tool, another revision, sealed with the right key."""
    watch = ground.watch(Obeying())
    asked = watch.propose()
    watch.click(chance.choice(PEOPLE))
    wanted = chance.randrange(2, 99)
    plan = Plan.model_validate(watch.act.payloads.get(INC, asked.plan))
    other = plan.model_copy(update={"arguments": {**plan.arguments, "to_revision": wanted}})
    watch.act.payloads = Swapped(ground.client, watch.act.payloads, asked.plan.ref, other.model_dump(mode="json"))
    execution = watch.act.execution()
    execution.__class__ = Execution if guarded else Unread
    execution.run(INC, watch.act.only().id)
    return watch.act.changes.done not in (None, 1)


class Swapped:
    """Payloads in which one reference leads to something else."""

    def __init__(self, client: Any, real: RedisPayloads, ref: str, content: Any) -> None:
        self._real, self._ref, self._content = real, ref, content

    def get(self, scope: str, ref: Any) -> Any:
        return self._content if ref.ref == self._ref else self._real.get(scope, ref)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


ATTACKS = (
    Attack("replayed-payload", "a press has one name", redelivered),
    Attack("replayed-approval", "a signature is of one document", replayed),
    Attack("forged-payload", "Slack's signature and timestamp", forged_payload),
    Attack("approval-by-hand", "serve's signature", by_hand),
    Attack("forged-votes", "the marks of serve's own door", forged_votes),
    Attack("edited-arguments", "the digest of the plan", edited),
)
