"""Checks that the log fields asked for exist: a mapping that is not ECS answers "no line" to every question."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from bot.core.checkup import Checkup, proven, unproven, wrong
from bot.core.errors import LookFailed
from tools.read.sources.elastic import ElasticSettings, connected

SECONDS = 8.0
PART = "elasticsearch fields"
MOST_NEAR = 4


@dataclass(frozen=True)
class Wanted:
    """``without`` is what happens where none of ``fields`` exists; ``like`` finds what may be meant instead."""

    setting: str
    fields: tuple[str, ...]
    without: str
    like: tuple[str, ...]
    needed: bool = False


def check_log_fields(settings: ElasticSettings) -> Iterator[Checkup]:
    """Nothing where there is no index or no answer: that is told by the check of Elasticsearch itself."""
    wanted = _wanted(settings)
    asked = [name for one in wanted for name in (*one.fields, *one.like)]
    try:
        with connected(settings, SECONDS) as client:
            caps = client.field_caps(index=settings.index, fields=asked).body
    except LookFailed:
        return
    if not caps.get("indices"):
        return
    there = {name for name, kinds in caps.get("fields", {}).items() if not {"object", "nested"} & set(kinds)}
    lacking = [one for one in wanted if there.isdisjoint(one.fields)]
    for one in lacking:
        yield _told(one, there)
    if not lacking:
        yield proven(PART, "service, namespace, level, pod and revision are where the settings say")


def _wanted(settings: ElasticSettings) -> tuple[Wanted, ...]:
    named = (settings.service_field, *settings.more_service_fields)
    none = "no line of any service will be found"
    return (
        Wanted("SERVICE", named, none, ("*service*", "*app*", "*deployment*", "*container*name*"), needed=True),
        Wanted(
            "NAMESPACE", (settings.namespace_field,), "no line of any namespace will be found", ("*namespace*",), True
        ),
        Wanted("LEVEL", (settings.level_field,), "errors are told by their words alone", ("*level*", "*severity*")),
        Wanted("POD", (settings.pod_field,), "lines cannot be told apart by pod", ("*pod*",)),
        Wanted("HASH", (settings.hash_field,), "lines cannot be told apart by revision", ("*hash*",)),
    )


def _told(one: Wanted, there: set[str]) -> Checkup:
    likely = (name for word in one.like for name in sorted(there) if fnmatchcase(name, word))
    near = list(dict.fromkeys(likely))
    meant = f"; there are {', '.join(near[:MOST_NEAR])}" if near else ""
    says = f"no index has a field {' or '.join(one.fields)}: {one.without}{meant}"
    example = f", for example ELASTICSEARCH_{one.setting}_FIELD={near[0]}" if near else ""
    made: Any = wrong if one.needed else unproven
    checkup: Checkup = made(PART, says, f"set ELASTICSEARCH_{one.setting}_FIELD to what the logs call it{example}")
    return checkup
