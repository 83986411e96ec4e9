"""Where people can open what a tool looked at. Pure.

A tool that knows no outside address of its source records a page of it (`prometheus:/graph?…`), never the address the
process itself uses: that one leads nowhere on a phone. The process that speaks knows the outside addresses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any
from urllib.parse import quote

LONGEST = 2900  # what Slack takes as a link, with some room
PLACES = frozenset({"namespace", "name"})


@dataclass(frozen=True)
class Sources:
    """Outside addresses; empty where unknown. ``kubernetes`` is a template with {namespace} and {name}."""

    prometheus: str = ""
    elasticsearch: str = ""
    jaeger: str = ""
    kubernetes: str = ""

    def opened(self, link: str, arguments: Mapping[str, Any]) -> str:
        """The address behind what a look recorded; empty where there is none to give."""
        source, _, page = link.partition(":")
        known = {"prometheus": self.prometheus, "elasticsearch": self.elasticsearch, "jaeger": self.jaeger}
        base = known.get(source)
        if base == "":
            return ""
        address = f"{base.rstrip('/')}{page}" if base else link or self._dashboard(arguments)
        return address if len(address) <= LONGEST else ""

    def _dashboard(self, arguments: Mapping[str, Any]) -> str:
        """The object's page on a dashboard of the cluster, for looks that have no page of their own."""
        named = {"namespace": arguments.get("namespace"), "name": arguments.get("name") or arguments.get("service")}
        wanted = fields_of(self.kubernetes)
        if not wanted or not all(isinstance(named.get(field), str) and named[field] for field in wanted):
            return ""
        return self.kubernetes.format(**{field: quote(str(named[field]), safe="") for field in wanted})


def fields_of(template: str) -> frozenset[str]:
    """The names in braces; raises ValueError where it is no template."""
    return frozenset(field for _, field, _, _ in Formatter().parse(template) if field is not None)


def page_of(source: str, external_url: object, page: str) -> str:
    """What a tool records: the whole address where it knows one, else the page of its source."""
    return f"{str(external_url).rstrip('/')}{page}" if external_url else f"{source}:{page}"
