"""Asks the cluster what an identity may change. Used to refuse a reader that can write, and by the doctor.

Who it is (SelfSubjectReview), what it may everywhere (SelfSubjectAccessReview), and what it may in each namespace that
is named or listed (SelfSubjectRulesReview): rights given by a RoleBinding show in that namespace alone, and an
identity bound that way can rarely list namespaces. What could not be asked is said; it is never taken for a no.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import urllib3
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from bot.core.errors import SettingsWrong

SECONDS = 5.0
ACTING = frozenset({"midwatch-act", "midwatch-nodes"})  # the accounts of identities.yaml that change things
SERVICE_ACCOUNT = "system:serviceaccount:"
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
DEFAULT = "default"
MOST_NAMESPACES = 300
MOST_ONE_BY_ONE = 40  # namespaces whose rules the server cannot list: ten questions each
MOST_NAMED = 5
AT_ONCE = 8


@dataclass(frozen=True)
class Rights:
    """What an identity may change, in words.

    ``unproven`` says why nothing is known; ``beyond`` where nobody could ask, while everywhere else the answer was no.
    """

    user: str = ""
    may: tuple[str, ...] = ()
    unproven: str = ""
    beyond: str = ""


def rights_of(kubeconfig: str | None, named: Sequence[str], own: str | None) -> Rights | None:
    """As `rights`, for an identity by its kubeconfig or this pod's; None without either. Raises `SettingsWrong`."""
    api = connect(kubeconfig)
    if api is None:
        return None
    try:
        with api:
            return rights(api, named, [own or "", context_namespace(kubeconfig)])
    except ApiException as error:
        return Rights(unproven=f"asked what it may change, the cluster answered {error.status} {error.reason}")
    except urllib3.exceptions.HTTPError as error:
        return Rights(unproven=f"the cluster does not answer ({type(error).__name__})")
    except (ValueError, TypeError, AttributeError):
        # the client builds its values without checking them: an answer that is none shows itself here
        return Rights(unproven="asked what it may change, the cluster's address answered something else")


def rights(api: client.ApiClient, named: Sequence[str], beside: Sequence[str] = ()) -> Rights:
    """Asked in ``named`` (by a person), ``beside``, `default`, and all it can list; raises the client's errors."""
    user = whoami(api)
    if user.startswith(SERVICE_ACCOUNT) and (account := user.rpartition(":")[2]) in ACTING:
        return Rights(user, (f"whatever {account} may: it is that account ({user})",))
    everywhere = [f"{verb} {resource}" for verb, group, resource in WRITES if allowed(api, verb, group, resource)]
    if everywhere:
        return Rights(user, tuple(everywhere))
    listed, cut = namespaces_of(api)
    places = [place for place in dict.fromkeys([*named, *beside, DEFAULT, *(listed or ())]) if place]
    may, unasked = _in_each(api, places)
    if may:
        return Rights(user, tuple(may))
    if listed is None and not named:
        return Rights(user, unproven="it may not list namespaces, and MIDWATCH_NAMESPACES names none to ask in")
    return Rights(user, beyond=_beyond(places, listed is None, cut, unasked))


def _beyond(places: Sequence[str], blind: bool, cut: bool, unasked: Sequence[str]) -> str:
    if blind:
        return f"it may not list namespaces, so that only {', '.join(places)} could be asked about"
    if unasked:
        return f"this cluster does not list its rules, so that {len(unasked)} namespaces were not asked about"
    return f"only the first {MOST_NAMESPACES} namespaces were asked about" if cut else ""


def whoami(api: client.ApiClient) -> str:
    """The user the server takes it for; empty where the server does not offer to say."""
    try:
        answer = client.AuthenticationV1Api(api).create_self_subject_review(
            client.V1SelfSubjectReview(), _request_timeout=SECONDS
        )
    except ApiException as error:
        if error.status in (403, 404, 405):  # older than 1.28, or not for everybody
            return ""
        raise
    return str(_status(answer).user_info.username or "")


def allowed(api: client.ApiClient, verb: str, group: str, resource: str, namespace: str = "") -> bool:
    """The server's own answer; ``resource`` may name a subresource ("pods/log"), no namespace means all of them."""
    kind, _, sub = resource.partition("/")
    attributes = client.V1ResourceAttributes(
        verb=verb, group=group, resource=kind, subresource=sub or None, namespace=namespace or None
    )
    review = client.V1SelfSubjectAccessReview(spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes))
    answer = client.AuthorizationV1Api(api).create_self_subject_access_review(review, _request_timeout=SECONDS)
    return bool(_status(answer).allowed)


def _status(answer: Any) -> Any:
    """What a review came to. Without it nothing was answered, and that is not a no."""
    if answer.status is None:
        raise ValueError("a review without a status")
    return answer.status


def namespaces_of(api: client.ApiClient) -> tuple[list[str] | None, bool]:
    """The namespaces it can see, None where it may not list them; and whether there are more than are given."""
    try:
        seen = client.CoreV1Api(api).list_namespace(limit=MOST_NAMESPACES, _request_timeout=SECONDS)
    except ApiException as error:
        if error.status == 403:
            return None, False
        raise
    names = [item.metadata.name for item in seen.items if item.metadata and item.metadata.name]
    return names, bool(seen.metadata and seen.metadata._continue)


def _in_each(api: client.ApiClient, places: Sequence[str]) -> tuple[list[str], list[str]]:
    """What it may change in the first namespace where it may, by whichever binding; and where nobody could ask."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(partial(_rules, api), places))
        for place, (rules, _) in zip(places, answers, strict=True):
            if may := list(_writing(rules, place)):
                return may[:MOST_NAMED], []
        unlisted = [place for place, (_, incomplete) in zip(places, answers, strict=True) if incomplete]
        may = next(filter(None, pool.map(partial(_one_by_one, api), unlisted[:MOST_ONE_BY_ONE])), [])
    return may, unlisted[MOST_ONE_BY_ONE:]


def _rules(api: client.ApiClient, namespace: str) -> tuple[Sequence[Any], bool]:
    spec = client.V1SelfSubjectRulesReviewSpec(namespace=namespace)
    review = client.V1SelfSubjectRulesReview(spec=spec)
    answer = client.AuthorizationV1Api(api).create_self_subject_rules_review(review, _request_timeout=SECONDS)
    return _status(answer).resource_rules or (), bool(_status(answer).incomplete)


def _writing(rules: Sequence[Any], namespace: str) -> Iterator[str]:
    for rule in rules:
        if not set(rule.api_groups or ()) <= ABOUT_ITSELF:
            for verb in rule.verbs:
                if verb not in READING:
                    yield from (f"{verb} {resource} in {namespace}" for resource in rule.resources or ())


def _one_by_one(api: client.ApiClient, namespace: str) -> list[str]:
    """Where an authorizer beside RBAC decides, and the server cannot list what it would say."""
    return [
        f"{verb} {resource} in {namespace}"
        for verb, group, resource in WRITES
        if allowed(api, verb, group, resource, namespace)
    ]


def connect(kubeconfig: str | None) -> client.ApiClient | None:
    """A client of this identity; None without a kubeconfig outside a pod. Raises `SettingsWrong` for a bad file."""
    loaded: Any = client.Configuration()
    load: Any = config
    try:
        if kubeconfig:
            load.load_kube_config(config_file=kubeconfig, client_configuration=loaded, persist_config=False)
        else:
            load.load_incluster_config(client_configuration=loaded)
    except (config.ConfigException, OSError) as error:
        if kubeconfig:
            raise SettingsWrong(f"KUBECONFIG cannot be read: {error}") from error
        return None
    loaded.retries = urllib3.Retry(total=1, connect=1, read=0, status=0, redirect=0)
    return client.ApiClient(loaded)


def context_namespace(kubeconfig: str | None) -> str:
    """The namespace that the kubeconfig's current context names, or nothing."""
    if not kubeconfig:
        return ""
    load: Any = config
    try:
        _, active = load.list_kube_config_contexts(config_file=kubeconfig)
    except config.ConfigException:
        return ""
    return str(active["context"].get("namespace") or "")
