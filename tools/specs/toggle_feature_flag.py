"""Turn a feature flag on or off: what may be asked for. How it is done is `tools/change/toggle_feature_flag.py`.

For people alone: what a flag means is nowhere in what a diagnosis reads.
"""

import json
import shlex
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.kubernetes import Arguments, Namespace

FlagKey = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class ToggleFeatureFlag(Arguments):
    namespace: Namespace = Field(description="Namespace of the service the flag belongs to")
    flag: FlagKey = Field(description="Key of the flag")
    to: Literal["on", "off"] = Field(description="What it shall be: on or off")


def by_hand(asked: ToggleFeatureFlag) -> str:
    sent = shlex.quote(json.dumps({"enabled": asked.to == "on"}))
    return f'curl --fail --request PUT --json {sent} "$FLAGS_URL"/flags/{shlex.quote(asked.flag)}'


SPEC = Spec(
    name="toggle_feature_flag",
    effect=Effect.CHANGE,
    arguments=ToggleFeatureFlag,
    says="Turn a feature flag on or off, at the endpoint the README describes.",
    button="Set Flag",
    by_hand=by_hand,
    asked=Asked(
        verbs=("set flag", "toggle flag", "turn flag", "set feature flag", "toggle feature flag"),
        kind="Flag",
        options={"to": "to"},
        look="",
        named="flag",
        exact=True,
    ),
    for_model=False,
)
