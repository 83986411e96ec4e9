"""The analyzers over a strict cluster and bad servers: what is found, what may not be read, what is never asked."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.adapters.looks import ToolLooks
from bot.core.events import Outcome
from bot.core.signs import Role, Sign, signs_in
from bot.core.tool import Observation
from tests.tools.faults.beside import claim, service, storage_class, webhook
from tests.tools.faults.cluster import deployment, event, pod, replica_set, waiting
from tests.tools.read.answering import Answering, Reply, a_look, answering
from tests.tools.read.conftest import Kubeconfig
from tools.read.sources.cluster import ClusterSettings

Json = dict[str, Any]
X = "shop-7d9f8b6c5d-x7gr9"
CRASHED = waiting("CrashLoopBackOff", restarts=7, ended={"reason": "Error", "exitCode": 1})
NOT_SERVED = Reply(b"404 page not found", 404, {"content-type": "text/plain"})


def refused(plural: str) -> Reply:
    words = f'{plural} is forbidden: User "u" cannot list resource "{plural}"'
    return Reply({"kind": "Status", "status": "Failure", "reason": "Forbidden", "message": words, "code": 403}, 403)


def page(*items: Json, following: str = "") -> Reply:
    return Reply({"kind": "List", "metadata": {"continue": following}, "items": list(items)})


def routes(**kinds: Reply | list[Reply]) -> dict[str, Any]:
    """Empty lists of everything, but for what a test gives by plural."""
    paths = {
        "pods": "/api/v1/namespaces/store/pods", "events": "/api/v1/namespaces/store/events",
        "deployments": "/apis/apps/v1/namespaces/store/deployments",
        "replicasets": "/apis/apps/v1/namespaces/store/replicasets",
        "networkpolicies": "/apis/networking.k8s.io/v1/namespaces/store/networkpolicies",
        "endpointslices": "/apis/discovery.k8s.io/v1/namespaces/store/endpointslices",
        "services": "/api/v1/namespaces/store/services",
        "persistentvolumeclaims": "/api/v1/namespaces/store/persistentvolumeclaims",
        "log": f"/api/v1/namespaces/store/pods/{X}/log",
    }  # fmt: skip
    every: dict[str, Any] = {"/api/v1/": page(), "/apis/": page()}
    every["/api/v1/namespaces/store"] = Reply({"metadata": {"name": "store"}, "status": {"phase": "Active"}})
    every |= {f"/api/v1/namespaces/store/{one}": page() for one in ("pods", "services", "resourcequotas",
              "limitranges", "persistentvolumeclaims", "events")}  # fmt: skip
    every["/api/v1/nodes"] = page()
    return every | {paths[name]: reply for name, reply in kinds.items()}


Ask = Callable[..., tuple[Observation, Answering]]


@pytest.fixture
def look(kubeconfig: Kubeconfig) -> Ask:
    def ask(given: dict[str, Any], service: str = "", seconds: float = 5.0) -> tuple[Observation, Answering]:
        with answering(given) as server:
            looks = ToolLooks(given=[ClusterSettings(kubeconfig=kubeconfig(server.url, "token"))])
            arguments = {"namespace": "store", "service": service}
            return looks.look("find_kubernetes_faults", arguments, a_look(seconds)), server

    return ask


def causes(found: Observation) -> dict[str, Sign]:
    return {one.kind: one for one in signs_in(found.facts) if one.role is Role.CAUSE}


def test_a_fault_is_found_with_its_quote(look: Ask) -> None:
    held = pod(X, waiting("ImagePullBackOff", "manifest for r.example/shop:9 not found: manifest unknown"))
    found, _ = look(routes(pods=page(held), deployments=page(deployment(0, 1)), replicasets=page(replica_set())))

    assert found.outcome is Outcome.OK
    assert causes(found)["image_not_found"].service == "shop"
    assert "manifest unknown" in found.digest
    assert len(found.digest) <= 6000


def test_the_last_words_of_a_crashed_container_are_read_and_secrets_in_them_are_not_told(look: Ask) -> None:
    words = Reply(b"starting\nfatal: cannot connect to postgres://shop:hunter2secret@db:5432/shop\n", 200)
    found, server = look(routes(pods=page(pod(X, CRASHED)), log=words))

    asked = next(one for one in server.seen if one.path.endswith("/log"))
    assert asked.query["previous"] == ["true"]
    assert "cannot connect to postgres" in found.digest
    assert "hunter2secret" not in str(found.facts) + found.digest


def test_what_is_denied_is_told_and_never_taken_for_absence(look: Ask) -> None:
    found, _ = look(routes(pods=page(pod()), networkpolicies=refused("networkpolicies")))

    assert "NetworkPolicy" in found.facts["unread"]
    assert "networkpolicies could not be read (denied" in found.digest
    assert found.facts["incomplete"]
    assert "No NetworkPolicy" not in found.digest


def test_a_kind_that_the_server_does_not_have_is_not_there_but_a_server_without_pods_is_a_failure(look: Ask) -> None:
    found, _ = look(routes(pods=page(pod()), networkpolicies=NOT_SERVED))
    broken, _ = look(routes(pods=NOT_SERVED))

    assert "NetworkPolicy" not in found.facts["unread"]
    assert broken.outcome is Outcome.FAILED


def test_where_nothing_may_be_read_the_look_is_denied(look: Ask) -> None:
    found, _ = look({"/": refused("pods")})

    assert found.outcome is Outcome.DENIED


def test_lists_are_read_page_by_page(look: Ask) -> None:
    second = pod("shop-7d9f8b6c5d-bbbbb", waiting("ImagePullBackOff", "manifest unknown"))
    found, server = look(routes(pods=[page(pod(X), following="more"), page(second)]))

    assert "image_not_found" in causes(found)
    asked = [one for one in server.seen if one.path.endswith("/pods")]
    assert [one.query.get("continue") for one in asked] == [None, ["more"]]


def test_an_object_that_is_broken_leaves_the_others_readable(look: Ask) -> None:
    held = pod(X, waiting("ImagePullBackOff", "manifest unknown"))
    odd = pod("shop-7d9f8b6c5d-ccccc")
    odd["spec"]["containers"][0]["ports"] = "eighty"
    found, _ = look(routes(pods=page(odd, held)))

    assert "image_not_found" in causes(found)


def test_nothing_but_get_is_asked_and_never_a_secret(look: Ask) -> None:
    _, server = look(routes(pods=page(pod(X, CRASHED)), events=page(event("BackOff", "Back-off restarting"))))

    assert {one.method for one in server.seen} == {"GET"}
    assert not [one.path for one in server.seen if "secrets" in one.path or "configmaps" in one.path]


def test_only_nodes_that_carry_the_pods_are_read(look: Ask) -> None:
    _, server = look(routes(pods=page(pod())))
    waits = pod(X, spec={"nodeName": ""}, ready=False, status={"phase": "Pending", "containerStatuses": []})
    _, every = look(routes(pods=page(waits)))

    assert [one.path for one in server.seen if "/nodes" in one.path] == ["/api/v1/nodes/worker-1"]
    assert [one.path for one in every.seen if "/nodes" in one.path] == ["/api/v1/nodes"]


def test_rights_are_read_only_where_somebody_was_forbidden(look: Ask) -> None:
    line = (
        'Error: configmaps is forbidden: User "system:serviceaccount:store:shop" cannot list resource "configmaps" in '
        'API group "" in the namespace "store"'
    )
    quiet, server = look(routes(pods=page(pod())))
    found, forbidden = look(routes(pods=page(pod(X, CRASHED)), log=Reply(line.encode())))

    assert not [one.path for one in server.seen if "rbac" in one.path]
    assert [one.path for one in forbidden.seen if "rbac" in one.path]
    assert "no RoleBinding or ClusterRoleBinding names it" in causes(found)["rbac_denied"].says
    assert not causes(quiet)


def test_an_empty_namespace_is_no_data(look: Ask) -> None:
    found, _ = look(routes())

    assert found.outcome is Outcome.NO_DATA


def test_a_line_of_json_is_told_as_people_would_have_written_it(look: Ask) -> None:
    line = b'{"level": "error", "msg": "cannot start", "err": "open /etc/shop.yaml: no such file", "trace": "4b1d"}'
    found, _ = look(routes(pods=page(pod(X, CRASHED)), log=Reply(line)))

    assert "ERROR cannot start: open /etc/shop.yaml: no such file" in found.digest
    assert "4b1d" not in found.digest


def test_many_services_that_are_well_do_not_fill_the_answer(look: Ask) -> None:
    many = [service(f"shop-{number}") for number in range(60)]
    found, _ = look(routes(pods=page(pod(X)), services=page(*many)))

    assert len([one for one in signs_in(found.facts) if one.kind == "service_well"]) == 5


def test_trouble_of_another_service_stands_behind_the_own_and_what_is_well_of_it_is_left_out(look: Ask) -> None:
    held = pod(
        "other-7d9f8b6c5d-aaaaa",
        waiting("ImagePullBackOff", "manifest unknown"),
        metadata={"labels": {"app": "other"}, "ownerReferences": [{"kind": "ReplicaSet", "name": "other-7d9f8b6c5d"}]},
    )
    found, _ = look(routes(pods=page(pod(X), held), services=page(service(), service("third"))), "shop")

    named = [one.service for one in signs_in(found.facts) if one.service]
    assert named[-1] == "other"
    assert "third" not in named


def test_a_backend_of_a_webhook_in_another_namespace_is_asked_for_by_name(look: Ask) -> None:
    gone = {"kind": "Status", "reason": "NotFound", "details": {"name": "guard"}, "code": 404}
    given = routes(pods=page(pod(X))) | {
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations": page(webhook()),
        "/api/v1/namespaces/guard/services/guard": Reply(gone, 404),
    }
    found, _ = look(given)

    assert "its Service guard/guard does not exist" in causes(found)["webhook_backend_down"].says


def test_volumes_and_classes_are_read_only_where_a_claim_is_not_bound(look: Ask) -> None:
    uses = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "state"}}], "nodeName": "worker-1"}
    holds = pod(X, spec=uses, ready=False, status={"phase": "Pending", "containerStatuses": []})
    classes = {"/apis/storage.k8s.io/v1/storageclasses": page(storage_class("slow"))}
    found, server = look(routes(pods=page(holds), persistentvolumeclaims=page(claim())) | classes)
    _, bound = look(routes(pods=page(holds), persistentvolumeclaims=page(claim("Bound"))))

    assert 'storageclass "fast" not found (there is slow)' in causes(found)["pvc_storage_class_missing"].says
    assert [one.path for one in server.seen if "storageclasses" in one.path]
    assert not [one.path for one in bound.seen if "storageclasses" in one.path]


def test_a_list_that_hangs_leaves_what_the_others_say(look: Ask) -> None:
    held = pod(X, waiting("ImagePullBackOff", "manifest unknown"))
    hangs = Reply({"items": []}, after=3.0)
    found, _ = look(routes(pods=page(held), networkpolicies=hangs), seconds=2.0)

    assert "image_not_found" in causes(found)
    assert found.facts["unread"]["NetworkPolicy"].startswith("timed out")


def test_a_password_in_an_address_that_leads_nowhere_is_not_told(look: Ask) -> None:
    env = [{"name": "DATABASE_URL", "value": "postgres://shop:hunter2secret@db:5432/shop"}]
    spec = {"nodeName": "worker-1", "containers": [{"name": "app", "image": "i", "env": env}]}
    found, _ = look(routes(pods=page(pod(X, spec=spec)), services=page(service())))

    assert "Service db does not exist" in causes(found)["service_missing"].says
    assert "hunter2secret" not in str(found.facts) + found.digest


def test_a_list_that_is_cut_is_told_and_its_absences_prove_nothing(look: Ask) -> None:
    env = [{"name": "STOCK_ADDR", "value": "http://stock:8080"}]
    spec = {"nodeName": "worker-1", "containers": [{"name": "app", "image": "i", "env": env}]}
    many = page(*[service(f"s-{number}") for number in range(5000)], following="more")
    found, _ = look(routes(pods=page(pod(X, spec=spec)), services=many), seconds=20.0)

    assert "services could not be read in full (cut" in found.digest
    assert "service_missing" not in causes(found)
