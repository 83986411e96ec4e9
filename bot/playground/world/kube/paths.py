"""What a URL means: which kind, which object, which part of it; or nothing this server has."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.playground.world.kube.kinds import CATALOGUE, Kind


@dataclass(frozen=True)
class Place:
    """What a resource URL points at; without a name, the whole collection."""

    group: str
    version: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def kind(self) -> Kind | None:
        return CATALOGUE.by_path.get((self.group, self.version, self.resource))


def place_of(path: str) -> Place | None:
    """Return what a path under `/api` or `/apis` points at; None where it is no resource path at all."""
    steps = [step for step in path.split("/") if step]
    if steps[:1] == ["api"] and len(steps) >= 3:
        return _resource("", steps[1], steps[2:])
    if steps[:1] == ["apis"] and len(steps) >= 4:
        return _resource(steps[1], steps[2], steps[3:])
    return None


def _resource(group: str, version: str, rest: Sequence[str]) -> Place | None:
    if rest[0] == "namespaces" and len(rest) >= 3 and not _of_namespace_itself(group, version, rest):
        return _named(group, version, rest[2:], rest[1])
    return _named(group, version, rest, "")


def _of_namespace_itself(group: str, version: str, rest: Sequence[str]) -> bool:
    return (group, version) == ("", "v1") and len(rest) == 3 and rest[2] in ("status", "finalize")


def _named(group: str, version: str, rest: Sequence[str], namespace: str) -> Place | None:
    if len(rest) > 3:
        return None
    name = rest[1] if len(rest) > 1 else ""
    own = name if not namespace and rest[0] == "namespaces" else namespace
    return Place(group, version, rest[0], own, name, rest[2] if len(rest) > 2 else "")
