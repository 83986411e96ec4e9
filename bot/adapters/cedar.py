"""The policy's files, evaluated in process by Cedar (`cedarpy`). `core.policy.Policy` over a folder of *.cedar files.

Why Cedar and not Rego, both tried on the same rules: Cedar checks every rule against a schema before it is used, and
says which rules spoke; Rego leaves a rule undefined when a fact is missing, so that a forgotten fact reads as "nothing
objects", and took 1.7 ms where Cedar takes 0.3. Cedar alone is not enough either: without its schema a `forbid` that
fails is skipped and the answer may be *allow*. So every error it reports is a refusal here, and facts go through the
schema first.

The folder is read again at every decision (a few kilobytes): what a person approved is judged by the rules of now.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import cedarpy

from bot.core.policy import Allowed, Because, Facts, Forbidden, Rules, Ruling, Tier

SCHEMA = "midwatch.cedarschema"
FIELD = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)\}")
ENGINE: Any = cedarpy
REFUSES = (ValueError, TypeError, LookupError)  # what the engine raises; anything it cannot do is no answer


@dataclass(frozen=True)
class Rule:
    """One policy of the files: what it says when it speaks, and the setting whose number it is."""

    id: str
    says: str
    setting: str


class Broken(ValueError):
    """What is on disk is no policy; the text says where and why."""


@dataclass(frozen=True)
class Loaded:
    text: str
    policies: Any
    schema: Any
    rules: Mapping[str, Rule]


class CedarPolicy:
    """``folder`` holds the rules; ``schema`` is the file that says what there is to ask about."""

    def __init__(self, folder: Path, schema: Path) -> None:
        self._folder = folder
        self._schema = schema
        self._loaded: tuple[str, Loaded] | None = None

    def decide(self, facts: Facts, rules: Rules) -> Ruling:
        try:
            loaded = self.load()
            answers = _asked(loaded, facts, rules)
        except (Broken, OSError, UnicodeDecodeError) as error:
            return Forbidden("policy_broken", f"the policy cannot be read, so nothing is done: {error}")
        return _ruling(loaded, answers, facts, rules)

    def snapshot(self) -> str:
        try:
            return _mark(self._read())
        except (Broken, OSError, UnicodeDecodeError):
            return ""

    def load(self) -> Loaded:
        """The rules as they are now. Raises `Broken` naming what is wrong."""
        text = self._read()
        mark = _mark(text)
        if self._loaded is None or self._loaded[0] != mark:
            self._loaded = (mark, parsed(text, self._schema.read_text(encoding="utf-8")))
        return self._loaded[1]

    def _read(self) -> str:
        files = sorted(self._folder.glob("*.cedar"))
        if not files:
            raise Broken(f"there is no *.cedar file in {self._folder}")
        return "\n".join(file.read_text(encoding="utf-8") for file in files)


def parsed(text: str, schema: str) -> Loaded:
    """The policies under their own ids, checked against the schema."""
    try:
        form = json.loads(ENGINE.policies_to_json_str(text))
        named = _named(form)
        checked = ENGINE.validate_policies(ENGINE.policies_from_json_str(json.dumps(named)), schema)
        policies = ENGINE.PolicySet.from_json_str(json.dumps(named))
        compiled = ENGINE.Schema.from_str(schema)
    except REFUSES as error:
        raise Broken(_first_line(str(error))) from error
    if not checked.validation_passed:
        raise Broken("; ".join(_first_line(str(fault.error)) for fault in checked.errors))
    rules = {id_: _rule(id_, policy) for id_, policy in named["staticPolicies"].items()}
    for rule in rules.values():
        _why_not_worded(rule)
    return Loaded(text, policies, compiled, rules)


def _named(form: Mapping[str, Any]) -> dict[str, Any]:
    """Every policy by its @id, which is what a person reads; the engine's own names (policy7) move with every edit."""
    if form.get("templates"):
        raise Broken("templates are not used here: nothing would link them")
    found: dict[str, Any] = {}
    for policy in form["staticPolicies"].values():
        id_ = str((policy.get("annotations") or {}).get("id") or "")
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", id_):
            raise Broken(f'every rule needs @id("lower_case_name"); one has “{id_}”')
        if id_ in found:
            raise Broken(f"two rules are called {id_}")
        found[id_] = policy
    return {"templates": {}, "staticPolicies": found, "templateLinks": []}


def _rule(id_: str, policy: Mapping[str, Any]) -> Rule:
    notes = policy.get("annotations") or {}
    if policy["effect"] == "forbid" and not notes.get("says"):
        raise Broken(f'rule {id_} forbids without saying why: @says("…") is missing')
    return Rule(id_, str(notes.get("says") or ""), str(notes.get("setting") or ""))


def _why_not_worded(rule: Rule) -> None:
    known = {*Facts.model_fields, *(f"settings.{name}" for name in Rules.model_fields)}
    if unknown := [name for name in FIELD.findall(rule.says) if name not in known]:
        raise Broken(f"rule {rule.id} says {{{unknown[0]}}}, and there is no such fact")


QUESTIONS = ("propose", "decide_alone")


def _asked(loaded: Loaded, facts: Facts, rules: Rules) -> dict[str, Any]:
    context = {**facts.model_dump(mode="json", exclude_none=True), "settings": _settings(rules)}
    thing = f"{facts.kind}/{facts.namespace}/{facts.name}"
    entities = [
        {
            "uid": {"type": "Object", "id": thing},
            "attrs": {},
            "parents": [{"type": "Namespace", "id": facts.namespace}] if facts.namespace else [],
        }
    ]
    principal = {"type": "Person", "id": "requester"} if facts.requested else {"type": "Bot", "id": "midwatch"}
    requests = [
        {
            "principal": principal,
            "action": {"type": "Action", "id": question},
            "resource": {"type": "Object", "id": thing},
            "context": context,
        }
        for question in QUESTIONS
    ]
    try:
        answers = ENGINE.is_authorized_batch(requests, loaded.policies, entities, schema=loaded.schema)
    except REFUSES as error:
        raise Broken(_first_line(str(error))) from error
    return dict(zip(QUESTIONS, answers, strict=True))


def _settings(rules: Rules) -> dict[str, Any]:
    told = rules.model_dump(mode="json", exclude={"own_namespace"})
    return {name: sorted(value) if isinstance(value, list) else value for name, value in told.items()}


def _ruling(loaded: Loaded, answers: Mapping[str, Any], facts: Facts, rules: Rules) -> Ruling:
    faults = [str(error) for answer in answers.values() for error in answer.diagnostics.errors]
    if faults:
        return Forbidden("policy_error", f"a rule could not be evaluated, so nothing is done: {_first_line(faults[0])}")
    propose, alone = (answers[question] for question in QUESTIONS)
    if not _allows(propose):
        because = tuple(_spoke(loaded, propose, facts, rules))
        if not because:
            return Forbidden("no_policy", "no rule of the policy allows it")
        return Forbidden(because[0].id, because[0].says, because)
    if _allows(alone):
        return Allowed(1, facts.tier)
    because = tuple(_spoke(loaded, alone, facts, rules))
    because = because or (Because("no_policy", "no rule of the policy lets one person decide this"),)
    return Allowed(2, max(facts.tier, Tier.CAREFUL, key=list(Tier).index), because)


def _allows(answer: Any) -> bool:
    return bool(answer.decision is ENGINE.Decision.Allow)


def _spoke(loaded: Loaded, answer: Any, facts: Facts, rules: Rules) -> Iterator[Because]:
    """The rules that said no, in the order of the files."""
    spoke = set(answer.diagnostics.reasons)
    for id_, rule in loaded.rules.items():
        if id_ in spoke:
            yield Because(id_, _filled(rule.says, facts, rules), rule.setting)


def _filled(says: str, facts: Facts, rules: Rules) -> str:
    def value(found: re.Match[str]) -> str:
        place, _, name = found[1].rpartition(".")
        said = getattr(rules if place else facts, name)
        return "unknown" if said is None else str(said)

    return FIELD.sub(value, says)


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")[:300]
