"""The settings, read from the environment. One class a process: what it may know is what its class names.

Values come from the environment, from one `.env` file (`MIDWATCH_ENV_FILE`), or from files mounted as secrets
(`MIDWATCH_SECRETS_DIR`, one file a setting). A missing or malformed setting is named with what it is for and an
example. Nobody else reads the environment, but for `settings_seen.py`, which looks for what must not be there.
"""

import os
from pathlib import Path
from typing import Any, TypeVar

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import SettingsWrong
from bot.outside_addresses import OutsideAddresses
from bot.settings_common import Common, refuse_missing_places
from bot.settings_forms import (
    SHIPPED,
    Names,
    Paths,
    address,
    channel_id,
    folders,
    model_name,
    names,
    or_shipped,
)
from bot.settings_policy import ActNamespaces, MeterSettings, PeopleSettings, PolicySettings

S = TypeVar("S", bound=BaseSettings)


class ReadingSettings(Common):
    """The command line's readings of the record; with the public key, `verify` checks approvals' signatures too."""

    verify_key: str | None = Field(default=None, validation_alias="MIDWATCH_VERIFY_KEY")


class ServeSettings(PeopleSettings, Common):
    """Slack in, webhooks, health; the sole holder of the signing key."""

    slack_bot_token: SecretStr = Field(
        description="the app's bot token", examples=["xoxb-…"], validation_alias="SLACK_BOT_TOKEN"
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        description="the app-level token (connections:write), for Socket Mode",
        examples=["xapp-…"],
        validation_alias="SLACK_APP_TOKEN",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        description="the app's signing secret, for HTTP mode (Slack calls /slack/events)",
        validation_alias="SLACK_SIGNING_SECRET",
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        description="the base of Slack's Web API; another one only for a proxy or a stand-in",
        validation_alias="SLACK_API_URL",
    )
    listen: str = Field(
        default="127.0.0.1:8080",
        description="address and port of webhooks, /healthz, /readyz and /metrics; 0.0.0.0:8080 or [::]:8080 in a pod",
        validation_alias="MIDWATCH_LISTEN",
    )
    webhook_token: SecretStr = Field(
        min_length=16,
        description="what Alertmanager sends as Authorization: Bearer",
        examples=["a long random string"],
        validation_alias="MIDWATCH_WEBHOOK_TOKEN",
    )
    signing_key: SecretStr = Field(
        description="the private Ed25519 key, PEM or base64; it must be in no other process",
        examples=["midwatch keys writes a pair"],
        validation_alias="MIDWATCH_SIGNING_KEY",
    )
    home_channel: str = Field(
        description="the channel of cards, warnings and whatever has no channel of its own",
        examples=["C0123456789"],
        validation_alias="MIDWATCH_HOME_CHANNEL",
    )

    _home = field_validator("home_channel")(channel_id)

    _address = field_validator("listen")(address)


class TalkSettings(OutsideAddresses, PeopleSettings, Common):
    """The narrator: the only process that posts."""

    slack_bot_token: SecretStr = Field(
        description="the app's bot token", examples=["xoxb-…"], validation_alias="SLACK_BOT_TOKEN"
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        description="the base of Slack's Web API; another one only for a proxy or a stand-in",
        validation_alias="SLACK_API_URL",
    )
    home_channel: str = Field(
        description="the channel of cards, warnings and whatever has no channel of its own",
        examples=["C0123456789"],
        validation_alias="MIDWATCH_HOME_CHANNEL",
    )

    _home = field_validator("home_channel")(channel_id)


class DiagnoseSettings(Common):
    """Reads hostile text: holds nothing that can change or speak."""

    anthropic_api_key: SecretStr | None = Field(
        default=None,
        description="lets Claude reason too; unset: runbooks alone guide the diagnosis",
        examples=["sk-ant-…"],
        validation_alias="ANTHROPIC_API_KEY",
    )
    anthropic_base_url: AnyHttpUrl | None = Field(
        default=None,
        description="a gateway that speaks the Messages API; unset: api.anthropic.com",
        examples=["https://gateway.example.com"],
        validation_alias="ANTHROPIC_BASE_URL",
    )
    model: str = Field(
        default="claude-sonnet-5-5",
        description="the model asked where there is a key",
        examples=["claude-sonnet-5-5"],
        validation_alias="MIDWATCH_MODEL",
    )
    alertmanager_url: AnyHttpUrl | None = Field(
        default=None,
        description="asked what was missed while serve could not be reached",
        examples=["http://alertmanager:9093"],
        validation_alias="ALERTMANAGER_URL",
    )
    runbooks: Paths = Field(
        default=SHIPPED,
        validate_default=True,
        description="folders of runbooks, separated by a colon; unset and none here: the shipped ones",
        validation_alias="MIDWATCH_RUNBOOKS",
    )
    chroma_url: str = Field(
        default="",
        description="a Chroma server for the runbooks' index; unset: embedded, in the data folder",
        examples=["http://chroma:8000"],
        validation_alias="CHROMA_URL",
    )
    kubeconfig: str | None = Field(
        default=None,
        description="the read identity, midwatch-read; unset: in-cluster. One that may write stops the start",
        examples=["/etc/midwatch/read.kubeconfig"],
        validation_alias="KUBECONFIG",
    )
    namespaces: Names = Field(
        default=(),
        description="where `/ops status` looks, beside the namespaces of alerts and open incidents; "
        "and where it is asked that the read identity may change nothing",
        validation_alias="MIDWATCH_NAMESPACES",
    )
    look_seconds: float = Field(
        default=10.0,
        gt=0,
        le=120,
        description="how long one look at a source may take before it counts as timed out",
        validation_alias="MIDWATCH_LOOK_SECONDS",
    )
    settle_seconds: float = Field(
        default=240.0,
        gt=0,
        description="how long a first verification waits for the rollout and the alert to settle",
        validation_alias="MIDWATCH_SETTLE_SECONDS",
    )

    _named = field_validator("model")(model_name)
    _split = field_validator("runbooks", mode="before")(folders)
    _shipped = field_validator("runbooks")(or_shipped)
    _part = field_validator("namespaces", mode="before")(names)


class BookSettings(BaseSettings):
    """The command line's runbook commands: no Redis needed."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path(".midwatch"), validation_alias="MIDWATCH_DATA_DIR")
    runbooks: Paths = Field(default=SHIPPED, validate_default=True, validation_alias="MIDWATCH_RUNBOOKS")
    chroma_url: str = Field(default="", validation_alias="CHROMA_URL")

    _split = field_validator("runbooks", mode="before")(folders)
    _shipped = field_validator("runbooks")(or_shipped)


class ActSettings(PolicySettings, MeterSettings, ActNamespaces, Common):
    """Prepares and carries out: the write credential and the public key."""

    verify_key: str = Field(
        description="the public Ed25519 key of serve, PEM or base64",
        examples=["midwatch keys writes a pair"],
        validation_alias="MIDWATCH_VERIFY_KEY",
    )
    approval_minutes: int = Field(
        default=15,
        ge=1,
        le=240,
        description="how long a request may be approved before it expires",
        validation_alias="MIDWATCH_APPROVAL_MINUTES",
    )


def read(kind: type[S]) -> S:
    """The settings of this process; raises `SettingsWrong` naming every one that is missing or malformed."""
    refuse_missing_places()
    try:
        return kind(_env_file=os.environ.get("MIDWATCH_ENV_FILE"), _secrets_dir=os.environ.get("MIDWATCH_SECRETS_DIR"))
    except ValidationError as error:
        raise SettingsWrong("\n".join(_explain(kind, fault) for fault in error.errors())) from error


def env_file() -> Path | None:
    """The one file of this process's settings, where it has one: tools read it too."""
    name = os.environ.get("MIDWATCH_ENV_FILE")
    return Path(name) if name else None


def secrets_dir() -> Path | None:
    """The folder of mounted secrets, one file a setting, where there is one."""
    name = os.environ.get("MIDWATCH_SECRETS_DIR")
    return Path(name) if name else None


def _explain(kind: type[BaseSettings], fault: Any) -> str:
    name = str(fault["loc"][0]) if fault["loc"] else "settings"
    found = next((f for key, f in kind.model_fields.items() if name in (key, f.validation_alias)), None)
    setting = str(found.validation_alias) if found is not None and found.validation_alias else name
    wanted = f" ({found.description})" if found is not None and found.description else ""
    example = f", for example {setting}={found.examples[0]}" if found is not None and found.examples else ""
    what = "is missing" if fault["type"] == "missing" else f"is wrong: {_plain(fault['msg'])}"
    return f"{setting} {what}{wanted}{example}"


def _plain(said: str) -> str:
    """What pydantic says, without its own words about itself."""
    return said.removeprefix("Value error, ").replace("Input should", "it should", 1)
