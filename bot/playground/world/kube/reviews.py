"""What somebody may ask about themselves: may I, what may I, who am I. Nothing is stored."""

from collections.abc import Mapping
from typing import Any

from bot.playground.world.kube import refusal
from bot.playground.world.kube.decoding import decode
from bot.playground.world.kube.kinds import Kind
from bot.playground.world.kube.options import WriteOptions
from bot.playground.world.kube.rbac import Ask, Identity

_EVERYBODYS_PATHS = ("/api", "/apis", "/healthz", "/livez", "/readyz", "/version", "/openapi")


def review(kind: Kind, body: object, who: Identity, options: WriteOptions) -> dict[str, Any]:
    """Return the filled-in review; raises 400 or 422."""
    asked = decode(kind, body, options.strictness).value
    spec = asked.get("spec") or {}
    match kind.name:
        case "SelfSubjectAccessReview":
            status = _access(kind, spec, who)
        case "SelfSubjectRulesReview":
            status = _rules(kind, spec, who)
        case _:
            status = {"userInfo": {"username": who.user, "groups": list(who.groups)}}
    return {**asked, "metadata": {}, "status": status}


def _access(kind: Kind, spec: Mapping[str, Any], who: Identity) -> dict[str, Any]:
    wanted, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (wanted is None) is (path is None):
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise refusal.invalid(kind, "", [refusal.invalid_value("spec.resourceAttributes", None, why)])
    if path is not None:
        open_to_all = str(path.get("path", "")).startswith(_EVERYBODYS_PATHS) and path.get("verb") == "get"
        return _answer(who.everything or open_to_all)
    parts = ("verb", "group", "resource", "subresource", "namespace", "name")
    return _answer(who.may(Ask(**{part: (wanted or {}).get(part, "") for part in parts})))


def _answer(allowed: bool) -> dict[str, Any]:
    return {"allowed": True, "reason": "RBAC: allowed by the access file"} if allowed else {"allowed": False}


def _rules(kind: Kind, spec: Mapping[str, Any], who: Identity) -> dict[str, Any]:
    if not spec.get("namespace"):
        cause = refusal.required("spec.namespace")
        raise refusal.invalid(kind, "", [cause])
    paths = [{"verbs": ["get"], "nonResourceURLs": [f"{path}*" for path in _EVERYBODYS_PATHS]}]
    return {"resourceRules": who.rules_in(spec["namespace"]), "nonResourceRules": paths, "incomplete": False}
