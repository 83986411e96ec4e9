"""Causes sorted into broad categories: by what a sign says of itself, else by its kind."""

import pytest

from bot.core.fusion.values import Explained
from bot.core.signs import Role, Sign, Source
from bot.evaluation.categories import category_of


@pytest.mark.parametrize(
    ("kind", "says", "category"),
    [
        ("oom_killed", "", "resource_exhaustion"),
        ("cpu_or_memory_capacity", "", "resource_exhaustion"),
        ("replication_lag", "", "resource_exhaustion"),
        ("node_not_ready", "", "infrastructure"),
        ("node_memory_pressure", "", "resource_exhaustion"),
        ("image_not_found", "", "configuration_error"),
        ("liveness_probe_failing", "", "configuration_error"),
        ("log_dns_failure", "", "configuration_error"),
        ("dependency", "", "dependency_failure"),
        ("log_upstream_timeout", "", "dependency_failure"),
        ("crash_loop_app_error", "panic: index out of range", "code_defect"),
        ("crash_loop_app_error", "required env var QUEUE_URL is not set", "configuration_error"),
        ("monitor_fires", "", "unknown"),
    ],
)
def test_a_kind_has_its_category(kind: str, says: str, category: str) -> None:
    assert category_of(Explained(kind, says, "", "", 0.9)) == category


def test_what_a_sign_says_of_itself_goes_before_its_kind() -> None:
    sign = Sign("oom_killed", Role.CAUSE, Source.DATABASE, "", facts={"category": "infrastructure"})

    assert category_of(Explained("oom_killed", "", "", "", 0.9, (sign,))) == "infrastructure"
