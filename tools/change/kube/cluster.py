"""Reads live objects as the act process's identity, dry-runs a patch, and makes the one permitted write.

Objects stay raw JSON: the generated models would drop or reorder what must come back exactly. Vendor errors become
ours here: `Refused` means the server answered and nothing changed, `Unreachable` that nothing is known.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import urllib3
from kubernetes import client, config
from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.canonical import Json
from bot.core.errors import MidwatchError, Refused, Unreachable
from tools.change.kube.gate import Gate, GuardedClient, Permit

MANAGER = "midwatch"
PATCH = "application/strategic-merge-patch+json"
JSON = "application/json"
PAGE = 500
MOST_PAGES = 20
WORDS = 600


class ClusterSettings(BaseSettings):
    """`KUBECONFIG` (the write identity), or nothing inside a pod, where the ServiceAccount speaks for itself."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    kubeconfig: str | None = Field(
        default=None,
        description="the write identity, midwatch-act; unset: in-cluster",
        examples=["/etc/midwatch/act.kubeconfig"],
        validation_alias=AliasChoices("KUBECONFIG", "kubeconfig"),
    )
    service_host: str | None = Field(
        default=None, description="set by Kubernetes itself inside a pod", validation_alias="KUBERNETES_SERVICE_HOST"
    )
    seconds: float = Field(
        default=10.0,
        gt=0,
        le=60,
        description="how long one call of the API server may take",
        validation_alias="MIDWATCH_CLUSTER_SECONDS",
    )

    @model_validator(mode="after")
    def _reaches_a_cluster(self) -> "ClusterSettings":
        if not self.kubeconfig and not self.service_host:
            raise ValueError("KUBECONFIG is not set, and this is not a pod")
        return self


class Conflict(Refused):
    """The object is not what it was when it was read: nothing changed."""


class AlreadyThere(Conflict):
    """There is an object of that name: nothing was made."""


class Cluster:
    """One job's client. Without a permit it cannot change anything, whatever it is asked."""

    def __init__(self, settings: ClusterSettings, permit: Permit | None = None) -> None:
        self.gate = Gate(permit=permit)
        self.client = GuardedClient(_configuration(settings), self.gate)
        self._timeout = (min(3.0, settings.seconds), settings.seconds)

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.rest_client.close()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """One object or one page. Raises `Refused` (not_found, not_permitted) or `Unreachable`."""
        return self._call("GET", path, dict(query or {}), None)

    def items(self, path: str, selector: str = "", fields: str = "") -> list[Json]:
        """Every object of a list, page by page; ``selector`` is of labels, ``fields`` of fields."""
        narrowed = {"labelSelector": selector, "fieldSelector": fields}
        query = {"limit": str(PAGE), **{name: text for name, text in narrowed.items() if text}}
        found: list[Json] = []
        for _ in range(MOST_PAGES):
            page = self.get(path, query)
            found += page.get("items") or []
            following = (page.get("metadata") or {}).get("continue")
            if not following:
                return found
            query["continue"] = following
        raise Refused(f"{path} holds more than {PAGE * MOST_PAGES} objects", why="too_many")

    def dry_run(self, path: str, body: Json) -> Json:
        """What the object would be; changes nothing."""
        return self._call("PATCH", path, {**_written(), "dryRun": "All"}, body)

    def dry_run_create(self, path: str, body: Json) -> Json:
        """What the new object would be; makes nothing."""
        return self._call("POST", path, {**_written(), "dryRun": "All"}, body, JSON)

    def patch(self, path: str, body: Json) -> Json:
        """The write. Raises `Conflict` or `Refused` when nothing changed, `Unreachable` when that is not known."""
        return self._call("PATCH", path, _written(), body)

    def create(self, path: str, body: Json) -> Json:
        """The write that makes an object. Raises `AlreadyThere`, else as `patch`."""
        return self._call("POST", path, _written(), body, JSON)

    def whoami(self) -> str:
        """The identity the API server sees, or "" where it does not say."""
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        try:
            answer = self._call("POST", path, {"dryRun": "All"}, body, JSON)
        except Refused:
            return ""
        return str(((answer.get("status") or {}).get("userInfo") or {}).get("username") or "")

    def _call(self, verb: str, path: str, query: Mapping[str, str], body: Json | None, kind: str = PATCH) -> Json:
        headers = {"Accept": "application/json", **({"Content-Type": kind} if body is not None else {})}
        with _translated():
            request = self.client.param_serialize(
                method=verb,
                resource_path=path,
                query_params=list(query.items()),
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            answer: Any = self.client.call_api(*request, _request_timeout=self._timeout)
            raw = answer.read() or b""
            return _json(int(answer.status), raw)


def _written() -> dict[str, str]:
    return {"fieldManager": MANAGER, "fieldValidation": "Strict"}


def _json(status: int, raw: bytes) -> Json:
    try:
        answer = json.loads(raw)
    except ValueError:
        answer = None
    if 200 <= status <= 299 and isinstance(answer, dict):
        return answer
    raise _refusal(status, answer if isinstance(answer, dict) else {}, raw)


def _refusal(status: int, answer: Json, raw: bytes) -> MidwatchError:
    words = str(answer.get("message") or raw.decode(errors="replace") or "no reason given")[:WORDS]
    ours = answer.get("kind") == "Status"  # a proxy's 404 or 403 says nothing about the object
    if status == 409 and answer.get("reason") == "AlreadyExists" and ours:
        return AlreadyThere(f"Kubernetes: {words}", why="changed")
    if status == 409 and ours:
        return Conflict(f"Kubernetes: {words}", why="changed")
    if status in (401, 403):
        return Refused(f"Kubernetes refused: {words}", why="not_permitted")
    if status == 404 and ours:
        return Refused(f"Kubernetes: {words}", why="not_found")
    if status in (400, 405, 413, 415, 422) and ours:
        return Refused(f"Kubernetes refused: {words}", why="rejected")
    if status == 429 and ours and _asks_budget(answer):
        return Refused(f"Kubernetes: {words}", why="budget")
    if status == 429 and ours:
        return Refused(f"Kubernetes is too busy: {words}", why="busy")
    return Unreachable(f"Kubernetes answered {status}: {words}")


def _asks_budget(answer: Json) -> bool:
    """Whether a disruption budget said no, and not a server that has too much to do."""
    causes = (answer.get("details") or {}).get("causes") or []
    return any(isinstance(one, dict) and one.get("reason") == "DisruptionBudget" for one in causes)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
        raise NotSent("Kubernetes is not reachable") from error
    except urllib3.exceptions.TimeoutError as error:
        raise Unreachable("Kubernetes did not answer in time") from error
    except urllib3.exceptions.HTTPError as error:
        raise Unreachable(f"Kubernetes could not be asked: {type(error).__name__}") from error
    except client.ApiException as error:
        raise Unreachable(f"Kubernetes could not be asked: {error.reason}") from error


class NotSent(Unreachable):
    """No connection came about, so the request never left: nothing changed."""


def _configuration(settings: ClusterSettings) -> Any:
    made: Any = client.Configuration()
    loads: Any = config
    try:
        if settings.kubeconfig:
            loads.load_kube_config(config_file=settings.kubeconfig, client_configuration=made, persist_config=False)
        else:
            loads.load_incluster_config(client_configuration=made)
    except (config.ConfigException, OSError) as error:
        raise Refused(f"the act process cannot use its KUBECONFIG: {str(error)[:WORDS]}", why="settings") from error
    return made
