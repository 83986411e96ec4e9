"""What a Kubernetes API server, or what stands before it, says when it does not answer: as our own errors.

A 404 counts as "there is no such thing" only when the API server itself says so about that very object.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import urllib3
from kubernetes import client, config

from bot.core.errors import Denied, LookFailed, TimedOut
from tools.read.shapes.wording import clip


def there_is_none(error: client.ApiException, name: str) -> bool:
    status = _status(error)
    details = status.get("details") or {}
    return error.status == 404 and status.get("reason") == "NotFound" and details.get("name") == name


def is_not_served(error: client.ApiException) -> bool:
    """Whether the API server itself does not have this kind: it then names no object; a proxy's 404 is no answer."""
    status = _status(error)
    if error.status != 404:
        return False
    bare = str(error.body or "").strip() in ("404 page not found", "b'404 page not found'")
    return bare or (status.get("reason") == "NotFound" and not (status.get("details") or {}).get("name"))


def _status(error: client.ApiException) -> dict[str, Any]:
    """The `Status` object of a refusal, or nothing when something else answered."""
    body = error.body if isinstance(error.body, str | bytes) else b""
    try:
        status = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return status if isinstance(status, dict) and status.get("kind") == "Status" else {}


def _refusal(error: client.ApiException) -> LookFailed:
    words = clip(_status(error).get("message") or error.body or error.reason, 400)
    if error.status in (401, 403):
        return Denied(f"Kubernetes refused: {error.status} {words}")
    if error.status in (408, 504):
        return TimedOut(f"Kubernetes gave up: {words}")
    return LookFailed(f"Kubernetes answered {error.status}: {words}")


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except client.ApiException as error:
        raise _refusal(error) from error
    except urllib3.exceptions.TimeoutError as error:
        raise TimedOut("Kubernetes did not answer in time") from error
    except urllib3.exceptions.MaxRetryError as error:
        if isinstance(error.reason, urllib3.exceptions.TimeoutError):
            raise TimedOut("Kubernetes did not answer in time") from error
        raise LookFailed(f"Kubernetes is not reachable: {clip(error.reason or error, 300)}") from error
    except urllib3.exceptions.HTTPError as error:
        raise LookFailed(f"Kubernetes could not be read: {clip(error, 300)}") from error
    except config.ConfigException as error:
        raise LookFailed(f"KUBECONFIG cannot be used: {clip(error, 300)}") from error
    except msgspec.DecodeError as error:
        raise LookFailed(f"Kubernetes answered in a shape that is not its API's: {clip(error, 200)}") from error
