"""Checks a Kubernetes identity by what the API server itself says it may do (SelfSubjectAccessReview).

The reading identity must list what is read and change nothing; the acting one must patch Deployments where it is told
to, nowhere else, and neither may see a Secret.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import urllib3
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.adapters.kube_rights import allowed, connect, context_namespace, namespaces_of, rights
from bot.core.checkup import Checkup, State, proven, unproven, wrong
from bot.core.errors import SettingsWrong
from bot.wiring.checks.wider_reads import WIDER, WIDER_EVERYWHERE
from bot.wiring.common import own_namespace

PART, CHANGING, DRAINING = "kubernetes", "kubernetes changing", "kubernetes drains"
SECONDS = 5.0
ACCOUNTS = "apply manifests/kubernetes/identities.yaml and use its account"
Right = tuple[str, str, str]
READS = (
    ("list", "", "pods"),
    ("get", "", "pods/log"),
    ("list", "", "events"),
    ("list", "", "services"),
    ("list", "apps", "deployments"),
    ("list", "apps", "statefulsets"),
    ("list", "apps", "daemonsets"),
    ("list", "apps", "replicasets"),
)
TOUCHES_NODES = (("get", "", "nodes"), ("list", "", "nodes"), ("patch", "", "nodes"), ("list", "", "pods"))
DRAINS = (
    ("get", "", "pods"),
    ("create", "", "pods/eviction"),
    ("list", "policy", "poddisruptionbudgets"),
    ("get", "apps", "replicasets"),
    ("get", "apps", "deployments"),
)
NOT_WITH_NODES = (
    ("patch", "apps", "deployments"),
    ("create", "", "pods"),
    ("delete", "", "pods"),
    ("delete", "", "nodes"),
    ("patch", "policy", "poddisruptionbudgets"),
    ("delete", "policy", "poddisruptionbudgets"),
    ("create", "batch", "jobs"),
)  # beside NEVER, but for patching nodes
CLUSTER_READS = (("list", "", "nodes"),)
ACTS = (
    ("get", "apps", "deployments"),
    ("patch", "apps", "deployments"),
    ("list", "apps", "replicasets"),
    ("list", "", "pods"),
)
OPTIONAL: tuple[tuple[str, Right, str, str], ...] = (
    (
        "kubernetes re-runs",
        ("create", "batch", "jobs"),
        "may create no Job in {}, so rerun_job is refused there",
        "where Jobs are to be re-run, the rule for jobs in identities.yaml",
    ),
    (
        "kubernetes schedules",
        ("patch", "batch", "cronjobs"),
        "may patch no CronJob in {}, so suspend_cronjob and resume_cronjob are refused there",
        "where schedules are to be suspended, the rule for cronjobs in identities.yaml",
    ),
    (
        "kubernetes autoscalers",
        ("patch", "autoscaling", "horizontalpodautoscalers"),
        "may patch no HorizontalPodAutoscaler in {}, so set_autoscaler_bounds is refused there",
        "where autoscalers are to be changed, the rule for horizontalpodautoscalers in identities.yaml",
    ),
    (
        "kubernetes evictions",
        ("create", "", "pods/eviction"),
        "may evict no pod in {}, so evict_pod is refused there",
        "where pods are to be evicted, the rule for pods/eviction in identities.yaml",
    ),
)  # part, right, what lacks without it, how to give it
ELSEWHERE = (("patch", "apps", "deployments"), *(right for _, right, _, _ in OPTIONAL))
NEVER = (
    ("get", "", "secrets"),
    ("list", "", "secrets"),
    ("create", "", "pods/exec"),
    ("delete", "", "namespaces"),
    ("patch", "", "nodes"),
    ("create", "rbac.authorization.k8s.io", "clusterrolebindings"),
    ("impersonate", "", "users"),
)
MOST_ELSEWHERE = 40
SYSTEM = ("kube-system", "default")
Look = Callable[[client.ApiClient, Sequence[str]], Iterator[Checkup]]


class Identity(BaseSettings):
    """Which identity a process has in the cluster."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    kubeconfig: str | None = Field(default=None, validation_alias="KUBECONFIG")


def check_reader(kubeconfig: str | None, namespaces: Sequence[str]) -> Iterator[Checkup]:
    """The diagnose worker's identity."""
    beside = [own_namespace() or "", context_namespace(kubeconfig)]
    yield from _connected(kubeconfig, namespaces, partial(_reader, beside), "it lists nothing of the cluster")


def check_actor(kubeconfig: str | None, namespaces: Sequence[str], mode: str) -> Iterator[Checkup]:
    """The act worker's identity. Only mode act cannot do without one that may change something."""
    needed = mode == "act"
    for one in _connected(kubeconfig, namespaces, _actor, "nothing can be changed"):
        lacks = one.part == PART and one.state is State.UNPROVEN
        empty = one.part == CHANGING and not namespaces
        if needed and lacks:
            yield wrong(one.part, one.says, one.mend)
        elif empty and not needed:
            yield unproven(one.part, one.says, one.mend)
        else:
            yield one


class NodesIdentity(BaseSettings):
    """The third identity, where somebody has opted in. Never by the field's own name: KUBECONFIG is another one."""

    model_config = SettingsConfigDict(extra="ignore")

    kubeconfig: str | None = Field(default=None, validation_alias="MIDWATCH_NODES_KUBECONFIG")


def check_nodes(kubeconfig: str | None) -> Iterator[Checkup]:
    """The act worker's identity for nodes; nothing is said where there is none (the tools say that they lack it)."""
    if kubeconfig:
        yield from (
            replace(one, part="kubernetes nodes") if one.part == PART else one
            for one in _connected(kubeconfig, (), _for_nodes, "nodes are not touched")
        )


def _for_nodes(api: client.ApiClient, _: Sequence[str]) -> Iterator[Checkup]:
    part, account = "kubernetes nodes changing", f"{ACCOUNTS} midwatch-nodes (its section says how to opt in)"
    lacking = [_words(right, "") for right in TOUCHES_NODES if not allowed(api, *right, "")]
    never = (*NOT_WITH_NODES, *(right for right in NEVER if right != ("patch", "", "nodes")))
    may = [_words(right, "") for right in never if allowed(api, *right, "")]
    if may:
        yield wrong(part, f"the identity for nodes may {', '.join(may[:6])}", f"{account}, which may none of it")
    elif lacking:
        yield wrong(part, f"the identity for nodes may not {', '.join(lacking)}", account)
    else:
        yield proven(part, "may close and open nodes; changes no workload, reads no Secret, enters no pod")
        if missing := [_words(right, "") for right in DRAINS if not allowed(api, *right, "")]:
            says = f"the identity for nodes may not {', '.join(missing)}, so drain_node is refused"
            yield unproven(DRAINING, says, f"where nodes are to be drained, {account}")
        else:
            yield proven(DRAINING, "may evict pods, in every namespace, and delete none")


def _connected(kubeconfig: str | None, namespaces: Sequence[str], look: Look, without: str) -> Iterator[Checkup]:
    try:
        api = connect(kubeconfig)
        if api is None:
            yield unproven(PART, f"KUBECONFIG is not set, and this is no pod: {without}", "set KUBECONFIG=/path/of/it")
            return
        with api:
            version = client.VersionApi(api).get_code(_request_timeout=SECONDS)
            yield proven(PART, f"{version.git_version} answers at {api.configuration.host}")
            yield from look(api, namespaces)
    except SettingsWrong as error:
        yield wrong(PART, str(error), "give the path of a kubeconfig that this process can read")
    except ApiException as error:
        mend = f"the token is not taken: {ACCOUNTS}" if error.status == 401 else ACCOUNTS
        yield wrong(PART, f"the API server answered {error.status} {error.reason}", mend)
    except urllib3.exceptions.HTTPError as error:
        yield wrong(PART, f"does not answer: {error!s:.300}", "mend the server's address in the kubeconfig")


def _reader(beside: Sequence[str], api: client.ApiClient, namespaces: Sequence[str]) -> Iterator[Checkup]:
    places = namespaces or [""]
    lacking = [
        _words(right, place)
        for place in places
        for right in READS
        if not (allowed(api, *right, "") or allowed(api, *right, place))
    ]
    lacking += [_words(right, "") for right in CLUSTER_READS if not allowed(api, *right, "")]
    if lacking:
        yield wrong("kubernetes reading", f"it may not {', '.join(lacking[:8])}", f"{ACCOUNTS} midwatch-read")
    else:
        where = ", ".join(namespaces) or "the whole cluster"
        yield proven("kubernetes reading", f"pods, logs, events, workloads, Services and nodes of {where}")
    yield from _wider(api, places)
    yield _changes_nothing(api, namespaces, beside)
    yield _never(api, [*places, ""], "midwatch-read")


def _wider(api: client.ApiClient, places: Sequence[str]) -> Iterator[Checkup]:
    """Only what lacks is told: the diagnosis works without, and sees less."""
    lacking = [
        _words(right, place)
        for place in places
        for right in WIDER
        if not (allowed(api, *right, "") or allowed(api, *right, place))
    ]
    lacking += [_words(right, "") for right in WIDER_EVERYWHERE if not allowed(api, *right, "")]
    if lacking:
        says = f"it may not {', '.join(lacking[:8])}, so that faults which show only there are not found"
        yield unproven("kubernetes faults", says, f"{ACCOUNTS} midwatch-read")


def _changes_nothing(api: client.ApiClient, namespaces: Sequence[str], beside: Sequence[str]) -> Checkup:
    found = rights(api, namespaces, beside)
    mend = f"{ACCOUNTS} midwatch-read, which only gets, lists and watches"
    if found.may:
        says = f"this reading identity may {', '.join(found.may)}: the worker will not start with it"
        return wrong(CHANGING, says, mend)
    if found.unproven:
        return unproven(CHANGING, f"{found.unproven}: the worker will not read the cluster", mend)
    if found.beyond:
        return unproven(CHANGING, f"it may change nothing where it was asked, but {found.beyond}", mend)
    return proven(CHANGING, "the identity may change nothing")


def _actor(api: client.ApiClient, namespaces: Sequence[str]) -> Iterator[Checkup]:
    lacking = [_words(right, place) for place in namespaces for right in ACTS if not allowed(api, *right, place)]
    part = CHANGING
    if not namespaces:
        yield wrong(part, "MIDWATCH_NAMESPACES is empty: it may change nothing", "name the namespaces it may change")
    elif lacking:
        yield wrong(
            part,
            f"it may not {', '.join(lacking[:8])}",
            "bind ClusterRole midwatch-act in that namespace with a RoleBinding (manifests/kubernetes/identities.yaml)",
        )
    else:
        yield proven(part, f"may patch Deployments in {', '.join(namespaces)}")
    for part, right, says, mend in OPTIONAL:
        if refused := [place for place in namespaces if not allowed(api, *right, place)]:
            yield unproven(part, says.format(", ".join(refused[:6])), mend)
    yield _elsewhere(api, namespaces)
    yield _never(api, [*namespaces, ""], "midwatch-act")


def _elsewhere(api: client.ApiClient, namespaces: Sequence[str]) -> Checkup:
    """It must stop where the list stops."""
    part = "kubernetes elsewhere"
    listed, _ = namespaces_of(api)
    others = [name for name in dict.fromkeys([*SYSTEM, *(listed or ())]) if name not in namespaces][:MOST_ELSEWHERE]
    may = [
        _words(right, place or "every namespace")
        for place in ["", *others]
        for right in ELSEWHERE
        if allowed(api, *right, place)
    ]
    if may:
        mend = "remove the ClusterRoleBinding (or RoleBinding) there; one RoleBinding for each namespace listed is all"
        return wrong(part, f"it may {', '.join(may[:6])}, which MIDWATCH_NAMESPACES does not list", mend)
    places = ", ".join(others[:4])
    nothing = "may patch no Deployment, CronJob or autoscaler, create no Job and evict no pod"
    where = f"{nothing} in {places}, nor everywhere at once"
    if listed is None:
        mend = "kubectl get rolebindings --all-namespaces shows where midwatch-act is bound"
        return unproven(part, f"{where}; it cannot list namespaces, so that others were not tried", mend)
    return proven(part, where)


def _never(api: client.ApiClient, places: Sequence[str], account: str) -> Checkup:
    part = "kubernetes never"
    may = [
        _words(right, place or "every namespace")
        for place in dict.fromkeys(places)
        for right in NEVER
        if allowed(api, *right, place)
    ]
    if may:
        return wrong(part, f"the identity may {', '.join(may[:6])}", f"{ACCOUNTS} {account}, which may none of it")
    return proven(part, "may read no Secret, enter no pod, patch no node, give itself no rights")


def _words(right: Right, place: str) -> str:
    verb, _, resource = right
    return f"{verb} {resource}" + (f" in {place}" if place else "")
