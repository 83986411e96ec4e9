"""A whole story as somebody at the page plays it: break a service, be refused, approve, see it verified.

The processes are those of `midwatch demo`. One play serves every test here; each looks at what it left behind.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from slack_sdk import WebClient

from bot.playground.outfit import HOME, Outfit
from bot.wiring.demo import find_scenario, playground, runbook_folders
from tests.page.conftest import Window, keep_picture, open_window, say_yes, serious_faults

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("page-play"), pytest.mark.timeout(300)]
PICTURES = os.environ.get("MIDWATCH_PICTURES")
BROKEN_S = 60_000
MENDED_S = 90_000


@dataclass
class Told:
    """What the play saw, step by step."""

    outfit: Outfit
    window: Window
    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def told(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    scenario = find_scenario("bad-rollout")
    outfit = Outfit.make(tmp_path_factory.mktemp("page-play"), scenario, runbook_folders(scenario), calm=True)
    with playground(outfit):
        window = open_window(chromium, outfit.page)
        yield played(Told(outfit, window))
        window.context.close()


def played(told: Told) -> Told:
    window, page, began = told.window, told.window.page, time.monotonic()

    def reached(step: str) -> None:
        told.seconds[step] = time.monotonic() - began

    told.lines["status"] = commanded(page)
    page.get_by_role("button", name="Break It").click()
    channel(page).wait_for(timeout=BROKEN_S)
    told.lines["unread"] = channel(page).inner_text()
    channel(page).click()
    approve(page).wait_for(timeout=BROKEN_S)
    reached("asked")
    read_thread(told)
    window.be("Vic")
    page.get_by_role("button", name="Join Channel").click()
    approve(page).click()
    expect(page.locator(".ephemeral")).to_have_count(1)
    told.lines["refusal"] = page.locator(".ephemeral").inner_text()
    reached("refused")
    window.be("Alex")
    told.lines["for alex"] = page.locator("#messages").inner_text()
    page.emulate_media(color_scheme="dark")
    page.locator("#messages .b-header").first.evaluate("(one) => one.scrollIntoView()")
    keep_picture(page, PICTURES, "playground-dark")
    told.faults["dark"] = serious_faults(page)
    approve(page).click()
    say_yes(page)
    expect(approve(page)).to_have_count(0, timeout=20_000)
    reached("decided")
    expect(page.locator(".guide .ticked")).to_have_count(5, timeout=MENDED_S)
    reached("well")
    return told


def commanded(page: Page) -> str:
    """Type a command with its completion; what came back, for this person's eyes only."""
    box = page.get_by_label("Message #ops")
    box.press_sequentially("/ops sta")
    box.press("Tab")
    box.press("Escape")
    box.press("Enter")
    whisper = page.locator(".ephemeral").last
    whisper.wait_for()
    return whisper.inner_text()


def channel(page: Page) -> Locator:
    return page.locator(".sidebar .channel", has_text="inc-").first


def approve(page: Page) -> Locator:
    return page.locator("#messages").get_by_role("button", name="Approve")


def read_thread(told: Told) -> None:
    page = told.window.page
    page.locator("#messages .replies").first.click()
    thread = page.get_by_role("complementary", name="Thread")
    expect(thread.locator(".line.removed").first).to_be_visible(timeout=20_000)
    told.lines["thread"] = thread.inner_text()
    told.faults["light"] = serious_faults(page)
    page.keyboard.press("Escape")
    keep_picture(page, PICTURES, "playground-light")


def world(told: Told, what: str) -> dict[str, object]:
    found: dict[str, object] = httpx2.get(f"{told.outfit.world}/_world/{what}", timeout=10.0).json()
    return found


def test_from_alert_to_cure_step_by_step(told: Told, record_property: Callable[[str, object], None]) -> None:
    """How long each took is written beside the result, not judged: other tests share the machine."""
    record_property("seconds", told.seconds)
    assert list(told.seconds) == ["asked", "refused", "decided", "well"]


def test_a_form_asks_for_what_a_command_left_out(told: Told) -> None:
    page = told.window.page
    page.locator("#composer-box").fill("/ops incident")
    page.locator("#composer-box").press("Escape")
    page.locator("#composer-box").press("Enter")
    form = page.get_by_role("dialog")
    form.locator("[type=submit]").click()

    expect(form.locator(".field-error:visible").first).to_be_visible()
    assert serious_faults(page) == []
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)


def test_the_command_is_answered_to_whoever_asked(told: Told) -> None:
    assert "Only visible to you" in told.lines["status"]


def test_whoever_is_on_call_sees_the_new_channel_marked(told: Told) -> None:
    assert "unread" in told.lines["unread"]


def test_the_thread_holds_the_dry_run(told: Told) -> None:
    assert "dry run" in told.lines["thread"]


def test_the_visitor_is_refused_in_private(told: Told) -> None:
    assert "Only visible to you" in told.lines["refusal"]
    assert "may not" in told.lines["refusal"]
    assert "Only visible to you" not in told.lines["for alex"]


def test_the_approved_change_was_the_only_one_and_the_world_is_well(told: Told) -> None:
    verdict = world(told, "verdict")
    writes = world(told, "writes")["writes"]
    assert isinstance(writes, list)

    assert len([one for one in writes if "midwatch" in str(one)]) == 1, writes
    assert verdict["checks"]


def test_no_rule_of_slack_was_broken_and_the_page_says_so(told: Told) -> None:
    expect(told.window.page.locator("#rules")).to_contain_text("No limit, scope or deadline")


def test_the_world_can_be_watched_in_figures_and_curves(told: Told) -> None:
    row = told.window.page.locator(".service", has_text="coinbox")
    row.locator("summary").click()

    expect(row.locator(".figures")).to_contain_text("6 of 6")
    expect(row.locator("svg.tall")).to_have_count(3)
    assert "highest" in (row.locator("svg").first.get_attribute("aria-label") or "")


def test_nothing_serious_stood_in_anybodys_way(told: Told) -> None:
    assert told.faults == {"light": [], "dark": []}
    assert told.window.complaints == []


def test_the_page_was_told_no_secret(told: Told) -> None:
    told_to_page = told.window.page.evaluate("fetch('config').then((answer) => answer.text())")

    for secret in (told.outfit.page_key, told.outfit.webhook_token, told.outfit.signing_secret, "xoxb"):
        assert secret not in told_to_page


def test_on_a_phone_the_same_card_fits(told: Told, chromium: Browser) -> None:
    phone = open_window(chromium, told.outfit.page, viewport={"width": 390, "height": 844}, bypass_csp=True)
    page = phone.page
    page.get_by_role("button", name="Back to the channels").click()
    channel(page).click()
    page.locator("#messages .b-header").first.wait_for()
    keep_picture(page, PICTURES, "playground-phone")

    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert serious_faults(page) == []
    phone.context.close()


def test_a_broken_rule_of_slack_is_told_in_the_console(told: Told) -> None:
    """The last of the play: what it posts is none of the story's."""
    client = WebClient("xoxb-playground", base_url=f"{told.outfit.slack}/api/")
    client.chat_postMessage(channel=HOME, text="see https://somewhere.example/ unfurled")

    expect(told.window.page.locator("#rules")).to_contain_text("links would unfurl")


def test_pictures_kept_for_the_readme_are_small() -> None:
    kept = sorted((Path(__file__).parents[2] / "docs/pictures").glob("*.png"))

    assert kept
    assert [one.name for one in kept if one.stat().st_size > 150_000] == []
