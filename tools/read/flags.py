"""One feature flag at the endpoint the README describes: what is checked after setting one.

Not for a model: strict tools are few, and what a flag means is not said there.
"""

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.ledger import stamp
from bot.core.tool import Effect, Look, Observation, ReadingTool, Spec
from tools.endpoints import flags
from tools.endpoints.json_api import JsonApi, Service
from tools.read.shapes.arguments import Arguments
from tools.read.shapes.gaps import nothing, observed


class FlagSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FLAGS_", extra="ignore", hide_input_in_errors=True)

    url: HttpUrl = Field(description="the feature flags' endpoint, before /flags", examples=["https://flags.internal"])
    read_token: SecretStr | None = Field(default=None, description="a bearer token that only reads flags")


class ReadFlag(Arguments):
    namespace: str = Field(min_length=1, max_length=63)
    flag: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$", description="Key of the flag")


def read_flag(asked: ReadFlag, settings: FlagSettings, look: Look) -> Observation:
    """facts: flag {kind, namespace, name, enabled, version, execution}, or null where there is none; execution is who
    changed it last, and left out where the endpoint does not say."""
    query = f"GET flag {asked.flag} at {stamp(look.now)}"
    with JsonApi(Service("The flag endpoint", str(settings.url), settings.read_token), look.seconds) as api:
        found = flags.read_flag(api, asked.flag)
    if found is None:
        return nothing(query, f"a flag {asked.flag}", f"There is no flag {asked.flag}.", {"flag": None})
    facts: dict[str, object] = {
        "kind": "Flag",
        "namespace": found.namespace or asked.namespace,
        "name": found.key,
        "enabled": found.enabled,
        "version": found.version,
    }
    if found.changed_by is not None:
        facts["execution"] = found.changed_by
    state = "on" if found.enabled else "off"
    return observed(query, [f"Flag {found.key} is {state}, version {found.version}"], {"flag": facts})


TOOLS = (
    ReadingTool(
        Spec("read_flag", Effect.READ, ReadFlag, "Read one feature flag: on or off, and its version.", for_model=False),
        FlagSettings,
        read_flag,
    ),
)
