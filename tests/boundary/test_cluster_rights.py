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
