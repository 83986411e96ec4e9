"""The settings every process has; `settings.py` reads them, and adds what each process alone may know."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import SettingsWrong
from bot.settings_forms import redis_address


class Common(BaseSettings):
    """What every process needs."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, env_file_encoding="utf-8", populate_by_name=True, hide_input_in_errors=True
    )

    redis_url: str = Field(
        description="the Redis all processes share, each with its own user",
        examples=["redis://midwatch-serve:…@redis:6379/0"],
        validation_alias="REDIS_URL",
    )

    _url = field_validator("redis_url")(redis_address)

    data_dir: Path = Field(
        default=Path(".midwatch"),
        description="a folder this process may write; diagnose keeps the runbooks' index there",
        validation_alias="MIDWATCH_DATA_DIR",
    )
    catalog: Path | None = Field(
        default=None,
        description="a YAML file of services: who owns them, their tier, what people change with their own hands",
        examples=["/etc/midwatch/catalog.yaml"],
        validation_alias="MIDWATCH_CATALOG",
    )
    retention_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="days that texts (quotes, answers, what people wrote) are kept; the events about them stay",
        validation_alias="MIDWATCH_RETENTION_DAYS",
    )
    mode: Literal["observe", "propose", "act"] = Field(
        default="propose",
        description="`observe` looks and proposes nothing; `propose` gives a person the kubectl line; `act` carries "
        "out what was approved. The same in every process",
        validation_alias="MIDWATCH_MODE",
    )
    recheck_seconds: int = Field(
        default=900,
        ge=5,
        description="seconds between the first verification and the second",
        validation_alias="MIDWATCH_RECHECK_SECONDS",
    )
    anchors: Path | None = Field(
        default=None,
        description="a file outside Redis where serve notes the head of a ledger at every decision",
        examples=["/var/lib/midwatch/anchors"],
        validation_alias="MIDWATCH_ANCHORS",
    )
    watchdog: str = Field(
        default="Watchdog",
        min_length=1,
        description="the alert that always fires: heard, never an incident",
        validation_alias="MIDWATCH_WATCHDOG",
    )
    watchdog_seconds: int = Field(
        default=600,
        ge=30,
        description="how long that alert may be silent before it is said to be late",
        validation_alias="MIDWATCH_WATCHDOG_SECONDS",
    )
    failpoints: Path | None = Field(
        default=None,
        description="for tests that kill processes: a folder of armed points. Leave it unset",
        validation_alias="MIDWATCH_FAILPOINTS",
    )


def refuse_missing_places() -> None:
    """Raise where the file or folder that settings should come from is not there: a typo, not an empty one."""
    file, folder = os.environ.get("MIDWATCH_ENV_FILE"), os.environ.get("MIDWATCH_SECRETS_DIR")
    if file and not Path(file).is_file():
        raise SettingsWrong(f"MIDWATCH_ENV_FILE={file}: {'this is a folder' if Path(file).is_dir() else NO_FILE}")
    if folder and not Path(folder).is_dir():
        raise SettingsWrong(f"MIDWATCH_SECRETS_DIR={folder}: there is no such folder")


NO_FILE = "there is no such file"
