"""What the two identities of the playground's bot may do in its cluster: read, and change what scenarios live in."""

from collections.abc import Mapping, Sequence
from typing import Any

READ_RULES = [
    {
        "namespaces": ["*"],
        "apiGroups": ["", "apps", "batch", "autoscaling", "policy"],
        "resources": [
            *("namespaces", "nodes", "pods", "pods/log", "services", "events", "replicationcontrollers"),
            *("deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs"),
            *("horizontalpodautoscalers", "poddisruptionbudgets"),
        ],
        "verbs": ["get", "list", "watch"],
    }
]


def access_of(tokens: Mapping[str, str], namespaces: Sequence[str]) -> dict[str, Any]:
    """Users and rules by token; ``tokens`` are those of ``read`` and ``act``."""
    act_rules = [
        *READ_RULES,
        {
            "namespaces": list(namespaces),
            "apiGroups": ["apps"],
            "resources": ["deployments"],
            "verbs": ["patch"],
        },
        {"namespaces": list(namespaces), "apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create"]},
    ]
    account = "system:serviceaccount:midwatch:midwatch-"
    users = {
        tokens["read"]: {"user": account + "read", "rules": READ_RULES},
        tokens["act"]: {"user": account + "act", "rules": act_rules},
    }
    return {"tokens": users}
