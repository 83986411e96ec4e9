"""`midwatch policy test|explain`: what the policy says, without a cluster, and why."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.adapters.policy_cases import answer_of, try_cases
from bot.core.errors import BadInput, NotFound
from bot.core.folding import fold
from bot.core.outcomes import Weighed
from bot.core.policy import Allowed, Because, Facts, Rules, Ruling
from bot.settings import read
from bot.settings_forms import shipped_policy
from bot.settings_policy import ActNamespaces, PolicySettings
from bot.wiring.judging import policy_in, rules_of
from bot.wiring.reading import print_line, store_of_readings

MOST = 1_000_000
SAYS = {"forbid": "Refused", "one": "One approval", "two": "Two approvals"}


def test(folder: Path | None) -> int:
    """Check the rules against the schema and play every case of `tests/*.yaml`; 1 when one is wrong."""
    place = folder or read(PolicySettings).policy or shipped_policy()
    policy = policy_in(place)
    try:
        policy.load()
    except (ValueError, OSError) as error:
        raise BadInput(f"{place}: {error}") from error
    tried = list(try_cases(policy, place))
    for case in tried:
        print_line(f"{'wrong' if case.wrong else 'ok   '}  {case.name}{f': {case.wrong}' if case.wrong else ''}")
    wrong = sum(1 for case in tried if case.wrong)
    said = f"{len(tried)} cases, {wrong} wrong" if tried else f"{place} reads well, and has no cases in tests/*.yaml"
    print_line(said)
    return 1 if wrong else 0


def explain(what: list[str], facts: Path | None, as_json: bool) -> int:
    """Say what the policy of now makes of facts: of a file, or of a request that is on record."""
    if (facts is None) == (not what):
        raise BadInput("name an incident [and its approval], or --facts FILE (- for standard input), one of the two")
    found = _of_file(facts) if facts is not None else _of_record(what)
    settings = read(PolicySettings)
    rules = rules_of(settings, read(ActNamespaces).namespaces)
    ruling = policy_in(settings.policy).decide(found, rules)
    if as_json:
        told = {"answer": answer_of(ruling), "because": [vars(one) for one in ruling.because]}
        print_line(json.dumps({**told, "facts": found.model_dump(mode="json", exclude_none=True)}, ensure_ascii=False))
        return 0
    for line in worded(found, ruling, rules):
        print_line(line)
    return 0


def worded(facts: Facts, ruling: Ruling, rules: Rules) -> list[str]:
    """The answer, every rule that spoke with its setting and its number, then the facts it was asked with."""
    answer = answer_of(ruling)
    lines = [f"{SAYS[answer]} for {facts.tool} of {facts.kind} {facts.name} in {facts.namespace or 'the cluster'}"]
    if not isinstance(ruling, Allowed) and not ruling.because:
        lines.append(f"  {ruling.why}: {ruling.says}")
    lines += [_spoken(one, rules) for one in ruling.because]
    lines += [f"  tier {ruling.tier}"] if isinstance(ruling, Allowed) else []
    told = facts.model_dump(mode="json")
    lines.append("Facts")
    return lines + [f"  {name:<24} {'not measured' if value is None else value}" for name, value in told.items()]


NUMBERS = {
    "MIDWATCH_NAMESPACES": "namespaces",
    "MIDWATCH_BLAST_RADIUS_MAX_PODS": "max_pods",
    "MIDWATCH_BLAST_RADIUS_PERCENT": "share_percent",
    "MIDWATCH_BLAST_RADIUS_PERCENT_MOST": "share_percent_most",
    "MIDWATCH_MAX_ACTIONS_PER_INCIDENT": "max_actions_per_incident",
    "MIDWATCH_MAX_ACTIONS_PER_TARGET": "max_actions_per_target",
    "MIDWATCH_EVIDENCE_MINUTES": "evidence_minutes",
    "MIDWATCH_CONFIDENCE_THRESHOLD": "confidence_percent",
    "MIDWATCH_REQUIRE_TWO": "require_two",
    "MIDWATCH_PEOPLE_ONLY": "people_only",
}


def _spoken(one: Because, rules: Rules) -> str:
    field = NUMBERS.get(one.setting)
    value = getattr(rules, field) if field else None
    shown = " ".join(sorted(value)) if isinstance(value, frozenset) else value
    return f"  {one.id}: {one.says}" + (f"   [{one.setting}={shown}]" if field else "")


def _of_file(path: Path) -> Facts:
    try:
        text = sys.stdin.read(MOST) if str(path) == "-" else path.read_text(encoding="utf-8")
        return Facts.model_validate(json.loads(text))
    except (OSError, UnicodeDecodeError, ValidationError, ValueError) as error:
        raise BadInput(f"{path} holds no facts: {error}") from error


def _of_record(what: list[str]) -> Facts:
    """The facts a request was judged by: the newest of the incident, or the one that is named."""
    ledgers, payloads = store_of_readings()
    incident = fold(what[0], ledgers.read(what[0]))
    found = [one for one in incident.approvals.values() if one.weighed is not None and one.id in (what[1:] or [one.id])]
    if incident.opened_at is None or not found or found[-1].weighed is None:
        raise NotFound(f"there is no request on record in {' '.join(what)} that a policy was asked about")
    content: Any = payloads.get(what[0], found[-1].weighed)
    try:
        return Facts.model_validate(Weighed.model_validate(content).facts)
    except ValidationError as error:
        raise BadInput(f"the facts on record are of another version: {error.errors()[0]['msg']}") from error
