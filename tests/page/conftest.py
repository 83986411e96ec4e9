"""A real Chromium, started once, and the page over a stand-in with the real Bolt behind it."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.standin.stage import WORKSPACE, People, Slack, start

KEY = "a-key-for-tests-only-0123456789"
ROLES = [("U0ALICE", "responder"), ("U0BOB", "approver"), ("U0FOREIGN", "visitor")]
PAGE = {
    "key": KEY,
    "home": "C0OPS",
    "title": "A quiet night",
    "people": [{"user": user, "role": role, "about": f"the {role}"} for user, role in ROLES],
    "commands": [{"command": "/ops", "usage_hint": "status [service] | incident <title> | help"}],
}
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # as root, as in CI, Chromium has no sandbox of its own
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window_slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slack]:
    folder = tmp_path_factory.mktemp("page")
    (folder / "workspace.json").write_text(json.dumps(WORKSPACE))
    (folder / "page.json").write_text(json.dumps(PAGE))
    running, base_url = start(folder / "workspace.json", "--page", str(folder / "page.json"))
    with httpx2.Client(trust_env=False, timeout=20) as http:
        yield Slack(base_url, People(base_url, http))
    running.terminate()
    running.wait(10)
    assert running.stdout is not None
    running.stdout.close()


@dataclass
class Window:
    """One person's browser at the page; what its console complained about is kept, but for refusals (409)."""

    context: BrowserContext
    page: Page
    complaints: list[str]

    def be(self, name: str) -> None:
        self.page.get_by_role("radio", name=name).click()
        self.page.locator(".person[aria-checked=true]", has_text=name).wait_for()

    def message(self, text: str) -> Any:
        return self.page.locator("#messages .message", has_text=text).last


def open_window(chromium: Browser, url: str, **how: Any) -> Window:
    context = chromium.new_context(**{"viewport": DESKTOP, "color_scheme": "light", "reduced_motion": "reduce", **how})
    context.set_default_timeout(20_000)
    expect.set_options(timeout=15_000)  # other tests share the machine
    page = context.new_page()
    window = Window(context, page, [])
    page.on("pageerror", lambda error: window.complaints.append(str(error)))
    page.on(
        "console", lambda said: said.type == "error" and "409" not in said.text and window.complaints.append(said.text)
    )
    page.goto(url)
    page.locator(".person[aria-checked=true]").wait_for()
    return window


def say_yes(page: Page) -> None:
    """Answer the confirm dialog, where a button has one: its last button is the one that goes on."""
    if page.get_by_role("dialog").count():
        page.get_by_role("dialog").get_by_role("button").last.click()


def serious_faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical, in words that help to mend it."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']} at {[node['target'] for node in one['nodes']][:3]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def keep_picture(page: Page, folder: str | None, name: str) -> None:
    """A screenshot for the README, where a folder for pictures was named; few colours, so that it stays small."""
    if folder:
        target = Path(folder) / f"{name}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target)
        shrink(target)


def shrink(picture: Path) -> None:
    from PIL import Image  # noqa: PLC0415 - only where pictures are kept

    with Image.open(picture) as image:
        small = image.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(picture, optimize=True)
