"""Who may do what: bearer tokens, refusals in the real server's words, and what one may ask about oneself."""

import json
from typing import Any

import pytest
import requests
from kubernetes import client
from kubernetes.client import ApiException
from pydantic import ValidationError

from bot.playground.world.kube.rbac import Access, Ask

READER = "system:serviceaccount:midwatch:midwatch-read"


def _refused(call: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    with pytest.raises(ApiException) as caught:
        call(*args, **kwargs)
    return dict(json.loads(caught.value.body))


@pytest.mark.parametrize("token", [None, "nobody", ""])
def test_no_token_or_one_nobody_has_is_401(world, token):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = requests.get(f"{world.url}/api/v1/pods", headers=headers, timeout=30)

    assert answer.status_code == 401
    assert (answer.json()["reason"], answer.json()["message"]) == ("Unauthorized", "Unauthorized")


def test_a_refusal_names_who_what_and_where(world):
    world.deploy()
    patch = {"spec": {"replicas": 1}}
    body = _refused(world.apps("reader").patch_namespaced_deployment, "web", "shop", patch)

    assert body["message"] == (
        f'deployments.apps "web" is forbidden: User "{READER}" cannot patch resource "deployments" in API group "apps" '
        'in the namespace "shop"'
    )
    assert (body["code"], body["reason"]) == (403, "Forbidden")
    assert body["details"] == {"name": "web", "group": "apps", "kind": "deployments"}
    assert world.cluster.writes == []


def test_a_refusal_at_the_cluster_scope_says_so(world):
    body = _refused(world.core("reader").list_node)

    assert body["message"] == (
        f'nodes is forbidden: User "{READER}" cannot list resource "nodes" in API group "" at the cluster scope'
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/apis/apps/v1/namespaces/shop/deployments"),
        ("PUT", "/apis/apps/v1/namespaces/shop/deployments/web"),
        ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web"),
        ("DELETE", "/apis/apps/v1/namespaces/shop/deployments/web"),
        ("DELETE", "/apis/apps/v1/namespaces/shop/deployments"),
        ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web/scale"),
        ("PUT", "/apis/apps/v1/namespaces/shop/deployments/web/status"),
        ("POST", "/api/v1/namespaces/shop/pods/x/eviction"),
        ("DELETE", "/api/v1/namespaces/shop/pods/x"),
        ("POST", "/api/v1/namespaces/shop/configmaps"),
        ("POST", "/apis/batch/v1/namespaces/shop/jobs"),
        ("PATCH", "/api/v1/nodes/node-a"),
    ],
)
@pytest.mark.parametrize("dry", [{}, {"dryRun": "All"}])
def test_a_reader_may_change_nothing_not_even_dry(world, method, path, dry):
    answer = world.send(method, path, {}, token="reader", **dry)

    assert (answer.status_code, answer.json()["reason"]) == (403, "Forbidden")


def test_a_writer_may_only_in_its_namespace(world, a_deployment):
    world.deploy()
    world.deploy(namespace="backoffice")
    patch = {"spec": {"replicas": 4}}

    assert world.apps("writer").patch_namespaced_deployment("web", "shop", patch).spec.replicas == 4
    refused = _refused(world.apps("writer").patch_namespaced_deployment, "web", "backoffice", patch)
    assert 'in the namespace "backoffice"' in refused["message"]
    assert _refused(world.apps("writer").list_namespaced_deployment, "shop")["code"] == 403


def test_the_right_to_a_resource_is_no_right_to_its_subresource(world):
    world.deploy()
    patch = {"spec": {"replicas": 0}}
    body = _refused(world.apps("writer").patch_namespaced_deployment_scale, "web", "shop", patch)

    assert 'cannot patch resource "deployments/scale"' in body["message"]


@pytest.mark.parametrize(
    ("token", "verb", "resource", "subresource", "namespace", "allowed"),
    [
        ("reader", "list", "deployments", "", "shop", True),
        ("reader", "patch", "deployments", "", "shop", False),
        ("reader", "list", "deployments", "", "", True),
        ("writer", "patch", "deployments", "", "shop", True),
        ("writer", "patch", "deployments", "", "backoffice", False),
        ("writer", "patch", "deployments", "", "", False),
        ("writer", "patch", "deployments", "scale", "shop", False),
        ("writer", "*", "*", "", "shop", False),
        ("admin", "*", "*", "", "", True),
    ],
)
def test_an_access_review_tells_what_would_be_allowed(world, token, verb, resource, subresource, namespace, allowed):
    group = "apps" if resource == "deployments" else "*"
    wanted = {"verb": verb, "group": group, "resource": resource, "subresource": subresource, "namespace": namespace}
    api = client.AuthorizationV1Api(world.api(token))
    answer = api.create_self_subject_access_review({"spec": {"resourceAttributes": wanted}})

    assert answer.status.allowed is allowed


def test_an_access_review_of_nothing_is_422(world):
    answer = world.send("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"spec": {}}, token="reader")

    assert answer.status_code == 422


def test_everybody_may_ask_who_they_are_and_what_they_may(world):
    who = client.AuthenticationV1Api(world.api("reader")).create_self_subject_review({}).status.user_info
    api = client.AuthorizationV1Api(world.api("writer"))
    rules = api.create_self_subject_rules_review({"spec": {"namespace": "shop"}}).status.resource_rules
    elsewhere = api.create_self_subject_rules_review({"spec": {"namespace": "backoffice"}}).status.resource_rules

    assert who.username == READER
    assert "system:serviceaccounts:midwatch" in who.groups
    assert any(rule.verbs == ["get", "patch"] and rule.resources == ["deployments"] for rule in rules)
    assert not any("patch" in rule.verbs for rule in elsewhere)
    assert world.cluster.writes == []


def test_a_rule_for_a_name_holds_for_that_name_only():
    rule = {"resources": ["deployments"], "verbs": ["patch"], "resourceNames": ["web"], "apiGroups": ["apps"]}
    who = Access.parse({"tokens": {"t": {"user": "u", "rules": [rule]}}}).who("Bearer t")

    assert who.may(Ask("patch", "apps", "deployments", "", "shop", "web"))
    assert not who.may(Ask("patch", "apps", "deployments", "", "shop", "api"))
    assert not who.may(Ask("list", "apps", "deployments", "", "shop"))


def test_a_mistake_in_the_access_file_names_its_place():
    with pytest.raises(ValidationError, match=r"tokens\.t\.rules\.0\.verbs"):
        Access.parse({"tokens": {"t": {"user": "u", "rules": [{"resources": ["pods"]}]}}})
