"""The narrator's outside addresses: read with its other settings, refused where nobody could open them."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.settings import TalkSettings

NEEDED = {"REDIS_URL": "redis://127.0.0.1:1/0", "SLACK_BOT_TOKEN": "xoxb-1", "MIDWATCH_HOME_CHANNEL": "C0123"}
DASHBOARD = "https://dash.example/{namespace}/{name}"


def settings(**more: Any) -> TalkSettings:
    return TalkSettings(_env_file=None, **{**NEEDED, **more})


def test_they_are_unset_until_somebody_sets_them() -> None:
    sources = settings().sources
    known = (sources.prometheus, sources.elasticsearch, sources.jaeger, sources.kubernetes)
    assert known == ("", "", "", "")


def test_they_are_read() -> None:
    sources = settings(
        PROMETHEUS_EXTERNAL_URL="https://prom.example/x",
        ELASTICSEARCH_EXTERNAL_URL="https://kibana.example",
        JAEGER_EXTERNAL_URL="https://jaeger.example",
        KUBERNETES_EXTERNAL_URL=DASHBOARD,
    ).sources
    assert sources.opened("jaeger:/trace/abc", {}) == "https://jaeger.example/trace/abc"
    assert sources.opened("prometheus:/alerts", {}) == "https://prom.example/x/alerts"
    assert sources.opened("elasticsearch:/app/discover", {}) == "https://kibana.example/app/discover"
    assert sources.opened("", {"namespace": "shop", "name": "till"}) == "https://dash.example/shop/till"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROMETHEUS_EXTERNAL_URL", "prom.example"),
        ("ELASTICSEARCH_EXTERNAL_URL", "ftp://kibana.example"),
        ("KUBERNETES_EXTERNAL_URL", "dash.example/{namespace}"),
        ("KUBERNETES_EXTERNAL_URL", "https://dash.example/{cluster}/{name}"),
        ("KUBERNETES_EXTERNAL_URL", "https://dash.example/{namespace"),
        ("KUBERNETES_EXTERNAL_URL", "https://dash.example/{}"),
        ("KUBERNETES_EXTERNAL_URL", "https://dash.example/{name.__class__}"),
    ],
)
def test_what_nobody_could_open_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        settings(**{name: value})
