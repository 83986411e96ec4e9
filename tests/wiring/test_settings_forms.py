"""A malformed setting is named with what is wrong with it, in words that show nothing secret."""

from typing import Any

import pytest

from bot.core.errors import SettingsWrong
from bot.settings import DiagnoseSettings, read

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
