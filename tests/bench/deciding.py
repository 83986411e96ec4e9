"""What one question to the shipped policy costs, over the facts of its own cases; beside the aim of a millisecond."""

import time

import yaml

from bot.core.policy import Facts, Rules
from bot.settings_forms import shipped_policy
from bot.wiring.judging import policy_in
from tests.bench.rows import Row, percentile

ROUNDS = 20
AIM_MS = 1.0


def rows() -> list[Row]:
    """The median and the 99th percentile of `CedarPolicy.decide`, its files being looked at each time as in life."""
    policy = policy_in(None)
    asked = questions()
    policy.decide(*asked[0])
    times, work = [], []
    for facts, rules in asked * ROUNDS:
        started, worked = time.perf_counter(), time.thread_time()
        policy.decide(facts, rules)
        times.append((time.perf_counter() - started) * 1000)
        work.append((time.thread_time() - worked) * 1000)
    shown = (("p50", times, 0.5), ("p99", times, 0.99), ("p50 of processor time", work, 0.5))
    return [
        Row(f"policy decision, {name}", percentile(found, share), "ms", "aim", AIM_MS, "under 1 ms")
        for name, found, share in shown
    ]


def questions() -> list[tuple[Facts, Rules]]:
    told = yaml.safe_load((shipped_policy() / "tests" / "default.yaml").read_text(encoding="utf-8"))
    return [
        (
            Facts.model_validate({**told["facts"], **case.get("facts", {})}),
            Rules.model_validate({**told.get("settings", {}), **case.get("settings", {})}),
        )
        for case in told["cases"]
    ]
