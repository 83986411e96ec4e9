"""`pods/log`: which lines of which container's which life."""

import json
from typing import Any

import pytest
from kubernetes.client import ApiException


@pytest.fixture
def talking(world: Any) -> Any:
    """A world whose one pod has printed a line a second for the last minute, and restarted twenty seconds ago."""
    world.deploy(replicas=1)
    world.wait(60, step=5)
    now = world.clock[0]
    world.cluster.logs = lambda namespace, pod, container: [
        (now - 60 + second, f"{container} line {second} é") for second in range(60)
    ]
    return world


def _name(world: Any) -> str:
    return str(world.pods()[0]["metadata"]["name"])


def _log(world: Any, **options: Any) -> list[str]:
    return str(world.core().read_namespaced_pod_log(_name(world), "shop", **options)).splitlines()


def _restart(world: Any, seconds_ago: float) -> None:
    world.clock[0] -= seconds_ago
    last = {"terminated": {"exitCode": 1, "reason": "Error"}}
    world.cluster.set_pod_health("shop", _name(world), True, restarts=1, last_state=last)
    world.clock[0] += seconds_ago
    world.cluster.tick()


def test_a_log_is_its_lines(talking):
    assert _log(talking) == [f"app line {second} é" for second in range(60)]


def test_the_last_lines_and_the_last_seconds(talking):
    assert _log(talking, tail_lines=2) == ["app line 58 é", "app line 59 é"]
    assert _log(talking, tail_lines=0) == []
    assert len(_log(talking, since_seconds=10)) == 10
    assert _log(talking, since_seconds=10, tail_lines=1) == ["app line 59 é"]
    cut = talking.send("GET", f"/api/v1/namespaces/shop/pods/{_name(talking)}/log", limitBytes="40").content
    assert len(cut) == 40, "bytes are counted, be it in the middle of a letter"


def test_since_a_time(talking):
    when = talking.send("GET", f"/api/v1/namespaces/shop/pods/{_name(talking)}/log", sinceTime="2030-01-01T00:00:00Z")

    assert (when.status_code, when.text) == (200, "")


def test_timestamps_come_first(talking):
    stamped = _log(talking, timestamps=True, tail_lines=1)[0]

    assert stamped.endswith("Z app line 59 é")
    assert stamped.startswith("2026-09-21T")


def test_the_previous_life_ends_where_the_present_one_began(talking):
    _restart(talking, 20)

    assert _log(talking, previous=True) == [f"app line {second} é" for second in range(40)]
    assert _log(talking) == [f"app line {second} é" for second in range(40, 60)]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({"previous": "true"}, 400, 'previous terminated container "app" in pod'),
        ({"container": "other"}, 400, "container other is not valid for pod"),
        ({"sinceSeconds": "0"}, 422, "must be greater than 0"),
        ({"sinceSeconds": "5", "sinceTime": "2026-01-01T00:00:00Z"}, 422, "at most one of"),
        ({"tailLines": "-1"}, 422, "must be greater than or equal to 0"),
        ({"tailLines": "many"}, 400, "invalid syntax"),
        ({"limitBytes": "0"}, 422, "must be greater than 0"),
        ({"sinceTime": "yesterday"}, 400, "parsing time"),
    ],
)
def test_a_question_without_an_answer_is_refused(talking, options, code, words):
    answer = talking.send("GET", f"/api/v1/namespaces/shop/pods/{_name(talking)}/log", **options)

    assert answer.status_code == code
    assert words in answer.json()["message"]


def test_a_container_that_has_not_started_has_no_log(world):
    world.deploy(replicas=1)
    world.core().delete_namespaced_pod(_name(world), "shop")
    world.cluster.tick()
    world.wait(0.2)
    fresh = next(pod for pod in world.pods() if "deletionTimestamp" not in pod["metadata"])
    with pytest.raises(ApiException) as caught:
        world.core().read_namespaced_pod_log(fresh["metadata"]["name"], "shop")

    assert caught.value.status == 400
    assert "is waiting to start: ContainerCreating" in json.loads(caught.value.body)["message"]


def test_a_pod_of_two_containers_must_be_asked_for_one(world, a_deployment):
    manifest = a_deployment("pair")
    manifest["spec"]["template"]["spec"]["containers"].append({"name": "proxy", "image": "registry.example/proxy:1"})
    world.cluster.create(manifest)
    world.wait(3)
    name = world.pods("pair")[0]["metadata"]["name"]
    answer = world.send("GET", f"/api/v1/namespaces/shop/pods/{name}/log")

    assert answer.status_code == 400
    assert "a container name must be specified" in answer.json()["message"]
    assert "choose one of: [app proxy]" in answer.json()["message"]


def test_a_followed_log_grows_until_the_pod_is_gone(talking):
    name, lines = _name(talking), [(talking.clock[0] - 1, "first")]
    talking.cluster.logs = lambda *_: list(lines)
    answer = talking.core().read_namespaced_pod_log(name, "shop", follow=True, _preload_content=False)
    stream = answer.stream(decode_content=False)
    first = next(stream)
    lines.append((talking.clock[0], "second"))
    second = next(stream)
    talking.core().delete_namespaced_pod(name, "shop", grace_period_seconds=0)

    assert (first, second) == (b"first\n", b"second\n")
    assert list(stream) == []
