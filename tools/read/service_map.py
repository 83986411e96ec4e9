"""The service map around one service: what people wrote in the catalogue, completed by what was really seen calling.

Three sources, each with an outcome of its own: the catalogue, Jaeger's dependencies, and the service graph metrics that
OpenTelemetry's collector, Tempo and Istio count in Prometheus. A source that refuses leaves the map short and says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SkipValidation, model_validator

from bot.core.catalogue import Catalogue, Service
from bot.core.errors import LookFailed
from bot.core.service_map import Edge, ServiceMap
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import Gap, nothing, observed
from tools.read.shapes.wording import listed
from tools.read.sources.jaeger import JaegerSettings, dependencies, jaeger
from tools.read.sources.prometheus import Prometheus, PrometheusSettings

MOST_EDGES = 300
# who calls whom, as each of them counts it: the metric, the caller's label, the callee's
COUNTED = (
    ("traces_service_graph_request_total", "client", "server"),
    ("istio_requests_total", "source_canonical_service", "destination_canonical_service"),
)
NOBODY = frozenset({"", "unknown", "user"})


class MapSettings(BaseModel):
    """Not from the environment: wiring reads the catalogue (`MIDWATCH_CATALOG`) and says what else can be asked."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    MIDWATCH_CATALOG: SkipValidation[Catalogue] | None = None
    jaeger: JaegerSettings | None = None
    prometheus: PrometheusSettings | None = None

    @model_validator(mode="after")
    def _has_a_source(self) -> "MapSettings":
        if not (self.jaeger or self.prometheus or (self.MIDWATCH_CATALOG and self.MIDWATCH_CATALOG.services)):
            raise ValueError("MIDWATCH_CATALOG, JAEGER_URL and PROMETHEUS_URL are not set")
        return self


class MapServices(Arguments):
    service: str = Field(min_length=1, max_length=253, description="The service to stand in the middle")
    namespace: str = Field(default="", max_length=63)


@dataclass
class _Asked:
    """What came of the sources so far."""

    edges: list[Edge] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    of: list[str] = field(default_factory=list)

    def ask(self, what: str, read: Callable[[], Sequence[Edge]]) -> None:
        try:
            self.edges += read()
            self.of.append(what)
        except LookFailed as error:
            self.gaps.append(Gap(f"{what}: {error}", error, what))


def map_services(asked: MapServices, settings: MapSettings, look: Look) -> Observation:
    """facts: edges [{caller, callee, told_by}] around the service, dependencies, dependents, reach, stands_on (names,
    nearest first), known {name, team, tier, repository, runbook, owners} or null."""
    seen = _Asked()
    catalogue = settings.MIDWATCH_CATALOG or Catalogue()
    if catalogue.services:
        seen.ask("the catalogue", lambda: catalogue.map().edges)
    if settings.jaeger is not None:
        own = settings.jaeger
        seen.ask("Jaeger", lambda: _called(own, look))
    if settings.prometheus is not None:
        metrics = settings.prometheus
        seen.ask("service graph metrics", lambda: _counted(metrics, look))
    return summarise_map(asked, ServiceMap().with_edges(seen.edges), seen, catalogue)


def _called(settings: JaegerSettings, look: Look) -> list[Edge]:
    with jaeger(settings, look.seconds / 2) as api:
        return dependencies(api, look.window.end, (look.window.end - look.window.baseline_start).total_seconds())


def _counted(settings: PrometheusSettings, look: Look) -> list[Edge]:
    minutes = max(5, int((look.window.end - look.window.baseline_start).total_seconds() // 60))
    found: list[Edge] = []
    with Prometheus(settings, look.seconds / 2) as prometheus:
        for metric, caller, callee in COUNTED:
            rows = prometheus.instant(f"sum by ({caller}, {callee}) (increase({metric}[{minutes}m])) > 0", look.now)
            pairs = ((_label(row, caller), _label(row, callee)) for row in rows)
            found += [Edge(up, down, "service graph") for up, down in pairs if not {up, down} & NOBODY]
    return found


def _label(row: Mapping[str, Any], name: str) -> str:
    return str((row.get("metric") or {}).get(name) or "")


def summarise_map(asked: MapServices, whole: ServiceMap, seen: _Asked, catalogue: Catalogue) -> Observation:
    query = f"the services around {asked.service}, from {listed(seen.of) or 'nobody'}"
    near = {asked.service, *whole.reach(asked.service), *whole.stands_on(asked.service)}
    edges = [one for one in whole.edges if one.caller in near and one.callee in near]
    known = catalogue.of(asked.namespace, asked.service)
    facts: dict[str, Any] = {
        "edges": [{"caller": one.caller, "callee": one.callee, "told_by": one.told_by} for one in edges[:MOST_EDGES]],
        "dependencies": list(whole.dependencies_of(asked.service)),
        "dependents": list(whole.dependents_of(asked.service)),
        "reach": list(whole.reach(asked.service)),
        "stands_on": list(whole.stands_on(asked.service)),
        "known": _about(known),
    }
    if not edges and known is None:
        text = f"Nothing known calls {asked.service} or is called by it; that does not mean that it stands alone."
        return nothing(query, f"a map around {asked.service}", text, facts, seen.gaps)
    lines = [
        f"{asked.service} calls {listed(facts['dependencies'], 12) or 'nobody that is known'}; "
        f"it is called by {listed(facts['dependents'], 12) or 'nobody that is known'}",
        f"Its trouble can reach {listed(facts['reach'], 20) or 'nobody that is known'}",
        f"It stands on {listed(facts['stands_on'], 20) or 'nobody that is known'}",
        *([_said(known)] if known else []),
        *(f"{one.caller} → {one.callee} ({one.told_by})" for one in edges[:MOST_EDGES]),
    ]
    gaps = [*seen.gaps, *([Gap(f"{len(edges) - MOST_EDGES} edges more")] if len(edges) > MOST_EDGES else [])]
    return observed(query, lines, facts, gaps)


def _about(known: Service | None) -> dict[str, Any] | None:
    if known is None:
        return None
    return {
        "name": known.name,
        "team": known.team,
        "tier": known.tier,
        "repository": known.repository,
        "runbook": known.runbook,
        "owners": list(known.owners),
    }


def _said(known: Service) -> str:
    told = {"tier": known.tier, "owned by": known.team, "repository": known.repository, "runbook": known.runbook}
    parts = [f"{word} {value}" for word, value in told.items() if value]
    return f"{known.name} in the catalogue: {', '.join(parts) or 'named, and no more'}"


TOOLS = (
    ReadingTool(
        Spec(
            "map_services",
            Effect.READ,
            MapServices,
            "Show who calls a service and what it depends on, from the catalogue, traces and service graph metrics.",
            for_model=False,
        ),
        MapSettings,
        map_services,
    ),
)
