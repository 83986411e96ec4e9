"""What two looks say about a change that was made: helped, did not, or cannot be told. Pure.

Only an observation with outcome OK says anything. Every condition of *passed* is stated positively, so that a fact
that is missing can never look like one that holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.core.canonical import Json
from bot.core.events import Outcome
from bot.core.tool import Observation

Mark = Literal["present", "absent", "unknown"]


@dataclass(frozen=True)
class Judgement:
    """``why`` holds what is not as it should be, or could not be read; empty when passed."""

    verdict: Literal["passed", "failed", "inconclusive"]
    says: str
    alert: Literal["quiet", "firing"] | None
    workload: Literal["as_wanted", "not_as_wanted"] | None
    why: tuple[str, ...]


def judge(expects: Json, alert: Observation | None, workload: Observation) -> Judgement:
    """Passed: both read, quiet, as wanted. Failed: what was read is not. Otherwise inconclusive.

    ``alert`` is None where there never was one: a person asked for the change, and the workload alone is judged.
    """
    if alert is None:
        return _without_alert(expects, workload)
    firing, alert_why = _alert(alert)
    wanted, workload_why = _workload(expects, workload)
    why = tuple(reason for reason in (*alert_why, *workload_why))
    if firing == "firing" or wanted == "not_as_wanted":
        return Judgement("failed", f"It did not help so far: {why[0]}", firing, wanted, why)
    if firing is None or wanted is None:
        return Judgement("inconclusive", f"It cannot be told whether it helped: {why[0]}", firing, wanted, why)
    return Judgement("passed", f"The alert is quiet and {_ready(workload)}", firing, wanted, ())


def _without_alert(expects: Json, workload: Observation) -> Judgement:
    wanted, why = _workload(expects, workload)
    if wanted == "as_wanted":
        return Judgement("passed", f"{_ready(workload)} (there was no alert to check)", None, wanted, ())
    if wanted == "not_as_wanted":
        return Judgement("failed", f"It is not as it should be so far: {why[0]}", None, wanted, why)
    return Judgement("inconclusive", f"It cannot be told how it went: {why[0]}", None, None, why)


def _alert(seen: Observation) -> tuple[Literal["quiet", "firing"] | None, tuple[str, ...]]:
    series = seen.facts.get("series")
    if seen.outcome is not Outcome.OK or not isinstance(series, list):
        return None, (f"the alert's expression could not be read ({_told(seen)})",)
    total = seen.facts.get("series_total", len(series))
    if series or total:
        return "firing", (f"the alert's expression still holds for {total} series",)
    return "quiet", ()


def _workload(expects: Json, seen: Observation) -> tuple[Literal["as_wanted", "not_as_wanted"] | None, tuple[str, ...]]:
    found = seen.facts.get("workload")
    expected = expects.get("workload")
    if seen.outcome is Outcome.NO_DATA and "workload" in seen.facts:
        return "not_as_wanted", ("the workload is not there any more",)
    if seen.outcome is not Outcome.OK or not isinstance(found, dict) or not isinstance(expected, dict):
        return None, (f"the workload could not be read ({_told(seen)})",)
    try:
        why = tuple(_unwanted(expected, found))
    except (KeyError, TypeError):
        return None, ("the workload was read without saying how many pods are ready",)
    return ("not_as_wanted", why) if why else ("as_wanted", ())


def _unwanted(expected: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """Every way in which the workload is not as the plan wanted it."""
    wanted, desired, ready = int(expected["ready_replicas"]), int(found["desired"]), int(found["ready"])
    if int(found["observed_generation"]) < int(found["generation"]):
        yield "the cluster has not followed the change yet"
    if desired < wanted:
        yield f"it was scaled down: {desired} pods are wanted, {wanted} were when this was proposed"
    if int(found["updated"]) < desired:
        yield f"the rollout is not through: {found['updated']} of {desired} pods are replaced"
    if ready < desired:
        yield f"{ready} of {desired} pods are ready"
    template = expected.get("revision_template_hash")
    if template and found["template_hash"] != template:
        yield "it does not run the revision this was about"
    if found.get("healthy") is False and found.get("why"):
        yield str(found["why"])[:300]


def _ready(seen: Observation) -> str:
    workload = seen.facts["workload"]
    return f"{workload['ready']} of {workload['desired']} pods of {workload['name']} are ready"


def _told(seen: Observation) -> str:
    return f"{seen.outcome.replace('_', ' ')}: {seen.digest[:300]}"


def mark_of(seen: Observation, execution: str) -> tuple[Mark, str]:
    """Whether the object carries the execution's mark, and a sentence about it."""
    found = seen.facts.get("workload")
    if seen.outcome is not Outcome.OK or not isinstance(found, dict):
        return "unknown", f"The object could not be read ({_told(seen)})"
    name = f"{found.get('kind', 'Deployment')} {found.get('name', '')} in {found.get('namespace', '')}"
    state = f"revision {found.get('revision') or 'unknown'}, {found.get('ready')} of {found.get('desired')} pods ready"
    if "execution" not in found:
        return "unknown", f"{name} is at {state}; whether this execution changed it cannot be seen"
    if found["execution"] == execution:
        return "present", f"{name} carries this execution's mark: it took effect. It is at {state}"
    return "absent", f"{name} does not carry this execution's mark: it has not taken effect. It is at {state}"
