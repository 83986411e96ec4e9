"""What the changing tools about silences read in Alertmanager, and with which settings."""

from datetime import UTC, datetime
from typing import Any

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.canonical import digest
from bot.core.errors import LookFailed
from bot.core.silencing import Silence
from bot.core.tool import Target
from tools.change.outside.asking import SECONDS
from tools.endpoints.json_api import JsonApi, Permit, Service

SILENCES = "/api/v2/silences"


class AlertmanagerSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ALERTMANAGER_", extra="ignore", hide_input_in_errors=True)

    url: HttpUrl = Field(description="where silences are made and ended", examples=["http://alertmanager:9093"])
    token: SecretStr | None = Field(
        default=None, description="a bearer token that may make and end silences; it must be in no other process"
    )


def alertmanager(settings: AlertmanagerSettings, permit: Permit | None = None) -> JsonApi:
    return JsonApi(Service("Alertmanager", str(settings.url), settings.token), SECONDS, permit)


def silences(api: JsonApi) -> list[Silence]:
    """Every silence it knows, those that are over for a few days too."""
    return list(_rows(api.get(SILENCES)))


def firing(api: JsonApi, matchers: dict[str, str]) -> list[dict[str, Any]]:
    """The alerts that would be heard now and have these labels."""
    asked = [("filter", f'{name}="{value}"') for name, value in matchers.items()]
    shown = {"active": "true", "silenced": "false", "inhibited": "false", "unprocessed": "false"}
    return _rows(api.get("/api/v2/alerts", [*asked, *shown.items()]))


def _rows(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise LookFailed("Alertmanager answered in a shape that is not its API's")
    return found


def target(matchers: dict[str, str], cluster: str) -> Target:
    """A silence is where its alerts are, and it is what it mutes: that is known before it has an id."""
    uid = digest(dict(matchers))
    return Target(
        kind="Silence",
        namespace=matchers["namespace"],
        name=matchers["alertname"],
        uid=uid,
        generation=0,
        cluster=cluster,
    )


def told(matchers: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in matchers.items())


def until(silence: Silence) -> str:
    """When it ends, as people read a time."""
    try:
        return datetime.fromisoformat(str(silence.get("endsAt"))).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return "an unknown time"
