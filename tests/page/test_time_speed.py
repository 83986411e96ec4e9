"""The speed of time in the world's panel: everybody at any window sees one speed, and what it does and does not do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.page.conftest import KEY, PAGE, PHONE, Window, open_window, serious_faults
from tests.standin.stage import WORKSPACE, start
from tests.world.running import Running, other_names, running

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("page-speed")]


@dataclass(frozen=True)
class Place:
    """A page with a world behind it."""

    base: str
    world: Running

    @property
    def url(self) -> str:
        return f"{self.base}/page/?key={KEY}"

    def speed(self) -> int:
        return int(self.world.get("state")["speed"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("page-speed")
    with running(other_names(), folder, "--calm") as world:
        (folder / "workspace.json").write_text(json.dumps(WORKSPACE))
        (folder / "page.json").write_text(json.dumps({**PAGE, "world": world.url}))
        slack, base = start(folder / "workspace.json", "--page", str(folder / "page.json"))
        yield Place(base, world)
        slack.terminate()
        slack.wait(10)
        assert slack.stdout is not None
        slack.stdout.close()


@pytest.fixture
def window(chromium: Browser, place: Place) -> Iterator[Window]:
    place.world.post("speed", speed=1)
    found = open_window(chromium, place.url)
    yield found
    found.context.close()
    assert found.complaints == []


def choice(page: Page, speed: int) -> Locator:
    return page.get_by_role("radiogroup", name="Time speed").get_by_role("radio", name=f"{speed}×", exact=True)


def hint(page: Page) -> Locator:
    return page.locator("#speed-hint")


def test_a_choice_reaches_the_world_and_says_what_it_does(window: Window, place: Place) -> None:
    expect(choice(window.page, 1)).to_be_checked()
    expect(hint(window.page)).to_have_count(0)
    choice(window.page, 5).check()

    expect(hint(window.page)).to_contain_text("pass 5 times as fast")
    expect(hint(window.page)).to_contain_text("clocks, traffic and Midwatch’s waits stay real")
    expect(window.page.locator("#announcer")).to_contain_text("5 times as fast")
    assert place.speed() == 5


def test_two_windows_agree_also_by_the_keyboard(window: Window, chromium: Browser, place: Place) -> None:
    other = open_window(chromium, place.url, viewport=PHONE)
    other.page.get_by_role("button", name="World").click()
    choice(window.page, 2).check()
    expect(choice(other.page, 2)).to_be_checked()

    choice(other.page, 2).focus()
    other.page.keyboard.press("ArrowRight")
    expect(choice(other.page, 5)).to_be_focused()
    other.page.keyboard.press("ArrowRight")

    expect(choice(other.page, 10)).to_be_checked()
    expect(choice(other.page, 10)).to_be_focused()
    expect(choice(window.page, 10)).to_be_checked()
    expect(hint(window.page)).to_contain_text("10 times")
    assert place.speed() == 10
    assert other.complaints == []
    other.context.close()


def test_what_the_world_refuses_is_told_and_not_shown_as_so(window: Window) -> None:
    said = {"error": "speed: Input should be 1, 2, 5 or 10"}
    window.page.route("**/world/speed", lambda route: route.fulfill(status=400, json=said))
    choice(window.page, 5).click()

    expect(window.page.locator(".toast.bad")).to_contain_text("1, 2, 5 or 10")
    expect(choice(window.page, 1)).to_be_checked()
    expect(hint(window.page)).to_have_count(0)
    assert len(window.complaints) == 1, "the browser itself notes every answer of 400"
    window.complaints.clear()


def test_a_speed_there_is_not_is_refused_through_the_page(place: Place) -> None:
    headers = {"cookie": f"page-{place.base.rpartition(':')[2]}={KEY}", "origin": place.base}
    with httpx2.Client(trust_env=False) as http:
        answer = http.post(f"{place.base}/page/world/speed", json={"speed": 7}, headers=headers)

    assert answer.status_code == 400
    assert "1, 2, 5 or 10" in answer.json()["error"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_nothing_serious_stands_in_anybodys_way(chromium: Browser, place: Place, scheme: str, size: str) -> None:
    place.world.post("speed", speed=10)
    how: dict[str, Any] = {"viewport": PHONE} if size == "phone" else {}
    window = open_window(chromium, place.url, color_scheme=scheme, bypass_csp=True, **how)
    if size == "phone":
        window.page.get_by_role("button", name="World").click()
    expect(hint(window.page)).to_be_visible()

    assert serious_faults(window.page) == []
    assert not window.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    window.context.close()
