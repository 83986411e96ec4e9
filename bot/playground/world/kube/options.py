"""What a write may ask for beside its body: dry run, how strict to be with unknown fields, how to delete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.playground.world.kube import schema
from bot.playground.world.kube.refusal import Refusal, bad_request

_STRICTNESS = ("Ignore", "Strict", "Warn")
_PROPAGATION = ("Background", "Foreground", "Orphan")


@dataclass(frozen=True)
class WriteOptions:
    dry_run: bool = False
    strictness: str = "Warn"


@dataclass(frozen=True)
class DeleteOptions:
    dry_run: bool = False
    grace: int | None = None
    uid: str | None = None
    revision: str | None = None
    propagation: str = "Background"


def read_write_options(query: Mapping[str, Sequence[str]], called: str) -> WriteOptions:
    """Read `dryRun` and `fieldValidation`; raises 422 for a value that means nothing."""
    strictness = (list(query.get("fieldValidation") or ()) or ["Warn"])[-1] or "Warn"
    if strictness not in _STRICTNESS:
        raise _unsupported(called, "fieldValidation", strictness, _STRICTNESS)
    return WriteOptions(_dry(query.get("dryRun") or (), called), strictness)


def read_delete_options(query: Mapping[str, Sequence[str]], body: object) -> DeleteOptions:
    """Read the options of a delete from its body or, without one, its query; raises 400 or 422."""
    if body is None:
        told: dict[str, Any] = {name: values[-1] for name, values in query.items() if values}
        told["dryRun"] = list(query.get("dryRun") or ())
        told["gracePeriodSeconds"] = _whole(told.get("gracePeriodSeconds"))
    else:
        told = _typed(body)
    preconditions = told.get("preconditions") or {}
    propagation = told.get("propagationPolicy") or "Background"
    if propagation not in _PROPAGATION:
        raise _unsupported("DeleteOptions", "propagationPolicy", propagation, _PROPAGATION)
    return DeleteOptions(
        _dry(told.get("dryRun") or (), "DeleteOptions"),
        told.get("gracePeriodSeconds"),
        preconditions.get("uid"),
        preconditions.get("resourceVersion"),
        propagation,
    )


def _typed(body: object) -> dict[str, Any]:
    try:
        told = schema.read("V1DeleteOptions", body).value
    except schema.Mistyped as error:
        raise bad_request(str(error)) from error
    return dict(told)


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdigit():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def _dry(asked: Sequence[str], called: str) -> bool:
    wrong = [value for value in asked if value != "All"]
    if wrong:
        raise _unsupported(called, "dryRun", wrong[0], ("All",))
    return bool(asked)


def _unsupported(called: str, field: str, value: str, known: Sequence[str]) -> Refusal:
    listed = ", ".join(f'"{one}"' for one in known)
    words = f'Unsupported value: "{value}": supported values: {listed}'
    causes = [{"reason": "FieldValueNotSupported", "message": words, "field": field}]
    details = {"group": "meta.k8s.io", "kind": called, "causes": causes}
    return Refusal(422, "Invalid", f'{called}.meta.k8s.io "" is invalid: {field}: {words}', details)
