"""Bodies into objects and patches into changed objects: media types, unknown fields, types, the patch formats.

Decides what can be read; whether it may be kept is `registry.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from bot.playground.world.kube import patches, schema, strategic
from bot.playground.world.kube.kinds import Kind
from bot.playground.world.kube.refusal import Refusal, bad_request, invalid, invalid_value, unprocessable_patch
from bot.playground.world.kube.refusal import unsupported_media as unsupported
from bot.playground.world.kube.store import Object

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
PATCHES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH)


@dataclass(frozen=True)
class Patch:
    media: str
    document: Any

    def on(self, target: Object) -> Any:
        """Return the patched object; raises the refusal the real server answers."""
        try:
            match self.media:
                case "application/json-patch+json":
                    return patches.patched(target, self.document)
                case "application/merge-patch+json":
                    return patches.merged(target, self.document)
                case _:
                    return strategic.applied(target, self.document)
        except patches.PatchMistake as error:
            raise bad_request(str(error)) from error
        except patches.PatchRefused as error:
            raise unprocessable_patch() from error
        except strategic.NoMergeKey as error:
            raise Refusal(500, "", str(error)) from error


def read_body(body: bytes, content_type: str) -> Any:
    """Read a JSON or YAML body; raises 400 or 415."""
    media = content_type.partition(";")[0].strip().lower()
    if media not in ("", "*/*", "application/json", "application/yaml"):
        accepted = "application/json, application/yaml"
        raise unsupported(
            f"the body of the request was in an unknown format - accepted media types include: {accepted}"
        )
    try:
        return yaml.safe_load(body) if media == "application/yaml" else json.loads(body)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"the object provided is unrecognized (must be of type JSON): {error}") from error


def read_patch(body: bytes, content_type: str) -> Patch:
    """Read a patch by its content type; raises 400 or 415."""
    media = content_type.partition(";")[0].strip().lower()
    if media not in PATCHES:
        accepted = ", ".join(PATCHES)
        words = "the body of the request was in an unknown format - accepted media types include: "
        raise unsupported(words + accepted)
    try:
        document = json.loads(body)
    except ValueError as error:
        raise bad_request(f"error decoding patch: {error}") from error
    wanted = list if media == JSON_PATCH else dict
    if not isinstance(document, wanted):
        raise bad_request("error decoding patch: json: cannot unmarshal into Go value of the patch's type")
    return Patch(media, document)


@dataclass(frozen=True)
class Decoded:
    value: Object
    warnings: tuple[str, ...] = ()


def decode(kind: Kind, body: object, strictness: str) -> Decoded:
    """Return a body as an object of a kind, unknown fields dropped or refused; raises 400."""
    if not isinstance(body, Mapping):
        raise bad_request("couldn't get version/kind; json parse error: the body is not an object")
    _check_type(kind, body)
    prefix = f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}: '
    try:
        found = schema.read(kind.model, dict(body))
    except schema.Mistyped as error:
        raise bad_request(prefix + str(error)) from error
    unknown = [f'unknown field "{path}"' for path in found.unknown]
    if unknown and strictness == "Strict":
        raise bad_request(prefix + "strict decoding error: " + ", ".join(unknown))
    return _complete(kind, found.value, unknown if strictness == "Warn" else [])


def decode_patched(kind: Kind, patched: object, strictness: str) -> Decoded:
    """Return what a patch made of an object; what cannot be read is 422 here, not 400, as the real server has it."""
    try:
        found = schema.read(kind.model, patched)
    except schema.Mistyped as error:
        raise invalid(kind, "", [invalid_value("patch", "…", str(error))]) from error
    unknown = [f'unknown field "{path}"' for path in found.unknown]
    if unknown and strictness == "Strict":
        words = "strict decoding error: " + ", ".join(unknown)
        raise invalid(kind, "", [invalid_value("patch", "…", words)])
    return _complete(kind, found.value, unknown if strictness == "Warn" else [])


def _complete(kind: Kind, value: dict[str, Any], warnings: list[str]) -> Decoded:
    rest = {name: part for name, part in value.items() if name not in ("apiVersion", "kind", "metadata")}
    head = {"apiVersion": kind.api_version, "kind": kind.name, "metadata": value.get("metadata") or {}}
    return Decoded({**head, **rest}, tuple(warnings))


def _check_type(kind: Kind, body: Mapping[str, Any]) -> None:
    told = (body.get("apiVersion") or kind.api_version, body.get("kind") or kind.name)
    if told != (kind.api_version, kind.name):
        group, _, version = str(told[0]).rpartition("/")
        if told[1] != kind.name or group != kind.group:
            raise bad_request(
                f'{told[1]} in version "{version}" cannot be handled as a {kind.name}: the API version in the data '
                f"({told[0]}) does not match the expected API version ({kind.api_version})"
            )
        raise bad_request(f'no kind "{told[1]}" is registered for version "{told[0]}"')
