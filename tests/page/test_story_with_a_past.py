"""A story that begins by itself, played at the page as narrow as a phone: a scheduled job is run again."""

import pytest
from playwright.sync_api import Browser, expect

from bot.playground.outfit import Outfit
from bot.wiring.demo import ask_world, find_scenario, playground, runbook_folders
from tests.page.conftest import PHONE, open_window, say_yes, serious_faults
from tests.standin.stage import eventually

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("page-play"), pytest.mark.timeout(300)]


def test_a_job_is_run_again_from_a_phone_in_the_dark(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scenario = find_scenario("etl-replica-lag")
    outfit = Outfit.make(tmp_path_factory.mktemp("page-past"), scenario, runbook_folders(scenario), calm=True)
    with playground(outfit):
        window = open_window(chromium, outfit.page, viewport=PHONE, color_scheme="dark")
        page = window.page
        approve = page.locator("#messages").get_by_role("button", name="Approve")
        window.be("Alex")
        page.locator("#messages a.mention", has_text="#inc-").first.click(timeout=60_000)
        approve.click(timeout=60_000)
        say_yes(page)

        expect(approve).to_have_count(0, timeout=20_000)
        assert serious_faults(page) == []
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        eventually(lambda: ask_world(outfit)["holds"], within_s=90)
        assert window.complaints == []
        window.context.close()
