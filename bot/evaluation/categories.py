"""The broad category of a cause, by its kind: what incident reviews and other suites sort causes into."""

import re

from bot.core.fusion.values import Explained

CATEGORIES = (
    (
        "resource_exhaustion",
        r"oom|memory|capacity|quota|pressure|evicted|exhaust|saturat|storage|lag$|disk_full|throttl",
    ),
    (
        "resource_exhaustion",
        r"limit_range|rate_limited|checkpoint|lock_contention|deadlock|connections_growing|too_many",
    ),
    (
        "infrastructure",
        r"^node_|failover|restarted|volume|network|host_port|preempted|ended_by_node|cluster_moved|no_nodes",
    ),
    (
        "configuration_error",
        r"config|secret|image|probe|taint|selector|affinity|spread|command|rbac|certificate|auth|dns",
    ),
    ("configuration_error", r"rollout|zero_replicas|service_account|admission|refused$|migration|port_in_use|pvc|env"),
    ("configuration_error", r"permission|read_only|file_missing|schema|completes_and_restarts|init_container"),
    ("dependency_failure", r"dependency|upstream|connection_re|circuit|broker|retries|timeout"),
    ("code_defect", r"crash|error|null|index|type|assert|race|overflow|module|not_found_in_code|duplicate"),
    ("change", r"change|deploy|commit|flag"),
)
CONFIGURED = re.compile(r"\bconfig|\benv\b|environment variable|setting|not set\b|missing required", re.IGNORECASE)
HEALTHY, UNKNOWN = "healthy", "unknown"


def category_of(cause: Explained) -> str:
    """What its signs say themselves; else by its kind; `unknown` for what only fails."""
    told = next((str(sign.facts["category"]) for sign in cause.supports[:1] if sign.facts.get("category")), "")
    if told:
        return told
    kind = cause.kind.removeprefix("log_")
    found = next((name for name, rule in CATEGORIES if re.search(rule, kind)), UNKNOWN)
    return "configuration_error" if found == "code_defect" and CONFIGURED.search(cause.cause) else found
