"""What the identities of the playground's bot may do in its cluster: exactly what the shipped manifest gives.

``midwatch-read`` everywhere, ``midwatch-act`` where scenarios live, as its RoleBindings would, ``midwatch-nodes`` on
nodes: the playground has opted in. What the manifest lacks, or gives too much of, is missed or too much here too.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

READ, ACT, NODES = "midwatch-read", "midwatch-act", "midwatch-nodes"


def access_of(tokens: Mapping[str, str], namespaces: Sequence[str], identities: Path) -> dict[str, Any]:
    """Users and rules by token; ``tokens`` are of ``read``, ``act`` and perhaps ``nodes``."""
    rules = _rules(identities)
    account = "system:serviceaccount:midwatch:"
    users = {
        tokens["read"]: {"user": account + READ, "rules": _bound(rules[READ], ["*"])},
        tokens["act"]: {"user": account + ACT, "rules": _bound(rules[ACT], namespaces)},
    }
    if "nodes" in tokens:
        users[tokens["nodes"]] = {"user": account + NODES, "rules": _bound(rules[NODES], ["*"])}
    return {"tokens": users}


def _rules(identities: Path) -> dict[str, list[dict[str, Any]]]:
    documents = [one for one in yaml.safe_load_all(identities.read_text(encoding="utf-8")) if one]
    return {one["metadata"]["name"]: one["rules"] for one in documents if one["kind"] == "ClusterRole"}


def _bound(rules: Sequence[Mapping[str, Any]], namespaces: Sequence[str]) -> list[dict[str, Any]]:
    return [{**rule, "namespaces": list(namespaces)} for rule in rules]
