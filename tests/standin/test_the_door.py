"""The Web API's door: tokens, scopes, unknown methods, both kinds of body, what is written down of each call."""

import json

import httpx2
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.standin.stage import BOT_SCOPES, People, Slack


def post(slack: Slack, method: str, content: bytes, kind: str, token: str | None = "xoxb-midwatch") -> httpx2.Response:
    headers = {"content-type": kind} | ({"authorization": f"Bearer {token}"} if token else {})
    return slack.people.http.post(f"{slack.base_url}/api/{method}", content=content, headers=headers)


def test_auth_test_says_who_the_bot_is(bot: WebClient) -> None:
    answer = bot.auth_test()

    assert answer["user_id"] == "U0MIDWATCH"
    assert (answer["team_id"], answer["bot_id"]) == ("T0HARBOUR", "B0MIDWATCH")
    assert answer.headers["x-oauth-scopes"].split(",") == BOT_SCOPES


def test_api_test_needs_no_token_and_gives_back_what_it_got(slack: Slack) -> None:
    assert slack.client("").api_test(hello="there")["args"]["hello"] == "there"


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-stranger", "invalid_auth"), ("xapp-midwatch", "not_allowed_token_type")],
)
def test_a_wrong_token_is_named(slack: Slack, token: str, error: str) -> None:
    with pytest.raises(SlackApiError, match=error):
        slack.client(token).auth_test()


def test_a_bot_token_cannot_open_a_socket(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        bot.apps_connections_open(app_token="xoxb-midwatch")


def test_a_missing_scope_says_what_is_needed_and_what_there_is(slack: Slack) -> None:
    with pytest.raises(SlackApiError) as refused:
        slack.client("xoxb-narrow").conversations_create(name="inc-1")

    answer = refused.value.response
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "channels:manage", "chat:write")
    assert answer.headers["x-oauth-scopes"] == "chat:write"


def test_private_channels_need_the_scope_for_groups(slack: Slack) -> None:
    with pytest.raises(SlackApiError) as refused:
        slack.client("xoxb-narrow").conversations_create(name="inc-1", is_private=True)

    assert refused.value.response["needed"] == "groups:write"


def test_an_unknown_method_is_named(bot: WebClient) -> None:
    with pytest.raises(SlackApiError, match="unknown_method"):
        bot.api_call("chat.shout")


def test_form_and_json_bodies_mean_the_same(slack: Slack) -> None:
    blocks = [{"type": "divider"}]
    as_json = json.dumps({"channel": "C0OPS", "text": "one", "blocks": blocks}).encode()
    as_form = f"channel=C0OPS&text=one&blocks={json.dumps(blocks)}".encode()

    first = post(slack, "chat.postMessage", as_json, "application/json; charset=utf-8").json()
    second = post(slack, "chat.postMessage", as_form, "application/x-www-form-urlencoded").json()

    assert first["ok"]
    assert second["ok"]
    assert first["message"]["text"] == second["message"]["text"]
    assert second["message"]["blocks"][0]["type"] == "divider"


def test_a_token_in_the_form_is_taken_and_never_written_down(slack: Slack) -> None:
    answer = post(slack, "auth.test", b"token=xoxb-midwatch", "application/x-www-form-urlencoded", token=None)

    assert answer.json()["ok"]
    assert "xoxb" not in json.dumps(slack.people.see("calls"))


@pytest.mark.parametrize(("content", "error"), [(b"{", "invalid_json"), (b"[1]", "json_not_object")])
def test_a_body_that_cannot_be_read_is_an_answer_not_a_crash(slack: Slack, content: bytes, error: str) -> None:
    assert post(slack, "chat.postMessage", content, "application/json").json() == {"ok": False, "error": error}


def test_every_call_is_logged_with_its_outcome(bot: WebClient, people: People) -> None:
    bot.chat_postMessage(channel="C0OPS", text="hello")
    with pytest.raises(SlackApiError):
        bot.chat_postMessage(channel="C0NOWHERE", text="hello")

    found = [(call["method"], call["error"], call["status"]) for call in people.see("calls", method="chat.postMessage")]
    assert found == [("chat.postMessage", None, 200), ("chat.postMessage", "channel_not_found", 200)]


def test_a_page_on_another_site_cannot_act_for_a_person(slack: Slack) -> None:
    answer = slack.people.http.post(
        f"{slack.base_url}/_people/message",
        json={"user": "U0ALICE", "channel": "C0OPS", "text": "pwned"},
        headers={"origin": "https://evil.example"},
    )

    assert answer.status_code == 403
    assert slack.people.texts("C0OPS") == []
