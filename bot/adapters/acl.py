"""Redis users, one a process: what each may touch. Printed by `midwatch keys --redis`, used by demo and tests.

A worker may use RQ's keys of its own queue only (job ids begin with the queue's name), may append to ledgers but
never rewrite one, and may ring the bell but not the other queues: only `serve` enqueues. Keys inside a script are
checked against the same rules, call by call.
"""

from collections.abc import Mapping

USERS = ("serve", "talk", "diagnose", "act", "read")

CONNECTION = (
    "+@connection +time +info +multi +exec +discard +watch +unwatch +script|load "
    "+publish +subscribe +unsubscribe +psubscribe"
)
SCRIPTS = "(+eval +evalsha ~mw:* ~rq:*)"
LEDGERS = "(+rpush +llen +lrange +lindex ~mw:ledger:*)"
PAYLOADS = "(+set +get +exists +expire +incrby ~mw:payload:* ~mw:payload-bytes:* ~mw:key:*)"
ONCE = "(+set +exists ~mw:once:*)"
OPENED = "(+zadd +zrange ~mw:open)"
RING = "(+zadd ~mw:bell)"
KNOWN = "(+get +smembers ~mw:approval:* ~mw:slack:* ~mw:serve:*)"

# what serve alone owns
SERVE = (
    "(+@all -@dangerous -@admin ~rq:* ~mw:open ~mw:bell ~mw:inbox ~mw:click:* ~mw:inbox-parked ~mw:lock:* ~mw:lease:* "
    "~mw:approval:* ~mw:slack:* ~mw:pace:* ~mw:serve:*) (+expire ~mw:ledger:ask-*) (+del ~mw:payload:inbox:*)"
)


def acl_lines(passwords: Mapping[str, str]) -> list[str]:
    """Lines of a Redis ACL file; ``passwords`` by process name. The default user may only PING."""
    lines = ["user default on nopass resetkeys resetchannels -@all +ping"]
    for process in USERS:
        rules = " ".join([CONNECTION, SCRIPTS, LEDGERS, PAYLOADS, ONCE, OPENED, RING, KNOWN, *_own(process)])
        if process == "read":
            rules = "+@connection +time +info (+@read -@dangerous +scan ~mw:*)"
        password = passwords[process]
        channels = f"resetchannels {_channels(process)}".strip()
        lines.append(f"user midwatch-{process} on >{password} resetkeys {channels} -@all {rules}")
    return lines


def _channels(process: str) -> str:
    """RQ's commands (shut down, kill the job) reach a worker here: each may hear and give those of its own queue."""
    return f"&rq:pubsub:{process}-*" if process in {"talk", "diagnose", "act"} else ""


def _own(process: str) -> list[str]:
    if process == "serve":
        return [SERVE]
    rules = [_rq(process), f"(+set +exists ~mw:lease:{process}-*)"]
    if process == "act":
        rules.append("(+set ~mw:approval:*)")
    if process == "talk":
        rules.append("(+@all -@dangerous -@admin ~mw:pace:* ~mw:slack:*)")
    return rules


def _rq(queue: str) -> str:
    """RQ's keys of one queue."""
    own = [
        f"rq:queue:{queue}",
        f"rq:queue:{queue}:*",
        f"rq:job:{queue}-*",
        f"rq:job::{queue}-*",  # RQ spells the key of a job's dependencies so
        f"rq:execution:{queue}-*",
        f"rq:executions:{queue}-*",
        f"rq:results:{queue}-*",
        *(f"rq:{registry}:{queue}" for registry in REGISTRIES),
        f"rq:worker:{queue}-*",
        f"rq:workers:{queue}",
        "rq:workers",
        "rq:queues",
        "rq:groups",
        "rq:suspended",
    ]
    return "(+@all -@dangerous -@admin " + " ".join(f"~{key}" for key in own) + ")"


REGISTRIES = ("wip", "finished", "failed", "deferred", "scheduled", "canceled", "clean_registries", "registry")
