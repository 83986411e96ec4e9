"""The other stories as people play them: nothing to approve, or a leak that began long ago; each width, each colour."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.playground.outfit import Outfit
from bot.wiring.demo import ask_world, find_scenario, playground, runbook_folders
from tests.page.conftest import DESKTOP, PHONE, Window, keep_picture, open_window, say_yes, serious_faults
from tests.page.test_play import PICTURES
from tests.standin.stage import eventually

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("page-stories"), pytest.mark.timeout(400)]
LONG_MS = 120_000


@contextmanager
def told(chromium: Browser, folder: Path, name: str, **how: Any) -> Iterator[tuple[Window, Outfit]]:
    """A playground with this scenario, somebody at its page; in the end nothing stood in anybody's way."""
    scenario = find_scenario(name)
    outfit = Outfit.make(folder, scenario, runbook_folders(scenario), calm=True)
    with playground(outfit):
        window = open_window(chromium, outfit.page, **how)
        yield window, outfit
        keep_picture(window.page, PICTURES, f"story-{name}")
        assert serious_faults(window.page) == []
        assert not window.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert window.complaints == []
        window.context.close()


def enter_incident(page: Page) -> None:
    """By the link on the card at home, as somebody who is not in the channel yet finds it; then be in it."""
    page.locator("#messages a.mention", has_text="#inc-").first.click(timeout=LONG_MS)
    page.locator("#messages .b-header").first.wait_for()


def card(page: Page) -> Locator:
    """The incident's card: the first message of its channel with a heading."""
    return page.locator("#messages .message", has=page.locator(".b-header")).first


def holds(outfit: Outfit) -> None:
    verdict: dict[str, Any] = {}

    def well() -> bool:
        verdict.update(ask_world(outfit))
        return bool(verdict["holds"])

    try:
        eventually(well, within_s=200)
    except AssertionError as late:
        raise AssertionError(f"the world is not as it should be: {verdict}") from late


def test_a_leak_is_rolled_back_by_keyboard_in_the_dark(chromium: Browser, tmp_path: Path) -> None:
    with told(chromium, tmp_path, "memory-leak", viewport=DESKTOP, color_scheme="dark") as (window, outfit):
        page = window.page
        window.be("Alex")
        enter_incident(page)
        approve = page.locator("#messages").get_by_role("button", name="Approve")
        approve.wait_for(timeout=LONG_MS)
        page.locator("#messages").get_by_role("button", name="Request Changes").focus()
        page.keyboard.press("Enter")
        form = page.get_by_role("dialog")
        form.wait_for()
        page.keyboard.press("Escape")
        expect(form).to_have_count(0)
        approve.focus()
        page.keyboard.press("Enter")
        say_yes(page)

        expect(approve).to_have_count(0, timeout=30_000)
        expect(card(page)).to_contain_text("6.4.0")
        holds(outfit)
        expect(page.locator(".guide .ticked")).to_have_count(4, timeout=LONG_MS)  # nobody came as a visitor


def test_a_cause_two_calls_away_is_named_and_somebody_takes_it(chromium: Browser, tmp_path: Path) -> None:
    with told(chromium, tmp_path, "upstream-cause", viewport=DESKTOP, color_scheme="light") as (window, outfit):
        page = window.page
        page.get_by_role("button", name="Break It").click()
        enter_incident(page)
        expect(card(page)).to_contain_text("leafcache", timeout=LONG_MS)
        expect(card(page)).not_to_contain_text("Proposed")
        card(page).get_by_role("button", name="I Have It").click()
        expect(card(page)).to_contain_text("commander: robin", timeout=30_000)
        follow_evidence(page)
        ask_in_thread(page, "@midwatch status frontwindow")

        page.get_by_role("button", name="Mend by Miracle").click()
        expect(page.locator(".guide .ticked")).to_have_count(4, timeout=LONG_MS)
        holds(outfit)


def follow_evidence(page: Page) -> None:
    """The first evidence id of the card is a link to the look it stands on, in the thread beside it."""
    link = card(page).locator("a", has_text="E").filter(has_text=re.compile(r"^E\d+$")).first
    name = link.inner_text()
    link.click()
    thread = page.get_by_role("complementary", name="Thread")
    look = thread.locator(".message", has=page.locator("strong", has_text=re.compile(f"^{name}$"))).last
    expect(look).to_be_in_viewport()


def ask_in_thread(page: Page, words: str) -> None:
    """By mention, as commands do not work in threads; what was begun outlives an Escape."""
    thread = page.get_by_role("complementary", name="Thread")
    box = thread.get_by_role("textbox")
    box.fill(words)
    box.press("Escape")
    expect(box).to_have_value(words)
    box.press("Enter")
    expect(thread.locator(".message", has_text="attention for frontwindow").last).to_be_visible(timeout=30_000)
    assert serious_faults(page) == []
    thread.get_by_role("button", name="Close").first.click()


def test_a_node_is_named_on_a_phone_and_its_severity_changed(chromium: Browser, tmp_path: Path) -> None:
    with told(chromium, tmp_path, "node-pressure", viewport=PHONE, color_scheme="light") as (window, outfit):
        page = window.page
        enter_incident(page)
        expect(card(page)).to_contain_text("dome-west", timeout=LONG_MS)
        expect(card(page)).not_to_contain_text("Proposed")
        menu = card(page).get_by_role("combobox").first
        menu.select_option(label="SEV1")
        expect(card(page)).to_contain_text("SEV1", timeout=30_000)
        holds(outfit)


def test_a_false_alarm_is_said_to_be_one_on_a_phone_in_the_dark(chromium: Browser, tmp_path: Path) -> None:
    with told(chromium, tmp_path, "false-alarm", viewport=PHONE, color_scheme="dark") as (window, outfit):
        page = window.page
        enter_incident(page)
        expect(card(page)).to_contain_text("Nothing to change", timeout=LONG_MS)
        expect(page.get_by_role("button", name="Approve")).to_have_count(0)
        box = page.locator("#composer-box")
        box.fill("/ops explain TidetableErrors")
        page.keyboard.press("Escape")
        box.press("Enter")
        expect(page.locator(".ephemeral").last).to_contain_text("TidetableErrors", timeout=30_000)
        expect(page.locator(".ephemeral").last).to_contain_text("From", timeout=30_000)
        holds(outfit)
