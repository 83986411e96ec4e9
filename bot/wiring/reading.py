"""The command line's readings of the record: ledgers, verification, incidents. Needs no Slack; never decides."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.adapters.anchors import Noted
from bot.adapters.ed25519 import Ed25519Verifier
from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.core.bulletin import PREFIXES
from bot.core.chart import ChartKept
from bot.core.errors import BadInput, LedgerBroken, NotFound
from bot.core.events import ActionApproved, ActionProposed, Ref
from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import Chain, check_chain, open_line, stamp
from bot.core.redact import redact_json
from bot.core.signing import Verifier, signed_by
from bot.settings import ReadingSettings, read
from bot.wiring.days import noted_in, with_days

INTACT, TAMPERED, UNANCHORED, SHORTER = 0, 3, 4, 5
WORST_FIRST = (TAMPERED, SHORTER, UNANCHORED, INTACT)
UNREADABLE = 1  # printed what can be, and something cannot


def store_of_readings() -> tuple[RedisLedgers, RedisPayloads]:
    settings = read(ReadingSettings)
    client = patient(settings.redis_url)
    return RedisLedgers(client), RedisPayloads(client, redact_json, settings.retention_days)


def show_ledger(name: str, as_json: bool) -> int:
    """Print the ledger's lines."""
    ledgers, _ = store_of_readings()
    lines = ledgers.lines(name)
    if not lines:
        raise NotFound(f"there is no ledger {name}")
    for line in lines:
        print_line(json.dumps(line, ensure_ascii=False) if as_json else plain(line))
    strange = sum(1 for line in lines if not _is_ours(line))
    if strange:
        complain(f"{strange} lines of {name} are none of ours; `midwatch ledger verify {name}` says more")
    return UNREADABLE if strange else 0


def export(since: str) -> int:
    """Every ledger's lines as they stand, one JSON object each; with ``since`` those from then on, in whole seconds."""
    after = _moment(since) if since else ""
    ledgers, _ = store_of_readings()
    strange = 0
    for name in ledgers.names():
        for line in ledgers.lines(name):
            if not _is_ours(line):
                strange += 1
                continue
            if str(line["at"]) >= after:
                print_line(json.dumps(line, ensure_ascii=False))
    if strange:
        complain(f"{strange} lines are none of ours and were left out; `midwatch ledger verify` says more")
    return UNREADABLE if strange else 0


def _moment(text: str) -> str:
    """The spelling a ledger has, so that text can be compared with text."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--since {text} is no time; for example 2026-03-01T02:00:00Z") from error
    return stamp(at if at.tzinfo else at.replace(tzinfo=UTC))


def _is_ours(line: Any) -> bool:
    try:
        return isinstance(open_line(line).line["body"], Mapping)
    except ValueError:
        return False


def plain(line: Any) -> str:
    if not _is_ours(line):
        return f"unreadable line: {line!r}"
    body = " ".join(f"{key}={_short(value)}" for key, value in line["body"].items())
    return f"{line['seq']!s:>4}  {line['at']}  {line['kind']!s:<22} {line['by']!s:<24} {body}"


def _short(value: Any) -> str:
    if isinstance(value, Mapping) and set(value) == {"ref", "bytes"}:
        return f"→{value['ref'][:8]}"
    return str(value)


def verify(name: str | None, anchors: Path | None = None) -> int:
    """Check chains, and the anchors of `MIDWATCH_ANCHORS` and of a file. The worst of all ledgers is the code."""
    ledgers, payloads = store_of_readings()
    settings = read(ReadingSettings)
    noted = with_days(ledgers, noted_in(settings.anchors, anchors))
    key = Ed25519Verifier.read(settings.verify_key) if settings.verify_key else None
    # an anchored ledger that is gone from Redis is there to be looked for
    names = [name] if name else sorted({*ledgers.names(), *noted.anchors})
    codes = [_verify_one(ledgers, payloads, each, noted.anchors.get(each, []), key) for each in names]
    return min([*codes, *_verify_anchors(noted)], key=WORST_FIRST.index, default=INTACT)


def _verify_anchors(noted: Noted) -> list[int]:
    """What the file of anchors itself comes to: a line that cannot be read may have been the one that matters."""
    if noted.cut:
        print_line(f"anchors: {noted.cut} cut by a crash, ignored")
    if noted.unreadable:
        lines = ", ".join(map(str, noted.unreadable[:10]))
        print_line(
            f"anchors: {len(noted.unreadable)} cannot be read (line {lines}): what was noted there is not checked"
        )
    return [UNANCHORED] if noted.unreadable else []


def _verify_one(
    ledgers: RedisLedgers, payloads: RedisPayloads, name: str, anchors: list[tuple[int, str]], key: Verifier | None
) -> int:
    lines = ledgers.lines(name)
    if not lines and not anchors:
        raise NotFound(f"there is no ledger {name}")
    chain = check_chain(name, lines)
    if chain.intact and key is not None and (forged := forged_at(lines, key)) is not None:
        print_line(f"{name}: tampered: the approval at line {forged} carries no signature of serve's")
        return TAMPERED
    erased = sum(1 for ref in refs_of(lines) if not payloads.has(name, ref.ref)) if chain.intact else 0
    code, words = judge(name, chain, lines, anchors, erased)
    print_line(f"{name}: {words}")
    return code


def forged_at(lines: list[Any], key: Verifier) -> int | None:
    """The first `ActionApproved` that serve's key did not sign, or None."""
    targets: dict[str, str] = {}
    for event in map(open_line, lines):
        match event.fact:
            case ActionProposed(approval=approval, target=target):
                targets[approval] = target
            case ActionApproved() as approved if not signed_by(key, approved, targets.get(approved.approval, "")):
                return event.seq
    return None


def judge(ledger: str, chain: Chain, lines: list[Any], anchors: list[tuple[int, str]], erased: int) -> tuple[int, str]:
    """The verdict on one ledger: exit code and words."""
    if not chain.intact:
        return TAMPERED, f"tampered: line {chain.broken_at}: {chain.why}"
    if any(lines[length - 1]["hash"] != head for length, head in anchors if 0 < length <= chain.length):
        return TAMPERED, "tampered: an anchored event is not the one that is here"
    longest = max((length for length, _ in anchors), default=0)
    if longest > chain.length:
        return SHORTER, f"incomplete: an anchor saw {longest} events, {chain.length} are here"
    said = f"{chain.length} events, {erased} payloads erased, head {chain.head[:12]}"
    if not anchors and not ledger.startswith(("ask-", *PREFIXES)):  # questions and bulletins decide nothing
        return UNANCHORED, f"nothing false found: {said}; no anchor to check against"
    return INTACT, f"intact: {said}, {len(anchors)} anchors agree"


def refs_of(value: Any) -> list[Ref]:
    """Every payload reference anywhere in ``value``."""
    if isinstance(value, Mapping):
        if set(value) == {"ref", "bytes"}:
            return [Ref(**value)]
        return [ref for inner in value.values() for ref in refs_of(inner)]
    if isinstance(value, list):
        return [ref for inner in value for ref in refs_of(inner)]
    return []


def incidents(what: list[str], as_json: bool, chart: Path | None = None) -> int:
    """`midwatch incidents`, or `midwatch incidents show ID`."""
    match what:
        case [] if chart is None:
            return list_incidents(as_json)
        case ["show", name]:
            return show_incident(name, as_json, chart)
    raise BadInput("midwatch incidents, or midwatch incidents show ID")


def list_incidents(as_json: bool) -> int:
    """Newest first. One that cannot be read is named, after all others were printed."""
    ledgers, payloads = store_of_readings()
    rows, unreadable = summaries(ledgers, payloads)
    if as_json:
        print_line(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            print_line(
                f"{row['incident']}  {row['severity']:<4}  {row['state']:<10}  {row['opened_at']}  {row['title']}"
            )
    for why in unreadable:
        complain(f"not listed: {why}")
    return UNREADABLE if unreadable else 0


def summaries(ledgers: RedisLedgers, payloads: RedisPayloads) -> tuple[list[dict[str, Any]], list[str]]:
    """Every incident, and why some cannot be read."""
    found: list[dict[str, Any]] = []
    unreadable: list[str] = []
    for name in (name for name in ledgers.names() if name.startswith("inc-")):
        try:
            found.append(summary(fold(name, ledgers.read(name)), payloads))
        except LedgerBroken as error:
            unreadable.append(str(error))
    return sorted(found, key=lambda row: str(row["opened_at"]), reverse=True), unreadable


def show_incident(name: str, as_json: bool, chart: Path | None) -> int:
    ledgers, payloads = store_of_readings()
    events = ledgers.read(name)
    if not events:
        raise NotFound(f"there is no incident {name}")
    incident = fold(name, events)
    row = summary(incident, payloads)
    if chart is not None:
        write_chart(incident, payloads, chart)
    print_line(json.dumps(row, ensure_ascii=False) if as_json else "\n".join(f"{k}: {v}" for k, v in row.items()))
    return 0


def write_chart(incident: Incident, payloads: RedisPayloads, into: Path) -> None:
    """The newest picture as it was drawn then; raises `NotFound` where there is none."""
    kept = _chart(incident, payloads)
    if kept is None:
        raise NotFound(f"{incident.id} has no chart: no curve was recorded, it is not drawn yet, or it was erased")
    try:
        into.write_bytes(kept.png)
    except OSError as error:
        raise BadInput(f"the chart cannot be written to {into}: {error.strerror}") from error


def _chart(incident: Incident, payloads: RedisPayloads) -> ChartKept | None:
    refs = [round_.chart for _, round_ in sorted(incident.rounds.items()) if round_.chart is not None]
    try:
        return ChartKept.model_validate(_get(payloads, incident.id, refs[-1])) if refs else None
    except ValidationError:
        return None


def summary(incident: Incident, payloads: RedisPayloads) -> dict[str, Any]:
    """What a person without Slack needs: state, finding, and the line of a pending proposal."""
    finding = incident.finding
    content = _get(payloads, incident.id, finding.content) if finding else {}
    lines = [i.by_hand for i in incident.intents.values() if i.by_hand is not None and i.state == "open"]
    told = [_get(payloads, incident.id, line) for line in lines]
    by_hand = [{"state": "by_hand", **line} for line in told if isinstance(line, Mapping)]
    return {
        "incident": incident.id,
        "title": _get(payloads, incident.id, incident.title) if incident.title else "",
        "severity": incident.severity.value,
        "state": "resolved" if incident.resolved_at else "open",
        "opened_at": stamp(incident.opened_at) if incident.opened_at else None,
        "commander": incident.commander,
        "resolved_by": incident.resolved_by,
        "service": incident.service,
        "namespace": incident.namespace,
        "alerts": len(incident.alerts),
        "verdict": finding.verdict.value if finding else None,
        "finding": content.get("headline") if isinstance(content, Mapping) else None,
        "cause": content.get("cause") if isinstance(content, Mapping) else None,
        "chart": chart.alt if (chart := _chart(incident, payloads)) else None,
        "proposals": [*(_proposal(incident, a.id, payloads) for a in incident.approvals.values()), *by_hand],
    }


def _proposal(incident: Incident, approval_id: str, payloads: RedisPayloads) -> dict[str, Any]:
    approval = incident.approvals[approval_id]
    plan = _get(payloads, incident.id, approval.plan)
    known = plan if isinstance(plan, Mapping) else {}
    return {"state": approval.state.value, "title": known.get("title"), "command": known.get("command")}


def _get(payloads: RedisPayloads, scope: str, ref: Ref) -> Any:
    try:
        return payloads.get(scope, ref)
    except NotFound:
        return "(erased)"


def print_line(text: str) -> None:
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    sys.stderr.write(f"midwatch: {text}\n")
