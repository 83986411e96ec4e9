"""What the diagnose worker's Redis user is refused by Redis itself."""

import json
from collections.abc import Callable

import pytest
import redis
from redis.exceptions import NoPermissionError

from bot.core.approval import State
from tests.playing import Stage, waiting

Attempt = Callable[["redis.Redis", str], object]

REFUSED: dict[str, Attempt] = {
    "push into the act queue": lambda r, _: r.rpush("rq:queue:act", "act-execute-x"),
    "push into the talk queue": lambda r, _: r.rpush("rq:queue:talk", "talk-narrate-x"),
    "create a job of act": lambda r, _: r.hset("rq:job:act-execute-x", "data", "x"),
    "read a job of act": lambda r, _: r.hgetall("rq:job:act-execute-x"),
    "keep somebody's lease": lambda r, _: r.set("mw:lease:act-execute-x", 1),
    "command the act worker": lambda r, _: r.publish("rq:pubsub:act-host-1", json.dumps({"command": "shutdown"})),
    "rewrite a line": lambda r, ledger: r.lset(f"mw:ledger:{ledger}", 0, "{}"),
    "cut a ledger": lambda r, ledger: r.ltrim(f"mw:ledger:{ledger}", 0, 0),
    "take the last line": lambda r, ledger: r.rpop(f"mw:ledger:{ledger}"),
    "take the first line": lambda r, ledger: r.lpop(f"mw:ledger:{ledger}"),
    "remove a line": lambda r, ledger: r.lrem(f"mw:ledger:{ledger}", 1, "x"),
    "delete a ledger": lambda r, ledger: r.delete(f"mw:ledger:{ledger}"),
    "unlink a ledger": lambda r, ledger: r.unlink(f"mw:ledger:{ledger}"),
    "let a ledger expire": lambda r, ledger: r.expire(f"mw:ledger:{ledger}", 1),
    "rename a ledger": lambda r, ledger: r.rename(f"mw:ledger:{ledger}", "mw:ledger:gone"),
    "close an incident": lambda r, ledger: r.zrem("mw:open", ledger),
    "read the inbox": lambda r, _: r.lrange("mw:inbox", 0, -1),
    "read the inbox as a hash": lambda r, _: r.hgetall("mw:inbox"),
    "say that serve heard a click": lambda r, _: r.sadd("mw:click:" + "0" * 32 + ":heard", "x"),
    "point an approval elsewhere": lambda r, ledger: r.set("mw:approval:a-1", ledger),
    "take a lock of serve": lambda r, _: r.set("mw:lock:reconciler", "x"),
    "slow down Slack for everybody": lambda r, _: r.hset("mw:pace:method:chat.postMessage", "closed", 9**12),
    "narrate": lambda r, ledger: r.set(f"mw:slack:turn:{ledger}", "x"),
    "rewrite by a script": lambda r, ledger: r.eval(
        "return redis.call('LSET', KEYS[1], 0, 'x')", 1, f"mw:ledger:{ledger}"
    ),
    "push by a script": lambda r, _: r.eval("return redis.call('RPUSH', KEYS[1], 'x')", 1, "rq:queue:act"),
    "flush": lambda r, _: r.flushall(),
    "see every key": lambda r, _: r.keys("*"),
    "change the configuration": lambda r, _: r.config_set("appendonly", "no"),
    "change the users": lambda r, _: r.acl_setuser("midwatch-diagnose", enabled=True, commands=["+@all"]),
    "shut Redis down": lambda r, _: r.execute_command("SHUTDOWN", "NOSAVE"),
    "watch what others do": lambda r, _: r.execute_command("MONITOR"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_diagnose_worker_is_refused_by_redis(story: Stage, diagnose_redis: "redis.Redis", what: str) -> None:
    ledger = waiting(story).id
    before = story.ledgers.lines(ledger)

    with pytest.raises((NoPermissionError, redis.exceptions.ResponseError), match=r"(?i)no permissions|NOPERM"):
        REFUSED[what](diagnose_redis, ledger)

    assert story.ledgers.lines(ledger)[: len(before)] == before


def test_nothing_of_that_changed_anything(story: Stage) -> None:
    assert [a.state for a in waiting(story).approvals.values()] == [State.PROPOSED]
    assert len(story.writes()) == 1
