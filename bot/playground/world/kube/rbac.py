"""Who a bearer token is, and what they may do: the access file, authentication, authorization.

The file is `{"tokens": {"<token>": {"user": …, "groups": […], "rules": [{namespaces, apiGroups, resources, verbs,
resourceNames}]}}}`. Decides yes or no; where it is asked is `http.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bot.playground.world.kube.kinds import CATALOGUE
from bot.playground.world.kube.refusal import Refusal, about, unauthorized


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    namespaces: list[str] = Field(default_factory=lambda: ["*"])
    apiGroups: list[str] = Field(default_factory=lambda: ["*"])  # noqa: N815 - the file's own spelling
    resources: list[str]
    verbs: list[str]
    resourceNames: list[str] = Field(default_factory=list)  # noqa: N815


class _Holder(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str
    groups: list[str] = Field(default_factory=list)
    rules: list[_Rule] = Field(default_factory=list)


class _File(BaseModel):
    tokens: dict[str, _Holder] = Field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """One thing somebody wants to do. An empty namespace means the whole cluster."""

    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def full_resource(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


@dataclass(frozen=True)
class Identity:
    user: str
    groups: tuple[str, ...] = ()
    rules: tuple[_Rule, ...] = ()
    everything: bool = False

    def may(self, ask: Ask) -> bool:
        return self.everything or _everybody_may(ask) or any(_allows(rule, ask) for rule in self.rules)

    def rules_in(self, namespace: str) -> list[dict[str, Any]]:
        """Return the rules that hold in a namespace, as `SelfSubjectRulesReview` lists them."""
        listed = [_listed(rule) for rule in self.rules if {"*", namespace} & set(rule.namespaces)]
        if self.everything:
            listed = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
        return [*listed, *_BASIC]


ADMIN = Identity("kubernetes-admin", ("system:masters", "system:authenticated"), everything=True)
_REVIEWS = {"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"}
_BASIC = (
    {
        "verbs": ["create"],
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]},
)


@dataclass(frozen=True)
class Access:
    """The identities by token."""

    tokens: Mapping[str, Identity] = field(default_factory=dict)

    @classmethod
    def parse(cls, told: Mapping[str, Any]) -> "Access":
        """Read the access file's content; raises pydantic's ValidationError, which names the field."""
        file = _File.model_validate({"tokens": told.get("tokens") or {}})
        return cls({token: _identity(holder) for token, holder in file.tokens.items()})

    def who(self, authorization: str | None) -> Identity:
        """Return whose token it is; raises 401 for none and for one nobody has."""
        scheme, _, token = (authorization or "").partition(" ")
        found = self.tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise unauthorized()
        return found


def authorize(identity: Identity, ask: Ask) -> None:
    """Raise 403, worded as the real server words it, unless the identity may."""
    if not identity.may(ask):
        raise _forbidden(identity, ask)


def _forbidden(identity: Identity, ask: Ask) -> Refusal:
    shown = f"{ask.resource}.{ask.group}" if ask.group else ask.resource
    named = f'{shown} "{ask.name}"' if ask.name else shown
    where = f'in the namespace "{ask.namespace}"' if ask.namespace else "at the cluster scope"
    wanted = f'cannot {ask.verb} resource "{ask.full_resource}" in API group "{ask.group}" {where}'
    kind = CATALOGUE.by_path.get((ask.group, "v1", ask.resource))
    details = about(kind, ask.name) if kind else _bare(ask)
    return Refusal(403, "Forbidden", f'{named} is forbidden: User "{identity.user}" {wanted}', details)


def _bare(ask: Ask) -> dict[str, Any]:
    told = {"name": ask.name, "group": ask.group, "kind": ask.resource}
    return {name: text for name, text in told.items() if text}


def _everybody_may(ask: Ask) -> bool:
    return ask.verb == "create" and ask.resource in _REVIEWS


def _allows(rule: _Rule, ask: Ask) -> bool:
    return (
        _has(rule.verbs, ask.verb)
        and _has(rule.apiGroups, ask.group)
        and _names_resource(rule.resources, ask)
        and (_has(rule.namespaces, ask.namespace) if ask.namespace else "*" in rule.namespaces)
        and (not rule.resourceNames or ask.name in rule.resourceNames)
    )


def _names_resource(resources: list[str], ask: Ask) -> bool:
    if "*" in resources or ask.full_resource in resources:
        return True
    return bool(ask.subresource) and f"*/{ask.subresource}" in resources


def _has(listed: list[str], wanted: str) -> bool:
    return "*" in listed or wanted in listed


def _listed(rule: _Rule) -> dict[str, Any]:
    told = {"verbs": rule.verbs, "apiGroups": rule.apiGroups, "resources": rule.resources}
    return {**told, "resourceNames": rule.resourceNames} if rule.resourceNames else told


def _identity(holder: _Holder) -> Identity:
    groups = list(holder.groups)
    if holder.user.startswith("system:serviceaccount:"):
        namespace = holder.user.split(":")[2]
        groups += ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
    return Identity(holder.user, (*groups, "system:authenticated"), tuple(holder.rules))
