"""One silence in Alertmanager, by its id or by the execution that made it: what is checked after silencing.

Not for a model: a diagnosis has `read_alerts`, and strict tools are few.
"""

from typing import Self

from pydantic import Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import LookFailed
from bot.core.ledger import stamp
from bot.core.silencing import Silence, execution_of, silence_facts
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.endpoints.json_api import JsonApi, Service
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import nothing, observed


class SilenceSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ALERTMANAGER_", extra="ignore", hide_input_in_errors=True)

    url: HttpUrl = Field(description="silences, and what was missed", examples=["http://alertmanager:9093"])
    read_token: SecretStr | None = Field(
        default=None, description="a bearer token that only reads, where Alertmanager stands behind a proxy that asks"
    )


class ReadSilence(Arguments):
    id: str = Field(default="", max_length=60, pattern=r"^[0-9a-zA-Z-]*$", description="Id of the silence")
    execution: str = Field(default="", max_length=200, description="The execution of Midwatch that made it")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.id) is bool(self.execution):
            raise ValueError("say id or execution")
        return self


def read_silence(asked: ReadSilence, settings: SilenceSettings, look: Look) -> Observation:
    """facts: silence {kind, namespace, name, id, state, seconds, ends_at, matchers, execution}, or null where there is
    none; silence_ended is the same without execution, since nothing tells who ended it."""
    named = f"silence {asked.id}" if asked.id else f"the silence of {asked.execution}"
    query = f"{named} in Alertmanager at {stamp(look.now)}"
    with JsonApi(Service("Alertmanager", str(settings.url), settings.read_token), look.seconds) as api:
        found = _found(api, asked)
    if found is None:
        text = f"Alertmanager knows no such silence: {named}."
        return nothing(query, named, text, {"silence": None, "silence_ended": None})
    try:
        facts = silence_facts(found)
    except ValueError as error:
        raise LookFailed("Alertmanager gave a silence whose times cannot be read") from error
    ended = {name: value for name, value in facts.items() if name != "execution"}
    matchers = ", ".join(f"{name}={value}" for name, value in facts["matchers"].items())
    line = f"Silence of {matchers}: {facts['state']}, until {facts['ends_at']}"
    return observed(query, [line], {"silence": facts, "silence_ended": ended})


def _found(api: JsonApi, asked: ReadSilence) -> Silence | None:
    found = api.get(f"/api/v2/silence/{asked.id}" if asked.id else "/api/v2/silences")
    if asked.id:
        found = [found] if found else []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise LookFailed("Alertmanager answered in a shape that is not its API's")
    return next((one for one in found if asked.id or execution_of(one) == asked.execution), None)


TOOLS = (
    ReadingTool(
        Spec(
            "read_silence",
            Effect.READ,
            ReadSilence,
            "Read one silence of Alertmanager: in force or over, and until when.",
            for_model=False,
        ),
        SilenceSettings,
        read_silence,
    ),
)
