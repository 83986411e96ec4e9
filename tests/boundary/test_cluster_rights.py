"""Every verb that changes something, tried with the diagnose worker's own cluster identity: 403, nothing written."""

import httpx2
import pytest

from tests.playing import Stage

APPS, CORE = "/apis/apps/v1/namespaces/weaving", "/api/v1/namespaces/weaving"
MERGE = "application/strategic-merge-patch+json"

CHANGES = {
    "patch a deployment": ("PATCH", f"{APPS}/deployments/loom"),
    "patch without a trace": ("PATCH", f"{APPS}/deployments/loom?dryRun=All"),
    "replace a deployment": ("PUT", f"{APPS}/deployments/loom"),
    "create a deployment": ("POST", f"{APPS}/deployments"),
    "delete a deployment": ("DELETE", f"{APPS}/deployments/loom"),
    "delete every deployment": ("DELETE", f"{APPS}/deployments"),
    "scale a deployment": ("PATCH", f"{APPS}/deployments/loom/scale"),
    "replace its scale": ("PUT", f"{APPS}/deployments/loom/scale"),
    "patch its status": ("PATCH", f"{APPS}/deployments/loom/status"),
    "delete a replica set": ("DELETE", f"{APPS}/replicasets/loom-x"),
    "create a pod": ("POST", f"{CORE}/pods"),
    "delete a pod": ("DELETE", f"{CORE}/pods/loom-x"),
    "delete every pod": ("DELETE", f"{CORE}/pods"),
    "evict a pod": ("POST", f"{CORE}/pods/loom-x/eviction"),
    "run a command in a pod": ("POST", f"{CORE}/pods/loom-x/exec?command=id"),
    "attach to a pod": ("POST", f"{CORE}/pods/loom-x/attach"),
    "forward a port": ("POST", f"{CORE}/pods/loom-x/portforward"),
    "add a debug container": ("PATCH", f"{CORE}/pods/loom-x/ephemeralcontainers"),
    "create a secret": ("POST", f"{CORE}/secrets"),
    "patch a config map": ("PATCH", f"{CORE}/configmaps/x"),
    "cordon a node": ("PATCH", "/api/v1/nodes/node-a"),
    "delete a namespace": ("DELETE", "/api/v1/namespaces/weaving"),
    "create a job": ("POST", "/apis/batch/v1/namespaces/weaving/jobs"),
    "create a job without a trace": ("POST", "/apis/batch/v1/namespaces/weaving/jobs?dryRun=All"),
    "change an autoscaler": ("PATCH", "/apis/autoscaling/v2/namespaces/weaving/horizontalpodautoscalers/x"),
    "suspend a cron job": ("PATCH", "/apis/batch/v1/namespaces/weaving/cronjobs/x"),
    "delete a job": ("DELETE", "/apis/batch/v1/namespaces/weaving/jobs/x"),
    "give itself a token": ("POST", f"{CORE}/serviceaccounts/midwatch-act/token"),
    "give itself rights": ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_reading_identity_may_change_nothing(story: Stage, what: str) -> None:
    verb, path = CHANGES[what]
    token = story.outfit.tokens["read"]
    before = story.writes()

    answer = httpx2.request(
        verb,
        f"{story.outfit.world}/kubernetes{path}",
        content=b'{"metadata": {"name": "x"}}',
        headers={"Authorization": f"Bearer {token}", "Content-Type": MERGE if verb == "PATCH" else "application/json"},
        timeout=10.0,
    )

    assert (answer.status_code, answer.json().get("reason")) == (403, "Forbidden"), answer.text
    assert story.writes() == before


def test_the_writing_identity_may_not_leave_its_namespaces(story: Stage) -> None:
    answer = httpx2.request(
        "PATCH",
        f"{story.outfit.world}/kubernetes/apis/apps/v1/namespaces/kube-system/deployments/dns",
        content=b"{}",
        headers={"Authorization": f"Bearer {story.outfit.tokens['act']}", "Content-Type": MERGE},
        timeout=10.0,
    )
    assert answer.status_code == 403


BATCH = "/apis/batch/v1/namespaces"
SCALING = "/apis/autoscaling/v2/namespaces"
FORBIDDEN = {
    "create a job elsewhere": ("POST", f"{BATCH}/kube-system/jobs"),
    "try a job elsewhere": ("POST", f"{BATCH}/default/jobs?dryRun=All"),
    "patch a job at home": ("PATCH", f"{BATCH}/weaving/jobs/x"),
    "delete a job at home": ("DELETE", f"{BATCH}/weaving/jobs/x"),
    "change a cron job elsewhere": ("PATCH", f"{BATCH}/kube-system/cronjobs/x"),
    "try a change of a cron job elsewhere": ("PATCH", f"{BATCH}/default/cronjobs/x?dryRun=All"),
    "replace a cron job at home": ("PUT", f"{BATCH}/weaving/cronjobs/x"),
    "delete a cron job at home": ("DELETE", f"{BATCH}/weaving/cronjobs/x"),
    "change an autoscaler elsewhere": ("PATCH", f"{SCALING}/kube-system/horizontalpodautoscalers/x"),
    "replace an autoscaler at home": ("PUT", f"{SCALING}/weaving/horizontalpodautoscalers/x"),
    "delete an autoscaler at home": ("DELETE", f"{SCALING}/weaving/horizontalpodautoscalers/x"),
    "create an autoscaler at home": ("POST", f"{SCALING}/weaving/horizontalpodautoscalers"),
    "scale a deployment by its scale": ("PATCH", f"{APPS}/deployments/loom/scale"),
    "replace a deployment at home": ("PUT", f"{APPS}/deployments/loom"),
    "create a cron job at home": ("POST", f"{BATCH}/weaving/cronjobs"),
    "evict a pod elsewhere": ("POST", "/api/v1/namespaces/kube-system/pods/x/eviction"),
    "try an eviction elsewhere": ("POST", "/api/v1/namespaces/default/pods/x/eviction?dryRun=All"),
    "delete a pod at home": ("DELETE", f"{CORE}/pods/x"),
    "patch a pod at home": ("PATCH", f"{CORE}/pods/x"),
    "cordon a node": ("PATCH", "/api/v1/nodes/node-a"),
    "try to cordon a node": ("PATCH", "/api/v1/nodes/node-a?dryRun=All"),
    "look at a node": ("GET", "/api/v1/nodes/node-a"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_writing_identity_may_only_do_what_its_tools_do_and_only_where_it_is_listed(
    story: Stage, what: str
) -> None:
    verb, path = FORBIDDEN[what]
    before = story.writes()

    assert _asked(story, verb, path, b'{"metadata": {"name": "x"}}').status_code == 403
    assert story.writes() == before


def test_the_writing_identity_may_try_a_job_at_home(story: Stage) -> None:
    """The control of the refusals above: the same call, in a namespace that is listed, is not forbidden."""
    body = b"""{"metadata": {"name": "x"}, "spec": {"template": {"spec": {
        "restartPolicy": "Never", "containers": [{"name": "x", "image": "x"}]}}}}"""

    assert _asked(story, "POST", f"{BATCH}/weaving/jobs?dryRun=All", body).status_code == 201


PATCHED = {
    "a deployment": f"{APPS}/deployments/nothing",
    "a cron job": f"{BATCH}/weaving/cronjobs/nothing",
    "an autoscaler": f"{SCALING}/weaving/horizontalpodautoscalers/nothing",
}


@pytest.mark.parametrize("what", PATCHED)
def test_the_writing_identity_may_patch_at_home(story: Stage, what: str) -> None:
    """The control of the refusals above: not there is another answer than not allowed."""
    assert _asked(story, "PATCH", PATCHED[what], b"{}").status_code == 404


def test_the_writing_identity_may_evict_at_home(story: Stage) -> None:
    """The control of the refusals above."""
    body = b"""{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "nothing"}}"""
    assert _asked(story, "POST", f"{CORE}/pods/nothing/eviction", body).status_code == 404


NODE = "/api/v1/nodes/nothing"
NOT_OF_NODES = {
    "patch a deployment": ("PATCH", f"{APPS}/deployments/loom"),
    "scale a deployment": ("PATCH", f"{APPS}/deployments/loom/scale"),
    "suspend a cron job": ("PATCH", f"{BATCH}/weaving/cronjobs/x"),
    "create a job": ("POST", f"{BATCH}/weaving/jobs"),
    "delete a pod": ("DELETE", f"{CORE}/pods/loom-x"),
    "patch a pod": ("PATCH", f"{CORE}/pods/loom-x"),
    "create a pod": ("POST", f"{CORE}/pods"),
    "replace a disruption budget": ("PUT", "/apis/policy/v1/namespaces/weaving/poddisruptionbudgets/x"),
    "delete a disruption budget": ("DELETE", "/apis/policy/v1/namespaces/weaving/poddisruptionbudgets/x"),
    "run a command in a pod": ("POST", f"{CORE}/pods/loom-x/exec?command=id"),
    "read a secret": ("GET", f"{CORE}/secrets/x"),
    "delete a node": ("DELETE", NODE),
    "create a node": ("POST", "/api/v1/nodes"),
    "patch a node's status": ("PATCH", f"{NODE}/status"),
}


@pytest.mark.parametrize("what", NOT_OF_NODES)
def test_the_identity_for_nodes_may_touch_nothing_else(story: Stage, what: str) -> None:
    verb, path = NOT_OF_NODES[what]
    before = story.writes()

    assert _asked(story, verb, path, b'{"metadata": {"name": "x"}}', "nodes").status_code == 403
    assert story.writes() == before


def test_the_identity_for_nodes_may_patch_a_node_and_the_other_two_may_not(story: Stage) -> None:
    """Not there is another answer than not allowed."""
    answers = {who: _asked(story, "PATCH", NODE, b"{}", who).status_code for who in ("nodes", "act", "read")}
    assert answers == {"nodes": 404, "act": 403, "read": 403}


def test_the_identity_for_nodes_may_evict_and_the_reading_one_may_not(story: Stage) -> None:
    """Not there is another answer than not allowed."""
    path, body = f"{CORE}/pods/nothing/eviction", b"""{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {}}"""
    assert {who: _asked(story, "POST", path, body, who).status_code for who in ("nodes", "read")} == {
        "nodes": 404,
        "read": 403,
    }


def _asked(story: Stage, verb: str, path: str, body: bytes, who: str = "act") -> httpx2.Response:
    kind = MERGE if verb == "PATCH" else "application/json"
    headers = {"Authorization": f"Bearer {story.outfit.tokens[who]}", "Content-Type": kind}
    url = f"{story.outfit.world}/kubernetes{path}"
    return httpx2.request(verb, url, content=body, headers=headers, timeout=10.0)
