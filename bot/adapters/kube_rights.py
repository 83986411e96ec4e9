"""Asks the cluster what an identity may do. Used to refuse a reader that can write, and by the doctor.

Twice: what it may do everywhere (SelfSubjectAccessReview), and namespace by namespace (SelfSubjectRulesReview),
because rights given by a RoleBinding in one namespace do not show in the first answer.
"""

import logging

import urllib3
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from bot.core.errors import SettingsWrong

log = logging.getLogger("midwatch.rights")
SECONDS = 5.0
# what a reader must not be able to do anywhere; each alone would be enough to change production
WRITES = (
    ("patch", "apps", "deployments"),
    ("update", "apps", "deployments"),
    ("delete", "", "pods"),
    ("create", "", "pods"),
    ("create", "", "pods/eviction"),
    ("create", "", "pods/exec"),
    ("create", "batch", "jobs"),
    ("patch", "", "nodes"),
    ("create", "rbac.authorization.k8s.io", "clusterrolebindings"),
    ("impersonate", "", "users"),
)
READING = frozenset({"get", "list", "watch"})
ABOUT_ITSELF = frozenset({"authorization.k8s.io", "authentication.k8s.io"})  # asking what one may do, as here
MOST_NAMESPACES = 300
MOST_NAMED = 5


def why_may_write(kubeconfig: str | None) -> str | None:
    """What this identity may change, in words; None: nothing, or no cluster, or one that does not answer."""
    api = connect(kubeconfig)
    if api is None:
        return None
    try:
        with api:
            found = what_may_write(api)
    except (ApiException, urllib3.exceptions.HTTPError) as error:
        log.warning("could not ask the cluster what this identity may do: %s", type(error).__name__)
        return None
    return f"its identity may {', '.join(found)}" if found else None


def what_may_write(api: client.ApiClient) -> list[str]:
    """What it may change, everywhere or in the first namespace where it may; raises the client's errors."""
    found = [f"{verb} {resource}" for verb, group, resource in WRITES if allowed(api, verb, group, resource)]
    return found or next((told for name in namespaces_of(api) if (told := _may_in(api, name))), [])


def allowed(api: client.ApiClient, verb: str, group: str, resource: str, namespace: str = "") -> bool:
    """The server's own answer; ``resource`` may name a subresource ("pods/log"), no namespace means all of them."""
    kind, _, sub = resource.partition("/")
    attributes = client.V1ResourceAttributes(
        verb=verb, group=group, resource=kind, subresource=sub or None, namespace=namespace or None
    )
    review = client.V1SelfSubjectAccessReview(spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes))
    answer = client.AuthorizationV1Api(api).create_self_subject_access_review(review, _request_timeout=SECONDS)
    return bool(answer.status is not None and answer.status.allowed)


def namespaces_of(api: client.ApiClient) -> list[str]:
    """The namespaces it can see; none where it may not list them."""
    try:
        seen = client.CoreV1Api(api).list_namespace(limit=MOST_NAMESPACES, _request_timeout=SECONDS)
    except ApiException as error:
        log.warning("cannot list namespaces to ask what this identity may do in each: %s", error.status)
        return []
    return [item.metadata.name for item in seen.items if item.metadata and item.metadata.name]


def _may_in(api: client.ApiClient, namespace: str) -> list[str]:
    """What it may change in one namespace, by whichever binding."""
    spec = client.V1SelfSubjectRulesReviewSpec(namespace=namespace)
    review = client.V1SelfSubjectRulesReview(spec=spec)
    answer = client.AuthorizationV1Api(api).create_self_subject_rules_review(review, _request_timeout=SECONDS)
    rules = answer.status.resource_rules if answer.status is not None else ()
    return [
        f"{verb} {resource} in {namespace}"
        for rule in rules
        if not set(rule.api_groups or ()) <= ABOUT_ITSELF
        for verb in rule.verbs
        if verb not in READING
        for resource in rule.resources or ()
    ][:MOST_NAMED]


def connect(kubeconfig: str | None) -> client.ApiClient | None:
    """A client of this identity; None without a kubeconfig outside a pod. Raises `SettingsWrong` for a bad file."""
    try:
        if kubeconfig:
            made: client.ApiClient = config.new_client_from_config(kubeconfig)  # type: ignore[no-untyped-call]
            return made
        loaded = client.Configuration()
        config.load_incluster_config(client_configuration=loaded)  # type: ignore[no-untyped-call]
        return client.ApiClient(loaded)
    except config.ConfigException as error:
        if kubeconfig:
            raise SettingsWrong(f"KUBECONFIG cannot be read: {error}") from error
        return None
