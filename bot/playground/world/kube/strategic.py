"""Strategic merge patch: lists merged by key as Kubernetes' types say, and the `$patch` family of directives.

The merge keys are those of the published API types, by the path's last two steps where a name alone is ambiguous.
An order follows the patch for what it names and the object for the rest, as the real merge does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.playground.world.kube.patches import PatchMistake
from bot.playground.world.kube.store import clone

_KEYS: Mapping[str, str] = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
    "resourceClaims": "name",
    "schedulingGates": "name",
    "conditions": "type",
    "ownerReferences": "uid",
    "addresses": "type",
    "podIPs": "ip",
    "hostIPs": "ip",
    "secrets": "name",
    "taints": "",
    "containers.ports": "containerPort",
    "initContainers.ports": "containerPort",
    "spec.ports": "port",
}
_PRIMITIVE = frozenset({"finalizers", "podCIDRs"})
_DIRECTIVES = ("$patch", "$retainKeys", "$setElementOrder/", "$deleteFromPrimitiveList/")


class NoMergeKey(ValueError):
    """An element of a keyed list without its key: the real server answers 500 with this text."""


def applied(target: Any, patch: Mapping[str, Any], path: Sequence[str] = ()) -> Any:
    """Return the target with the patch merged in; neither is changed. Raises PatchMistake or NoMergeKey."""
    directive = patch.get("$patch")
    if directive == "replace":
        return {name: clone(value) for name, value in patch.items() if name != "$patch"}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise PatchMistake(f"unexpected patch directive: {directive!r}")
    kept = _retained(dict(target) if isinstance(target, Mapping) else {}, patch)
    for name, value in patch.items():
        if not name.startswith(_DIRECTIVES):
            _merge_member(kept, name, value, (*path, name), patch)
    _drop_primitives(kept, patch)
    return kept


def _merge_member(kept: dict[str, Any], name: str, value: Any, path: Sequence[str], patch: Mapping[str, Any]) -> None:
    if value is None:
        kept.pop(name, None)
    elif isinstance(value, Mapping) and isinstance(kept.get(name), Mapping):
        kept[name] = applied(kept[name], value, path)
    elif isinstance(value, Mapping):
        kept[name] = applied({}, value, path)
    elif isinstance(value, list):
        order = patch.get(f"$setElementOrder/{name}")
        kept[name] = _list(kept.get(name) or [], value, path, order)
    else:
        kept[name] = value


def _retained(kept: dict[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    wanted = patch.get("$retainKeys")
    if wanted is None:
        return kept
    if not isinstance(wanted, list):
        raise PatchMistake("invalid patch format of retainKeys")
    return {name: value for name, value in kept.items() if name in wanted}


def _drop_primitives(kept: dict[str, Any], patch: Mapping[str, Any]) -> None:
    for name, values in patch.items():
        field = name.removeprefix("$deleteFromPrimitiveList/")
        if field != name and isinstance(values, list):
            kept[field] = [one for one in kept.get(field) or [] if one not in values]


def _list(target: list[Any], patch: list[Any], path: Sequence[str], order: Any) -> list[Any]:
    key = _key_of(path)
    if path[-1] in _PRIMITIVE:
        return [*target, *(one for one in patch if one not in target)]
    if not key:
        return [clone(one) for one in patch]
    if any(not isinstance(one, Mapping) for one in patch):
        raise PatchMistake("invalid patch format of a list of objects")
    if any(one.get("$patch") == "replace" for one in patch):
        return [clone(one) for one in patch if one.get("$patch") != "replace"]
    return _by_key(target, patch, key, path, order)


def _by_key(target: list[Any], patch: list[Any], key: str, path: Sequence[str], order: Any) -> list[Any]:
    for one in patch:
        if key not in one:
            raise NoMergeKey(f"map: {_go_map(one)} does not contain declared merge key: {key}")
        if not isinstance(one[key], str | int):
            raise PatchMistake(f"the merge key {key} is no plain value: {one[key]!r}")
    gone = [one[key] for one in patch if one.get("$patch") == "delete"]
    found = {one[key]: one for one in target if isinstance(one, Mapping) and key in one and one[key] not in gone}
    named = [one for one in patch if one.get("$patch") != "delete"]
    for one in named:
        found[one[key]] = applied(found.get(one[key], {}), one, path)
    wanted = _ordered(order, key) if isinstance(order, list) else [one[key] for one in named]
    before = [one[key] for one in target if isinstance(one, Mapping) and key in one]
    rest = [name for name in found if name not in wanted]
    first = [name for name in wanted if name in found]
    return [found[name] for name in _interleaved(rest, first, before)]


def _ordered(order: list[Any], key: str) -> list[Any]:
    if any(not isinstance(one, Mapping) or not isinstance(one.get(key), str | int) for one in order):
        raise PatchMistake("invalid patch format of setElementOrder list")
    return [one[key] for one in order]


def _interleaved(rest: list[Any], first: list[Any], before: Sequence[Any]) -> list[Any]:
    """Merge what the patch did not name into what it named, by the places both had in the object."""
    place = {name: at for at, name in enumerate(before)}
    merged: list[Any] = []
    while rest and first:
        known = rest[0] in place and first[0] in place
        merged.append((rest if known and place[rest[0]] < place[first[0]] else first).pop(0))
    return [*merged, *rest, *first]


def _key_of(path: Sequence[str]) -> str:
    pair = ".".join(path[-2:])
    return _KEYS.get(pair, _KEYS.get(path[-1], ""))


def _go_map(value: Mapping[str, Any]) -> str:
    return "map[" + " ".join(f"{name}:{one}" for name, one in sorted(value.items())) + "]"
