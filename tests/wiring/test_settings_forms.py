"""A malformed setting is named with what is wrong with it, in words that show nothing secret."""

from typing import Any

import pytest

from bot.core.errors import SettingsWrong
from bot.settings import DiagnoseSettings, ServeSettings, read

SERVE = {
    "REDIS_URL": "redis://h:6379/0",
    "SLACK_BOT_TOKEN": "xoxb-x",
    "MIDWATCH_WEBHOOK_TOKEN": "0123456789abcdef",
    "MIDWATCH_SIGNING_KEY": "x",
    "MIDWATCH_HOME_CHANNEL": "C0123",
}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MIDWATCH_ENV_FILE", "MIDWATCH_SECRETS_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in SERVE.items():
        monkeypatch.setenv(name, value)


def refused(monkeypatch: pytest.MonkeyPatch, kind: Any, **env: str) -> str:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsWrong) as error:
        read(kind)
    return str(error.value)


@pytest.mark.parametrize(
    "name", ["claude-sonnet-5-5", "claude-sonnet-4-5@20250929", "anthropic/claude:beta", "us.anthropic.claude-v1:0"]
)
def test_a_model_may_be_called_as_its_vendor_calls_it(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("MIDWATCH_MODEL", name)

    assert read(DiagnoseSettings).model == name


@pytest.mark.parametrize("name", ["", "claude sonnet", "-x", "claude;rm", "x" * 300, "claude\n"])
def test_what_cannot_be_a_models_name_is_refused_at_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    said = refused(monkeypatch, DiagnoseSettings, MIDWATCH_MODEL=name)

    assert said.startswith("MIDWATCH_MODEL is wrong:")
    assert "for example MIDWATCH_MODEL=claude-sonnet-5-5" in said


@pytest.mark.parametrize(
    "url",
    [
        "redis://midwatch:pa55word/x@h:6379/0",
        "redis://midwatch:pa55word?x@h:6379/0",
        "redis://midwatch:pa55word#x@h:6379/0",
        "redis://midwatch:55555/pa55word@h:6379/0",  # the client would go to port 55555 of the host "midwatch"
        "redis://midwatch:555?pa55word@h:6379/0",
        "redis://midwatch:555#pa55word@h:6379/0",
        "redis://midwatch:pa55word@h:99999/0",
        "redis://midwatch:pa55word@[::1:6379/0",
        "redis://midwatch:pa55word@h:6379/0?no_such_option=1",
        "redis://midwatch:pa55word@h:6379/first",
        "redis://midwatch:pa55word@",
        "http://midwatch:pa55word@h:6379/0",
    ],
)
def test_an_address_of_redis_that_cannot_be_read_is_refused_and_shows_no_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    said = refused(monkeypatch, ServeSettings, REDIS_URL=url)

    assert said.startswith("REDIS_URL is wrong:")
    assert "pa55" not in said
    assert "555" not in said


@pytest.mark.parametrize(
    "url",
    [
        "redis://h",
        "redis://midwatch-serve:pa%2F55@h:6379/0",
        "rediss://:p@[::1]:6380/1?ssl_cert_reqs=none",
        "unix:///run/redis.sock?db=1",
    ],
)
def test_an_address_of_redis_is_taken_as_the_client_takes_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)

    assert read(ServeSettings).redis_url == url


@pytest.mark.parametrize(
    "listen",
    [
        "127.0.0.1:99999",
        "127.0.0.1:0",
        ":0",
        "8080",
        "h:",
        "h:http",
        "::1:8080",
        "[::1]",
        "[::zz]:80",
        "[h]:80",
        "a b:80",
    ],
)
def test_an_address_nobody_could_listen_on_is_refused(monkeypatch: pytest.MonkeyPatch, listen: str) -> None:
    assert refused(monkeypatch, ServeSettings, MIDWATCH_LISTEN=listen).startswith("MIDWATCH_LISTEN is wrong:")


@pytest.mark.parametrize(
    "listen", [":8080", "127.0.0.1:8080", "0.0.0.0:1", "[::1]:8080", "[::]:65535", "ops-1.local:80"]
)
def test_an_address_may_name_a_host_an_ip_of_either_kind_or_none(monkeypatch: pytest.MonkeyPatch, listen: str) -> None:
    monkeypatch.setenv("MIDWATCH_LISTEN", listen)

    assert read(ServeSettings).listen == listen
