"""The page over a stand-in: who may open it, what it draws, and that whatever a person does reaches the app."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, expect
from slack_bolt import App
from slack_sdk import WebClient

from tests.page.conftest import KEY, PHONE, Window, open_window, serious_faults
from tests.standin.bolts import bolt_app, over_socket
from tests.standin.stage import Slack, actions, button, eventually
from tests.standin.test_modals import modal, reason, text

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("page-window")]
OPTIONS = [{"text": text(name), "value": name.lower()} for name in ("Sev1", "Sev2")]
HOSTILE = (
    '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script> <javascript:window.pwned=1|click> &lt;b&gt;'
)


@pytest.fixture(scope="module")
def app(window_slack: Slack) -> Iterator[tuple[App, list[Any]]]:
    """An app that keeps what reaches it, and opens a modal for any command."""
    app, heard = bolt_app(window_slack), []

    @app.command("/ops")
    def command(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        ack()
        heard.append(("command", body["user_id"], body["text"]))
        blocks = [reason(), {**reason("more"), "optional": True, "hint": text("If there is more")}]
        client.views_open(trigger_id=body["trigger_id"], view=modal(blocks=blocks))

    @app.view("deny")
    def submitted(ack: Any, view: dict[str, Any]) -> None:
        said = view["state"]["values"]["why"]["text"]["value"]
        if len(said) < 5:
            ack(response_action="errors", errors={"why": "Say a little more."})
        else:
            ack()
            heard.append(("view", said))

    @app.action(re.compile("."))
    def acted(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        ack()
        chosen = action.get("selected_option") or {}
        heard.append((action["action_id"], body["user"]["id"], chosen.get("value") or action.get("selected_user")))

    app.event("message")(lambda: None)
    app.event("app_mention")(lambda event: heard.append(("mention", event["user"], event["text"])))
    with over_socket(window_slack, app):
        yield app, heard


@pytest.fixture
def heard(app: tuple[App, list[Any]]) -> list[Any]:
    app[1].clear()
    return app[1]


@pytest.fixture
def bot(window_slack: Slack) -> WebClient:
    return window_slack.client()


@pytest.fixture
def window(chromium: Browser, window_slack: Slack) -> Iterator[Window]:
    found = open_window(chromium, f"{window_slack.base_url}/page/?key={KEY}")
    yield found
    found.context.close()
    assert found.complaints == []


# --- the door


@pytest.mark.parametrize("path", ["", "config", "snapshot?user=U0ALICE", "static/main.js", "stream?user=U0ALICE"])
def test_without_the_key_there_is_nothing(window_slack: Slack, path: str) -> None:
    http = window_slack.people.http
    assert http.get(f"{window_slack.base_url}/page/{path}").status_code == 403
    assert http.get(f"{window_slack.base_url}/page/?key=wrong").status_code == 403


def test_no_other_site_gets_through_even_with_the_key(window_slack: Slack) -> None:
    base, port = window_slack.base_url, window_slack.base_url.rpartition(":")[2]
    cookie = {"cookie": f"page-{port}={KEY}"}
    said = {"user": "U0ALICE", "channel": "C0OPS", "text": "not mine"}
    with httpx2.Client(trust_env=False) as http:
        for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {}):
            assert http.post(f"{base}/page/do/message", json=said, headers={**cookie, **headers}).status_code == 403
        assert http.get(f"{base}/page/config", headers={**cookie, "host": f"evil.example:{port}"}).status_code >= 400
        assert http.post(f"{base}/page/do/message", json=said, headers={**cookie, "origin": base}).status_code == 200


def test_the_policy_allows_no_inline_script_and_the_key_leaves_the_address(window: Window) -> None:
    policy = window.page.evaluate("fetch('config').then((answer) => answer.headers.get('content-security-policy'))")

    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert KEY not in window.page.url
    assert KEY not in window.page.evaluate("document.cookie")


# --- what is drawn


def test_hostile_text_is_text(window: Window, bot: WebClient) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": HOSTILE}}
    bot.chat_postMessage(channel="C0OPS", text="x", blocks=[section, {"type": "header", "text": text("<u>head</u>")}])
    shown = window.message("window.pwned")

    expect(shown).to_contain_text('<img src=x onerror="window.pwned=1">')
    expect(shown).to_contain_text("<u>head</u>")
    assert shown.locator("img:not(.avatar), script, u, a").count() == 0
    assert window.page.evaluate("window.pwned") is None


def test_mrkdwn_is_drawn_as_slack_draws_it(window: Window, bot: WebClient) -> None:
    said = "*bold* _it_ ~no~ `code <x>` <https://x.example/a?b=1&amp;c|a link> <@U0BOB> <#C0OPS> 2*3*4 snake_case_x"
    said += "\n&gt; quoted\n```block *raw*```<!date^1795235852^{date_num} {time}|then>"
    bot.chat_postMessage(channel="C0OPS", text=said, unfurl_links=False)
    shown = window.message("snake_case_x")

    expect(shown).to_contain_text("2*3*4 snake_case_x")
    for tag, words in {"strong": "bold", "em": "it", "s": "no", "code": "code <x>", "blockquote": "quoted"}.items():
        assert words in shown.locator(f".words {tag}").all_inner_texts()
    expect(shown.locator("pre")).to_have_text("block *raw*")
    expect(shown.get_by_role("link", name="a link")).to_have_attribute("href", "https://x.example/a?b=1&c")
    expect(shown).to_contain_text("@bob")
    expect(shown.locator("time[datetime]").last).to_contain_text("2026-11-21")


def test_a_link_to_a_message_is_followed_inside(window: Window, bot: WebClient) -> None:
    head = bot.chat_postMessage(channel="C0OPS", text="the evidence itself")
    url = bot.chat_getPermalink(channel="C0OPS", message_ts=head["ts"])["permalink"]
    bot.chat_postMessage(channel="C0OPS", text=f"it stands on <{url}|E7>", unfurl_links=False)
    window.message("it stands on").get_by_role("link", name="E7").click()

    expect(window.message("the evidence itself")).to_be_focused()
    assert len(window.context.pages) == 1


def test_what_is_whispered_is_seen_by_one_person_only(window: Window, bot: WebClient) -> None:
    bot.chat_postEphemeral(channel="C0OPS", user="U0BOB", text="for Bob alone")

    expect(window.page.locator("#messages")).not_to_contain_text("for Bob alone")
    window.be("Bob")
    expect(window.message("for Bob alone")).to_contain_text("Only visible to you")


def test_pictures_and_snippets_are_previewed(window: Window, bot: WebClient) -> None:
    bot.files_upload_v2(channel="C0OPS", content="--- a\n+++ b\n-old\n+new\n", filename="plan.diff", title="The plan")
    shown = window.page.locator("#messages .file", has_text="The plan").last

    expect(shown.locator(".line.added")).to_have_text("+new")
    expect(shown.locator(".line.removed")).to_have_text("-old")


def test_unread_marks_and_mentions_wait_for_their_person(window: Window, bot: WebClient) -> None:
    bot.conversations_join(channel="C0LOBBY")
    window.be("Bob")
    bot.chat_postMessage(channel="C0LOBBY", text="<@U0BOB> look here")
    lobby = window.page.locator(".channel", has_text="lobby")
    expect(window.page.get_by_role("log", name="Notifications")).to_contain_text("midwatch in #lobby@bob look here")

    expect(lobby.locator(".calls")).to_have_text("1")
    expect(lobby).to_have_class(re.compile("fresh"))
    window.page.locator(".channel", has_text="ops").focus()
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("Enter")
    expect(lobby.locator(".calls")).to_have_count(0)
    expect(window.page.get_by_role("heading", name="#lobby")).to_be_visible()


# --- what is done


def test_a_button_asks_first_and_cancel_sends_nothing(window: Window, bot: WebClient, heard: list[Any]) -> None:
    sure = {
        "title": text("Sure?"),
        "text": text("It changes things."),
        "confirm": text("Do It"),
        "deny": text("Cancel"),
    }
    bot.chat_postMessage(
        channel="C0OPS", text="asks", blocks=[actions(button("careful", confirm=sure, style="danger"))]
    )
    pressed = window.page.locator("[data-action=careful]").last

    pressed.click()
    window.page.get_by_role("dialog", name="Sure?").get_by_role("button", name="Cancel").click()
    assert heard == []
    pressed.click()
    window.page.get_by_role("dialog", name="Sure?").get_by_role("button", name="Do It").click()
    eventually(lambda: heard == [("careful", "U0ALICE", None)])


def test_menus_send_what_was_chosen(window: Window, bot: WebClient, heard: list[Any]) -> None:
    menus = [
        {"type": "static_select", "action_id": "severity", "placeholder": text("Severity"), "options": OPTIONS},
        {"type": "users_select", "action_id": "commander", "placeholder": text("Commander")},
        {"type": "overflow", "action_id": "more", "options": OPTIONS},
    ]
    bot.chat_postMessage(channel="C0OPS", text="menus", blocks=[actions(*menus)])
    row = window.page.locator("#messages .b-actions").last

    row.get_by_label("Severity").select_option("sev2")
    row.get_by_label("Commander").select_option("U0BOB")
    eventually(lambda: len(heard) == 2)  # a press draws the row anew, and would close the menu
    row.get_by_role("button", name="More actions").click()
    expect(row.get_by_role("menuitem").first).to_be_focused()
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("Enter")
    wanted = [("severity", "U0ALICE", "sev2"), ("commander", "U0ALICE", "U0BOB"), ("more", "U0ALICE", "sev2")]
    eventually(lambda: sorted(heard) == sorted(wanted))


def test_a_command_is_completed_and_its_modal_refused_then_taken(window: Window, heard: list[Any]) -> None:
    box = window.page.get_by_label("Message #ops")
    box.press_sequentially("/ops inc")
    expect(window.page.get_by_role("option", name="/ops incident <title>")).to_be_visible()
    box.press("Tab")
    expect(box).to_have_value("/ops incident ")
    box.press("Enter")
    dialog = window.page.get_by_role("dialog", name="Deny")
    field = dialog.get_by_label("Reason", exact=True)

    expect(field).to_be_focused()
    dialog.get_by_role("button", name="Deny").click()
    expect(dialog).to_contain_text("Please fill this in.")
    field.fill("no")
    dialog.get_by_role("button", name="Deny").click()
    expect(dialog).to_contain_text("Say a little more.")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert serious_faults(window.page) == []
    field.fill("not at night")
    dialog.get_by_role("button", name="Deny").click()
    expect(window.page.get_by_role("dialog")).to_have_count(0)
    assert heard == [("command", "U0ALICE", "incident"), ("view", "not at night")]


def test_escape_closes_a_modal_and_gives_the_focus_back(window: Window, window_slack: Slack) -> None:
    box = window.page.get_by_label("Message #ops")
    box.fill("/ops help ")
    box.press("Escape")
    box.press("Enter")
    window.page.get_by_role("dialog", name="Deny").wait_for()
    window.page.keyboard.press("Escape")

    expect(window.page.get_by_role("dialog")).to_have_count(0)
    expect(box).to_be_focused()
    eventually(lambda: window_slack.people.see("modals") == [])


def test_a_mention_in_a_thread_reaches_the_bot(window: Window, bot: WebClient, heard: list[Any]) -> None:
    bot.chat_postMessage(channel="C0OPS", text="the head of a thread")
    head = window.message("the head of a thread")
    head.hover()
    head.get_by_role("button", name="Reply in thread").click()
    box = window.page.get_by_role("textbox", name="Reply in thread")
    box.press_sequentially("@mid")
    box.press("Tab")
    box.press_sequentially("status")
    box.press("Enter")

    eventually(lambda: heard == [("mention", "U0ALICE", "<@U0MIDWATCH> status")])
    expect(window.page.get_by_role("complementary", name="Thread")).to_contain_text("@midwatch status")
    expect(head).to_contain_text("1 reply")
    window.page.keyboard.press("Escape")
    expect(window.page.get_by_role("complementary", name="Thread")).to_have_count(0)


def test_somebody_from_outside_must_join_first(window: Window, bot: WebClient, heard: list[Any]) -> None:
    bot.conversations_create(name="inc-page")
    channel = next(one for one in bot.conversations_list()["channels"] if one["name"] == "inc-page")
    bot.chat_postMessage(channel=channel["id"], text="asks", blocks=[actions(button("go"))])
    window.be("Bob")
    window.page.locator(".channel", has_text="inc-page").click()
    window.page.get_by_role("button", name="Join Channel").click()
    window.page.locator("[data-action=go]").click()

    eventually(lambda: heard == [("go", "U0BOB", None)])


# --- how it looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_nothing_serious_stands_in_anybodys_way(
    chromium: Browser, window_slack: Slack, bot: WebClient, scheme: str, size: str
) -> None:
    fields = [{"type": "mrkdwn", "text": "*Since*\n02:14"}, {"type": "mrkdwn", "text": "*Where*\npayments"}]
    blocks = [
        {"type": "header", "text": text("Checkout is failing")},
        {"type": "section", "text": {"type": "mrkdwn", "text": "`5xx` at *21 %*"}, "fields": fields},
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "Guided diagnosis · 11 s"}]},
        actions(button("approve", style="primary"), button("deny", style="danger")),
    ]
    bot.chat_postMessage(channel="C0OPS", text="card", blocks=blocks)
    how = {"color_scheme": scheme, "bypass_csp": True, **({"viewport": PHONE} if size == "phone" else {})}
    window = open_window(chromium, f"{window_slack.base_url}/page/?key={KEY}", **how)
    window.page.locator("[data-action=approve]").last.wait_for()

    assert serious_faults(window.page) == []
    overflow = "document.documentElement.scrollWidth > innerWidth"
    assert not window.page.evaluate(overflow)
    window.context.close()


def test_a_phone_shows_one_pane_at_a_time(window: Window, bot: WebClient) -> None:
    bot.chat_postMessage(channel="C0OPS", text="seen on a phone")
    window.page.get_by_role("button", name="Phone").click()

    assert window.page.locator("#frame").bounding_box()["width"] == 390
    expect(window.page.locator("#sidebar")).to_be_hidden()
    window.page.get_by_role("button", name="Back to the channels").click()
    expect(window.page.locator("#sidebar")).to_be_visible()
    expect(window.page.locator("#messages")).to_be_hidden()
    window.page.locator(".channel", has_text="ops").click()
    expect(window.page.locator("#messages")).to_be_visible()


def test_dark_and_light_are_a_choice_that_is_kept(window: Window) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    light = window.page.evaluate(colour)
    switch = window.page.locator("#theme")
    switch.click()
    switch.click()

    expect(switch).to_have_text("Dark")
    assert window.page.evaluate(colour) != light
    window.page.reload()
    expect(switch).to_have_text("Dark")
