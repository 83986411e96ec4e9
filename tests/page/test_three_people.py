"""A change that takes two people, decided at the page: one is refused, one is not enough, the second one starts it."""

import os

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.playground.outfit import APPROVER, RESPONDER, Outfit
from bot.wiring.demo import ask_world, find_scenario, playground, runbook_folders
from tests.page.conftest import PHONE, keep_picture, open_window, say_yes, serious_faults
from tests.standin.stage import eventually

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("page-play"), pytest.mark.timeout(300)]
OPTIONS = {
    "MIDWATCH_REQUIRE_TWO": "roll_back_deployment",
    "MIDWATCH_APPROVERS_CAREFUL": f"{APPROVER} {RESPONDER}",
}


def whispers(page: Page, words: str) -> None:
    expect(page.locator(".ephemeral", has_text=words).last).to_be_visible(timeout=30_000)


def test_it_takes_two_different_people_on_a_phone_in_the_dark(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scenario = find_scenario("bad-rollout")
    folder = tmp_path_factory.mktemp("page-three")
    outfit = Outfit.make(folder, scenario, runbook_folders(scenario), options=OPTIONS)
    with playground(outfit):
        window = open_window(chromium, outfit.page, viewport=PHONE, color_scheme="dark")
        page = window.page
        messages = page.locator("#messages")
        approve = messages.get_by_role("button", name="Approve")
        messages.locator("a.mention", has_text="#inc-").first.click(timeout=120_000)
        approve.wait_for(timeout=60_000)

        window.be("Vic")
        join = page.get_by_role("button", name="Join Channel")
        join.click()
        expect(join).to_have_count(0)
        expect(messages.get_by_text("@vic has joined the channel")).to_be_visible()
        approve.click()
        whispers(page, "You may not decide this")

        window.be("Alex")
        approve.click()
        say_yes(page)
        expect(messages.get_by_text("1 of 2 approved")).to_be_visible(timeout=30_000)
        approve.click()
        say_yes(page)
        whispers(page, "You have already approved this")
        assert not ask_world(outfit)["holds"]

        messages.get_by_role("button", name="Break Glass").click()
        form = page.get_by_role("dialog")
        expect(form.get_by_text("Everybody who decides is told now")).to_be_visible()
        assert serious_faults(page) == []
        keep_picture(page, os.environ.get("MIDWATCH_LOOK"), "glass")
        page.keyboard.press("Escape")
        messages.get_by_text("Two people:").evaluate("(one) => one.scrollIntoView()")
        keep_picture(page, os.environ.get("MIDWATCH_LOOK"), "two-people")

        window.be("Robin")
        approve.click()
        say_yes(page)
        expect(approve).to_have_count(0, timeout=30_000)
        eventually(lambda: ask_world(outfit)["holds"], within_s=120)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert window.complaints == []
        window.context.close()
