"""Which live object a person means: exactly one that was read, or the reason why there is none to be sure of."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.core.case import Seen
from bot.core.tool import Asked, Look
from bot.core.wanted import Wanted
from bot.core.window import window_of
from bot.services.targeting import Places, Target, find_target
from bot.views.requested import not_requested_message
from tests.scene import NOON

ASKED = Asked(("restart",))
WEB = Wanted("restart_deployment", "Deployment", "web")
World = Mapping[str, Any]


def find(wanted: Wanted, places: Places, world: World, asked: Asked = ASKED, **facts: Any) -> Any:
    """``world`` holds names (or `name/Kind`) by namespace, or the outcome of a look that failed.

    A service matches by its prefix; ``facts`` are what the tool says beside.
    """

    def take(what: str, tool: str, arguments: dict[str, Any], _: Look) -> Seen:
        there = world.get(arguments["namespace"], ())
        if isinstance(there, str):
            return Seen(what, tool, there, arguments=arguments, digest="403")
        fitting = [name for name in there if name.startswith(arguments.get("service", ""))]
        rows = [dict(zip(("name", "kind"), name.split("/"), strict=False)) for name in fitting]
        return Seen(what, tool, "ok" if rows else "no_data", arguments=arguments, facts={"workloads": rows, **facts})

    return find_target(wanted, asked, places, take, Look(window_of(NOON, NOON), 1.0, NOON))


def test_one_that_fits_is_meant() -> None:
    assert find(WEB, Places(["a", "b"]), {"a": ["web"], "b": ["cart"]}) == Target("a", "web")


def test_a_service_whose_deployment_has_another_name_is_found_by_its_label() -> None:
    assert find(WEB, Places(["a"]), {"a": ["web-v2"]}) == Target("a", "web-v2")


def test_the_exact_name_is_meant_before_others_that_fit() -> None:
    assert find(WEB, Places(["a"]), {"a": ["web", "web-canary"]}) == Target("a", "web")


@pytest.mark.parametrize("world", [{"a": ["web"], "b": ["web"]}, {"a": ["web-v1", "web-v2"]}])
def test_between_two_it_asks_back(world: World) -> None:
    answer = find(WEB, Places(["a", "b"]), world)

    assert (answer["kind"], answer["why"], answer["known_total"]) == ("not_requested", "several", 2)


def test_the_namespace_that_was_named_decides() -> None:
    wanted = Wanted("restart_deployment", "Deployment", "web", "b")

    assert find(wanted, Places(["a", "b"]), {"a": ["web"], "b": ["web"]}) == Target("b", "web")


def test_where_a_place_could_not_be_read_there_may_be_another() -> None:
    answer = find(WEB, Places(["a", "b"]), {"a": ["web"], "b": "denied"})

    assert (answer["why"], answer["known"], answer["unread"]) == ("unread", ["web in a"], ["b (denied: 403)"])


def test_none_is_said_with_what_there_is() -> None:
    answer = find(WEB, Places(["a"]), {"a": ["cart", "till"]})

    assert (answer["why"], answer["known"], answer["places"]) == ("nothing", ["cart in a", "till in a"], ["a"])


def test_a_namespace_that_is_not_listed_is_refused_without_looking() -> None:
    wanted = Wanted("restart_deployment", "Deployment", "web", "kube-system")

    assert find(wanted, Places(["a"]), {"kube-system": "failed"})["why"] == "namespace_not_listed"


def test_without_any_place_to_look_it_asks_where() -> None:
    assert find(WEB, Places([]), {})["why"] == "where"


@pytest.mark.parametrize(("places", "expected"), [(["a"], Target("a", "web")), (["a", "b"], "where")])
def test_what_no_tool_can_look_up_needs_its_namespace(places: list[str], expected: object) -> None:
    found = find(WEB, Places(places), {}, Asked(("rerun",), "CronJob", look=""))

    assert (found if isinstance(found, Target) else found["why"]) == expected


def test_a_workload_of_another_kind_is_never_the_target_and_is_named() -> None:
    answer = find(WEB, Places(["a"]), {"a": ["web/StatefulSet", "cart/Deployment"]})

    assert (answer["why"], answer["known"]) == ("nothing", ["cart in a"])
    assert answer["others"] == ["StatefulSet web in a"]
    assert "There is StatefulSet web in a, of a kind Midwatch reads and does not change" in str(
        not_requested_message(answer)
    )
    assert find(WEB, Places(["a"]), {"a": ["web/StatefulSet", "web-v2/Deployment"]}) == Target("a", "web-v2")


@pytest.mark.parametrize(
    ("facts", "sure"),
    [
        ({"incomplete": "StatefulSets could not be read", "kinds_unread": ["StatefulSet"]}, True),
        ({"incomplete": "Deployments could not be read", "kinds_unread": ["Deployment"]}, False),
        ({"incomplete": "only the first 5,000 Deployments in a were read", "left_out": -1}, False),
        ({"incomplete": "only 500 of 900 workloads are kept"}, False),
    ],
)
def test_a_list_in_which_another_of_the_kind_may_be_missing_leaves_it_open(facts: World, sure: bool) -> None:
    found = find(WEB, Places(["a"]), {"a": ["web/Deployment"]}, **facts)

    assert (found == Target("a", "web")) is sure
    assert sure or found["unread"] == [f"a (not everything there could be read: {facts['incomplete']})"]
