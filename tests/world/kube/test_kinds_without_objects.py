"""Kinds that nothing in the world has: they can be looked for as on a real server, and nobody makes one."""

import pytest
import requests

from bot.playground.world.kube.kinds import KINDS, SHOWN, Kind
from tests.world.kube.conftest import World

ADMIN = {"Authorization": "Bearer admin"}
EMPTY = [one for one in KINDS if one.verbs == SHOWN]


def path_of(kind: Kind) -> str:
    group = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    return f"{group}/namespaces/default/{kind.plural}" if kind.namespaced else f"{group}/{kind.plural}"


@pytest.mark.parametrize("kind", EMPTY, ids=lambda kind: kind.name)
def test_there_is_none_of_it_and_none_can_be_made(world: World, kind: Kind) -> None:
    listed = requests.get(f"{world.url}{path_of(kind)}", headers=ADMIN, timeout=5)
    one = requests.get(f"{world.url}{path_of(kind)}/x", headers=ADMIN, timeout=5)
    made = requests.post(f"{world.url}{path_of(kind)}", headers=ADMIN, json={"metadata": {"name": "x"}}, timeout=5)

    assert (listed.status_code, listed.json()["kind"], listed.json()["items"]) == (200, f"{kind.name}List", [])
    assert (one.status_code, one.json()["reason"], one.json()["details"]["name"]) == (404, "NotFound", "x")
    assert made.status_code == 405


def test_who_may_not_list_them_is_refused(world: World) -> None:
    asked = {"Authorization": "Bearer reader"}
    refused = requests.get(f"{world.url}{path_of(EMPTY[0])}", headers=asked, timeout=5)

    assert refused.status_code == 403
    assert "cannot list resource" in refused.json()["message"]
