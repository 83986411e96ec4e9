"""Who may do what, who is asked before something is created, and what exists by name alone; as far as needed."""

from typing import Any

import msgspec

from tools.read.faults.objects import Meta, Struct


class ServiceRef(Struct, frozen=True):
    namespace: str = ""
    name: str = ""
    port: int | None = None


class ClientConfig(Struct, frozen=True):
    service: ServiceRef | None = None


class Webhook(Struct, frozen=True):
    name: str = ""
    client_config: ClientConfig = ClientConfig()
    failure_policy: str = "Fail"
    rules: list[dict[str, Any]] | None = None


class ValidatingWebhookConfiguration(Struct, frozen=True):
    metadata: Meta
    webhooks: list[Webhook] | None = None


class MutatingWebhookConfiguration(Struct, frozen=True):
    metadata: Meta
    webhooks: list[Webhook] | None = None


Hooks = ValidatingWebhookConfiguration | MutatingWebhookConfiguration


class Rule(Struct, frozen=True):
    api_groups: list[str] | None = None
    resources: list[str] | None = None
    resource_names: list[str] | None = None
    verbs: list[str] | None = None


class Role(Struct, frozen=True):
    metadata: Meta
    rules: list[Rule] | None = None


class ClusterRole(Struct, frozen=True):
    metadata: Meta
    rules: list[Rule] | None = None


class Subject(Struct, frozen=True):
    kind: str = ""
    name: str = ""
    namespace: str = ""


class RoleRef(Struct, frozen=True):
    kind: str = ""
    name: str = ""


class RoleBinding(Struct, frozen=True):
    metadata: Meta
    role_ref: RoleRef = RoleRef()
    subjects: list[Subject] | None = None


class ClusterRoleBinding(Struct, frozen=True):
    metadata: Meta
    role_ref: RoleRef = RoleRef()
    subjects: list[Subject] | None = None


class Named(Struct, frozen=True):
    name: str = ""
    namespace: str = ""


class ConfigMap(Struct, frozen=True):
    """Its name; what it holds is not decoded."""

    metadata: Named


class Secret(Struct, frozen=True):
    """Its name; what it holds is not decoded."""

    metadata: Named


class ServiceAccount(Struct, frozen=True):
    metadata: Named


KINDS: dict[str, type[msgspec.Struct]] = {
    one.__name__: one
    for one in (
        ValidatingWebhookConfiguration, MutatingWebhookConfiguration, Role, ClusterRole, RoleBinding,
        ClusterRoleBinding, ConfigMap, Secret, ServiceAccount,
    )
}  # fmt: skip
