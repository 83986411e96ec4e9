"""Silence an alert: what may be asked for. How it is done is `tools/change/silence_alert.py`.

It is for people alone: a model, which reads hostile text, never proposes to look away.
"""

import shlex
from typing import Annotated

from pydantic import Field, StringConstraints

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.silences import Minutes, OfAlert

Words = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class SilenceAlert(OfAlert):
    minutes: Minutes = Field(description="For how long: 1 to 480 minutes")
    comment: Words = Field(default="", description="Why, for whoever sees the silence")


def by_hand(asked: SilenceAlert) -> str:
    matchers = " ".join(shlex.quote(f"{name}={value}") for name, value in asked.every().items())
    comment = shlex.quote(asked.comment or "by hand")
    return f"amtool silence add --duration={asked.minutes}m --comment={comment} {matchers}"


SPEC = Spec(
    name="silence_alert",
    effect=Effect.CHANGE,
    arguments=SilenceAlert,
    says="Mute the notifications of an alert in one namespace for a while, in Alertmanager.",
    button="Silence",
    by_hand=by_hand,
    asked=Asked(
        verbs=("silence", "silence alert", "mute", "mute alert"),
        kind="Alert",
        options={"for": "minutes"},
        pairs="matchers",
        look="",
        named="alertname",
        exact=True,
    ),
    for_model=False,
)
