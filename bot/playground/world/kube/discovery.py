"""What this server says it has: versions, groups, resources. Built once from the table of kinds."""

from collections.abc import Mapping
from typing import Any

from bot.playground.world.kube.kinds import CATALOGUE, KINDS, VERBS, Kind

_READ_WRITE = ["get", "patch", "update"]
_SUBVERBS: Mapping[str, list[str]] = {
    "log": ["get"],
    "eviction": ["create"],
    "scale": _READ_WRITE,
    "status": _READ_WRITE,
}
_SUBKINDS: Mapping[str, tuple[str, str, str]] = {
    "scale": ("autoscaling", "v1", "Scale"),
    "eviction": ("policy", "v1", "Eviction"),
}
VERSION = {
    "major": "1",
    "minor": "37",
    "gitVersion": "v1.37.0+playground",
    "gitCommit": "0000000000000000000000000000000000000000",
    "gitTreeState": "clean",
    "buildDate": "2026-01-01T00:00:00Z",
    "goVersion": "none",
    "compiler": "none",
    "platform": "linux/amd64",
}
HEALTH = frozenset({"/healthz", "/livez", "/readyz"})


def documents() -> dict[str, dict[str, Any]]:
    """Return every discovery document by its path."""
    groups = [_group(name, versions) for name, versions in CATALOGUE.groups().items()]
    found: dict[str, dict[str, Any]] = {
        "/version": VERSION,
        "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups},
        "/api/v1": _resources("", "v1"),
    }
    for group in groups:
        found[f"/apis/{group['name']}"] = {"kind": "APIGroup", "apiVersion": "v1", **group}
        for version in group["versions"]:
            found[f"/apis/{version['groupVersion']}"] = _resources(group["name"], version["version"])
    found["/"] = {"paths": sorted([*found, *HEALTH])}
    return found


def _group(name: str, versions: list[str]) -> dict[str, Any]:
    told = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": told, "preferredVersion": told[0]}


def _resources(group: str, version: str) -> dict[str, Any]:
    kinds = [kind for kind in KINDS if (kind.group, kind.version) == (group, version)]
    rows = [row for kind in kinds for row in (_row(kind), *_subrows(kind))]
    shown = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": shown, "resources": rows}


def _row(kind: Kind) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.name,
        "verbs": [verb for verb in VERBS if verb in kind.verbs],
    }
    if kind.short:
        row["shortNames"] = list(kind.short)
    if kind.categories:
        row["categories"] = list(kind.categories)
    return row


def _subrows(kind: Kind) -> list[dict[str, Any]]:
    rows = []
    for name in kind.all_subresources:
        row: dict[str, Any] = {"name": f"{kind.plural}/{name}", "singularName": "", "namespaced": kind.namespaced}
        if name in _SUBKINDS:
            row["group"], row["version"], row["kind"] = _SUBKINDS[name]
        else:
            row["kind"] = kind.name
        rows.append({**row, "verbs": _SUBVERBS[name]})
    return rows
