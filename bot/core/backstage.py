"""A service catalogue in Backstage's `catalog-info.yaml` format, read into ours. Pure: documents in, services out.

Read of it: Components and Resources (owner, `dependsOn`, APIs provided and consumed), Groups and Users for who owns
what. What Backstage has no field for comes as annotations of our own, `midwatch.dev/…`, listed in `OURS`. Unknown
kinds and fields are somebody else's business and are left alone; a reference to nothing is an edge all the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.core.catalogue import Service

GROUP = "backstage.io"
OURS = "midwatch.dev/"
SERVICES = frozenset({"Component", "Resource"})
TEAMS = frozenset({"Group", "User"})
WHERE = ("github.com/project-slug", "gitlab.com/project-slug", "backstage.io/source-location")
LABELS = ("backstage.io/kubernetes-label-selector",)
RUNBOOK = "runbook"


def is_backstage(document: Any) -> bool:
    return isinstance(document, Mapping) and str(document.get("apiVersion", "")).startswith(f"{GROUP}/")


def services_in(documents: Iterable[Any]) -> tuple[Service, ...]:
    """Every Component and Resource; raises ValueError (pydantic's too) with the entity's name in it."""
    entities = [one for one in documents if is_backstage(one)]
    slack = _slack_of(entities)
    providers = _providers(entities)
    return tuple(_service(one, slack, providers) for one in entities if one.get("kind") in SERVICES)


def targets_in(documents: Iterable[Any]) -> Iterator[str]:
    """What Locations point to, as they write it."""
    for one in documents:
        if is_backstage(one) and one.get("kind") == "Location":
            spec = _part(one, "spec")
            yield from (str(target) for target in (spec.get("target"), *(spec.get("targets") or ())) if target)


def _service(entity: Mapping[str, Any], slack: Mapping[str, tuple[str, ...]], providers: Mapping[str, str]) -> Service:
    spec, about = _part(entity, "spec"), _part(entity, "metadata")
    name, notes = str(about.get("name") or ""), _part(about, "annotations")
    named = notes.get(f"{OURS}owners")
    owners = _words(named) if named else slack.get(_bare(spec.get("owner")), ())
    consumed = (providers.get(_bare(api), "") for api in _list(spec, "consumesApis"))
    depends = (*(_bare(one) for one in _list(spec, "dependsOn")), *consumed)
    objects = _words(notes.get(f"{OURS}objects")) or _words(notes.get("backstage.io/kubernetes-id"))
    try:
        return Service.model_validate(
            {
                "name": name,
                "namespace": notes.get("backstage.io/kubernetes-namespace"),
                "objects": tuple(dict.fromkeys((*objects, name))) if objects else (),
                "tier": notes.get(f"{OURS}tier"),
                "owners": owners,
                "team": _bare(spec.get("owner")),
                "hands_only": _words(notes.get(f"{OURS}hands-only")),
                "depends_on": tuple(dict.fromkeys(one for one in depends if one and one != name)),
                "repository": next((str(notes[key]) for key in WHERE if notes.get(key)), ""),
                "runbook": _runbook(about, notes),
                "selector": next((str(notes[key]) for key in LABELS if notes.get(key)), ""),
                "metrics": str(notes.get(f"{OURS}metrics") or ""),
            }
        )
    except ValueError as error:
        raise ValueError(f"{entity.get('kind')} {name or 'without a name'}: {error}") from error


def _slack_of(entities: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Of each team or person, the Slack ids that its entity names."""
    return {
        str(_part(one, "metadata").get("name")): _words(
            _part(_part(one, "metadata"), "annotations").get(f"{OURS}slack")
        )
        for one in entities
        if one.get("kind") in TEAMS
    }


def _providers(entities: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {
        _bare(api): str(_part(one, "metadata").get("name") or "")
        for one in entities
        if one.get("kind") == "Component"
        for api in _list(_part(one, "spec"), "providesApis")
    }


def _runbook(about: Mapping[str, Any], notes: Mapping[str, Any]) -> str:
    if told := notes.get(f"{OURS}runbook"):
        return str(told)
    links = [one for one in _list(about, "links") if isinstance(one, Mapping)]
    found = (one for one in links if RUNBOOK in f"{one.get('type', '')} {one.get('title', '')}".lower())
    return next((str(one.get("url") or "") for one in found), "")


def _bare(reference: Any) -> str:
    """`component:default/checkout` → checkout; an object form has its name by itself."""
    if isinstance(reference, Mapping):
        return str(reference.get("name") or "")
    return str(reference or "").rpartition("/")[2].rpartition(":")[2]


def _part(entity: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = entity.get(name)
    return found if isinstance(found, Mapping) else {}


def _list(entity: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = entity.get(name)
    return found if isinstance(found, list) else ()


def _words(value: Any) -> tuple[str, ...]:
    return tuple(word for word in str(value or "").replace(",", " ").split() if word)
