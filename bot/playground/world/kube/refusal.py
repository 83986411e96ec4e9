"""Everything the API server refuses, as Kubernetes says it: a `Status` body with reason, message, details and code.

Decides wording only; who is refused and why is decided where it is raised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.playground.world.kube.kinds import Kind


@dataclass(frozen=True)
class Cause:
    reason: str
    message: str
    field: str = ""

    def body(self) -> dict[str, str]:
        said = {"reason": self.reason, "message": self.message, "field": self.field}
        return {name: text for name, text in said.items() if text}


@dataclass
class Refusal(Exception):
    code: int
    reason: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)
    retry_after: int | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.reason}: {self.message}"

    def body(self) -> dict[str, Any]:
        told: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        told["message"] = self.message
        if self.reason:
            told["reason"] = self.reason
        details = dict(self.details)
        if self.retry_after is not None:
            details["retryAfterSeconds"] = self.retry_after
        if details or self.reason in ("NotFound", "Invalid"):
            told["details"] = details
        return {**told, "code": self.code}


def about(kind: Kind, name: str = "") -> dict[str, Any]:
    told = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: text for key, text in told.items() if text}


def bad_request(message: str) -> Refusal:
    return Refusal(400, "BadRequest", message)


def unauthorized() -> Refusal:
    return Refusal(401, "Unauthorized", "Unauthorized")


def not_found(kind: Kind, name: str) -> Refusal:
    return Refusal(404, "NotFound", f'{kind.resource} "{name}" not found', about(kind, name))


def no_such_resource() -> Refusal:
    return Refusal(404, "NotFound", "the server could not find the requested resource")


def method_not_allowed() -> Refusal:
    return Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def not_acceptable() -> Refusal:
    message = "only the following media types are accepted: application/json"
    return Refusal(406, "NotAcceptable", message)


def already_exists(kind: Kind, name: str) -> Refusal:
    return Refusal(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', about(kind, name))


def conflict(kind: Kind, name: str, why: str) -> Refusal:
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return Refusal(409, "Conflict", message, about(kind, name))


def modified(kind: Kind, name: str) -> Refusal:
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(kind, name, why)


def uid_differs(kind: Kind, name: str, wanted: str, found: str) -> Refusal:
    why = f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}"
    return conflict(kind, name, why)


def forbidden(kind: Kind, name: str, why: str) -> Refusal:
    return Refusal(403, "Forbidden", f'{kind.resource} "{name}" is forbidden: {why}', about(kind, name))


def expired(message: str) -> Refusal:
    return Refusal(410, "Expired", message)


def unsupported_media(message: str) -> Refusal:
    return Refusal(415, "UnsupportedMediaType", message)


def invalid(kind: Kind, name: str, causes: Sequence[Cause]) -> Refusal:
    """Return 422 with every cause; `Cause.message` is without the field's path, as in the real details."""
    said = [f"{cause.field}: {cause.message}" for cause in causes]
    listed = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    qualified = f"{kind.name}.{kind.group}" if kind.group else kind.name
    told = {"name": name, "group": kind.group, "kind": kind.name, "causes": [cause.body() for cause in causes]}
    details = {key: value for key, value in told.items() if value}
    return Refusal(422, "Invalid", f'{qualified} "{name}" is invalid: {listed}', details)


def unprocessable_patch() -> Refusal:
    return Refusal(422, "Invalid", "the server rejected our request due to an error in our request")


def too_many_requests(message: str, causes: Sequence[Cause] = (), retry_after: int | None = None) -> Refusal:
    details = {"causes": [cause.body() for cause in causes]} if causes else {}
    return Refusal(429, "TooManyRequests", message, details, retry_after)


def internal(message: str) -> Refusal:
    return Refusal(500, "InternalError", f"Internal error occurred: {message}", {"causes": [{"message": message}]})


def required(path: str, why: str = "") -> Cause:
    return Cause("FieldValueRequired", f"Required value{': ' + why if why else ''}", path)


def invalid_value(path: str, value: object, why: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {_shown(value)}: {why}", path)


def not_supported(path: str, value: object, known: Sequence[str]) -> Cause:
    listed = ", ".join(f'"{one}"' for one in known)
    return Cause("FieldValueNotSupported", f"Unsupported value: {_shown(value)}: supported values: {listed}", path)


def not_allowed(path: str, why: str) -> Cause:
    return Cause("FieldValueForbidden", f"Forbidden: {why}", path)


def duplicate(path: str, value: object) -> Cause:
    return Cause("FieldValueDuplicate", f"Duplicate value: {_shown(value)}", path)


def _shown(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case None:
            return "null"
        case _:
            return str(value)
