"""The gate every request of the act process goes through, at the lowest place the Kubernetes client has.

It stands in the connection itself, below retries, redirects, proxies and the generated API: what it refuses never
leaves this machine. Reading passes. A write passes only with `dryRun=All` in the query, to an object (or its scale);
or, once, when it is the very call an execution was permitted. Deleting never passes as a dry run: the API server
ignores the query of a DELETE that has a body. Connecting subresources (exec, attach, portforward, proxy) never pass.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from kubernetes import client
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from bot.core.errors import Refused

READS = frozenset({"GET", "HEAD", "OPTIONS"})
DRY_RUNS = frozenset({"POST", "PUT", "PATCH"})
CONNECTING = frozenset({"exec", "attach", "portforward", "proxy"})
# the subresources whose dry run really changes nothing (an eviction hands the query's on to its delete)
HONOURING = frozenset({"", "scale", "eviction"})
RESOURCE = re.compile(r"^/(?:api/[^/]+|apis/[^/]+/[^/]+)(?:/namespaces/[^/]+)?/(?P<plural>[^/]+)(?P<rest>/.*)?$")
NAMESPACE_ITSELF = re.compile(r"^/api/v1/namespaces/[^/]+(?:/(?:status|finalize))?$")


@dataclass(frozen=True)
class Permit:
    """The one write an execution may make."""

    verb: str
    path: str


@dataclass
class Gate:
    """Decides about each request; with a permit, lets that one write through once. Safe for threads."""

    base: str = ""  # path under which the API server lives, as in https://proxy/k8s
    permit: Permit | None = None
    used: bool = False
    refused: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def check(self, verb: str, url: str) -> None:
        """Raise `Refused` where this request may not go out."""
        split = urlsplit(url)
        path = unquote(split.path).removeprefix(self.base)
        query = parse_qs(split.query, keep_blank_values=True)
        with self._lock:
            if self._may(verb.upper(), path, query):
                return
            self.refused.append(f"{verb} {split.path}")
        raise Refused(f"{verb} {split.path} would change something, and nothing may be changed here", why="guarded")

    def _may(self, verb: str, path: str, query: Mapping[str, list[str]]) -> bool:
        subresource = subresource_of(path)
        if subresource is None or subresource in CONNECTING:
            return verb in READS and subresource is None and "/proxy" not in path
        if verb in READS:
            return True
        if query.get("dryRun") == ["All"]:
            return verb in DRY_RUNS and subresource in HONOURING
        if "dryRun" not in query and self.permit == Permit(verb, path) and not self.used:
            self.used = True
            return True
        return False


def subresource_of(path: str) -> str | None:
    """ "" for an object or a list, the subresource's name, or None where the path is no resource at all."""
    if NAMESPACE_ITSELF.match(path):
        return path.split("/")[5] if path.count("/") > 4 else ""
    found = RESOURCE.match(path)
    if found is None or ".." in path.split("/"):
        return None
    parts = (found["rest"] or "").strip("/").split("/")
    return parts[1] if len(parts) > 1 else ""


class GuardedClient(client.ApiClient):
    """An ApiClient whose every connection asks the gate."""

    def __init__(self, configuration: Any, gate: Gate) -> None:
        # One call is one attempt: no silent second write, no redirect to another server.
        configuration.retries = False
        gate.base = urlsplit(configuration.host).path.rstrip("/")
        super().__init__(configuration)
        self.gate = gate
        self.rest_client.pool_manager.pool_classes_by_scheme = _pools(gate)

    def __setattr__(self, name: str, value: Any) -> None:
        """`kubernetes.stream` works by putting its own `call_api` here, around every connection pool: refused."""
        if name == "call_api":
            raise Refused("streams into containers are closed here", why="guarded")
        super().__setattr__(name, value)


def _pools(gate: Gate) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def putrequest(self, method: str, url: str, *rest: Any, **options: Any) -> None:
            gate.check(method, url)
            super().putrequest(method, url, *rest, **options)

    class Tls(HTTPSConnection):
        def putrequest(self, method: str, url: str, *rest: Any, **options: Any) -> None:
            gate.check(method, url)
            super().putrequest(method, url, *rest, **options)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}
