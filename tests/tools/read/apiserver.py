"""A small API server over plain objects: it narrows by labels and fields, pages, and refuses what a test denies.

It is for lists longer than the playground's cluster can hold; what selectors mean is held against that one.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Object = dict[str, Any]


@dataclass
class ApiServer:
    """``kinds``: objects by their plural; ``logs``: by pod and container, text or the status that refuses it."""

    kinds: Mapping[str, Sequence[Object]]
    denied: Sequence[str] = ()
    logs: Mapping[tuple[str, str], str | int] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # plural and selector
    url: str = ""

    def answer(self, path: str, query: Mapping[str, str]) -> tuple[int, bytes]:
        *_, before, last = path.split("/")
        if last == "log":
            return self._log(before, query)
        plural, name = (last, "") if last in _PLURALS else (before, last)
        if plural in self.denied:
            return _status(403, "Forbidden", f'{plural} is forbidden: User "x" cannot list resource "{plural}"')
        objects = self.kinds.get(plural, ())
        if name:
            found = next((one for one in objects if one["metadata"]["name"] == name), None)
            return (200, _json(found)) if found else _status(404, "NotFound", "not found", name)
        selectors = {**_terms(query.get("labelSelector", "")), **_terms(query.get("fieldSelector", ""))}
        self.asked.append((plural, ",".join(f"{key}={value}" for key, value in selectors.items())))
        return 200, _page([one for one in objects if _fits(one, selectors)], query, bool(selectors))

    def _log(self, pod: str, query: Mapping[str, str]) -> tuple[int, bytes]:
        told = self.logs.get((pod, query["container"]), "")
        return _status(told, "Nope", "no") if isinstance(told, int) else (200, told.encode())


_PLURALS = frozenset(
    (
        "pods",
        "events",
        "services",
        "nodes",
        "deployments",
        "statefulsets",
        "daemonsets",
        "replicasets",
        "jobs",
        "cronjobs",
    )
)


def _terms(selector: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in selector.split(",") if "=" in part)


def _fits(one: Object, selectors: Mapping[str, str]) -> bool:
    values = {**(one["metadata"].get("labels") or {}), "metadata.name": one["metadata"]["name"]}
    values["involvedObject.name"] = one.get("involvedObject", {}).get("name")
    return all(values.get(key) == value for key, value in selectors.items())


def _page(found: Sequence[Object], query: Mapping[str, str], narrowed: bool) -> bytes:
    start, limit = int(query.get("continue", 0)), int(query.get("limit", 500))
    metadata: Object = {}
    if start + limit < len(found):
        remaining = {} if narrowed else {"remainingItemCount": len(found) - start - limit}
        metadata = {"continue": str(start + limit), **remaining}
    return _json({"kind": "List", "metadata": metadata, "items": list(found[start : start + limit])})


def _status(code: int, reason: str, words: str, name: str = "") -> tuple[int, bytes]:
    details = {"name": name} if name else {}
    told = {"kind": "Status", "status": "Failure", "reason": reason, "message": words, "code": code, "details": details}
    return code, _json(told)


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


@contextmanager
def serving(server: ApiServer) -> Iterator[ApiServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            status, content = server.answer(parts.path, query)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
