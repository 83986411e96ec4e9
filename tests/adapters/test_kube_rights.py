"""What an identity may change is found where it is bound, and what could not be asked is never taken for a no."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.adapters.kube_rights import Rights, rights_of
from bot.playground.access import access_of
from bot.playground.outfit import identities
from tests.tools.change.stage import WEB, Stage, kubeconfig, playing
from tests.tools.read.answering import Reply, answering

TOKENS = {"read": "read-token", "act": "act-token"}
SHIPPED = access_of(TOKENS, [WEB], identities())
ACTING = SHIPPED["tokens"]["act-token"]["rules"]
LISTING = {"namespaces": ["*"], "apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]}
RENAMED = "system:serviceaccount:ops:bot"
OTHERS = {
    "renamed": {"user": RENAMED, "rules": ACTING},
    "renamed-lists": {"user": RENAMED, "rules": [*ACTING, LISTING]},
    "bound-reader": {
        "user": RENAMED,
        "rules": [{"namespaces": [WEB], "apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
    },
}
Ask = Callable[..., Rights]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    access = {"tokens": SHIPPED["tokens"] | OTHERS}
    with playing(tmp_path_factory.mktemp("rights"), access=access) as stage:
        yield stage


@pytest.fixture
def ask(cluster: Stage, tmp_path: Path) -> Iterator[Ask]:
    def asked(token: str, named: tuple[str, ...] = (), own: str | None = None, context: str | None = None) -> Rights:
        found = rights_of(written(tmp_path, cluster.url, token, context), named, own)
        assert found is not None
        return found

    yield asked
    cluster.faulty.picks = lambda *_: False


def written(folder: Path, url: str, token: str = "t", context: str | None = None) -> str:
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(kubeconfig(url, token, context)))
    return str(path)


def test_the_shipped_reading_account_is_proven_to_change_nothing(ask: Ask) -> None:
    assert ask("read-token") == Rights("system:serviceaccount:midwatch:midwatch-read")


def test_the_shipped_acting_account_is_known_by_its_name_wherever_it_is_bound(ask: Ask) -> None:
    [may] = ask("act-token").may

    assert "midwatch-act" in may


def test_a_binding_in_one_namespace_is_found_where_that_namespace_is_named(ask: Ask) -> None:
    found = ask("renamed", named=("other", WEB))

    assert f"patch deployments in {WEB}" in found.may


def test_a_binding_in_one_namespace_is_found_where_namespaces_are_listed(ask: Ask) -> None:
    assert f"patch deployments in {WEB}" in ask("renamed-lists").may


def test_the_pods_own_namespace_and_the_kubeconfigs_are_asked_too(ask: Ask) -> None:
    assert f"create jobs in {WEB}" in ask("renamed", own=WEB).may
    assert f"create jobs in {WEB}" in ask("renamed", context=WEB).may


def test_an_identity_that_lists_no_namespaces_and_is_told_of_none_is_unproven(ask: Ask) -> None:
    found = ask("renamed")

    assert not found.may
    assert "MIDWATCH_NAMESPACES" in found.unproven


def test_a_reader_of_named_namespaces_is_proven_there_and_unproven_elsewhere(ask: Ask) -> None:
    found = ask("bound-reader", named=(WEB,))

    assert not found.may
    assert not found.unproven
    assert f"only {WEB}, default" in found.beyond


@pytest.mark.parametrize(
    "path", ["selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews", "namespaces"]
)
def test_a_cluster_that_fails_has_not_said_no(ask: Ask, cluster: Stage, path: str) -> None:
    cluster.faulty.how = "500"
    cluster.faulty.picks = lambda _, asked, __: asked.endswith(path)

    found = ask("read-token", named=(WEB,))

    assert not found.may
    assert "500" in found.unproven


def test_a_cluster_that_is_not_there_has_not_said_no(tmp_path: Path) -> None:
    found = rights_of(written(tmp_path, "http://127.0.0.1:1"), (), None)

    assert found is not None
    assert "does not answer" in found.unproven


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"{}", b"null"])
def test_what_is_no_answer_is_not_a_no(tmp_path: Path, body: bytes) -> None:
    with answering({"/": Reply(body, headers={"content-type": "application/json"})}) as server:
        found = rights_of(written(tmp_path, server.url), (WEB,), None)

    assert found is not None
    assert "something else" in found.unproven


def test_rules_that_the_server_cannot_list_are_asked_one_by_one(tmp_path: Path) -> None:
    everywhere = [may(False)] * 10
    with answering(
        {
            "/apis/authentication.k8s.io": Reply({}, 404),
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": [*everywhere, may(True)],
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews": rules(incomplete=True),
            "/api/v1/namespaces": Reply({"items": []}),
        }
    ) as server:
        found = rights_of(written(tmp_path, server.url), (), None)

    assert found is not None
    assert "patch deployments in default" in found.may


def may(allowed: bool) -> Reply:
    return Reply({"spec": {}, "status": {"allowed": allowed}}, 201)


def rules(incomplete: bool) -> Reply:
    status: dict[str, Any] = {"resourceRules": [], "nonResourceRules": [], "incomplete": incomplete}
    return Reply({"spec": {}, "status": status}, 201)
