"""End a silence Midwatch made: what may be asked for. How it is done is `tools/change/expire_silence.py`.

It is named by what it mutes and not by its id, because that is known before there is one: so it can be the way back
that is captured before a silence is made.
"""

import shlex

from bot.core.tool import Asked, Effect, Spec
from tools.specs.shapes.silences import OfAlert


class ExpireSilence(OfAlert):
    pass


def by_hand(asked: ExpireSilence) -> str:
    matchers = " ".join(shlex.quote(f"{name}={value}") for name, value in asked.every().items())
    return f"amtool silence expire $(amtool silence query --quiet --created-by=midwatch {matchers})"


SPEC = Spec(
    name="expire_silence",
    effect=Effect.CHANGE,
    arguments=ExpireSilence,
    says="End a silence that Midwatch made, before its time is up.",
    button="End Silence",
    by_hand=by_hand,
    asked=Asked(
        verbs=("expire silence", "end silence", "unsilence", "unmute"),
        kind="Alert",
        pairs="matchers",
        look="",
        named="alertname",
        exact=True,
    ),
    for_model=False,
)
