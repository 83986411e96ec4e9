"""The doctor's button: posted by `midwatch doctor --probe`, pressed by a person, then taken away again."""

from bot.views.blocks import Message, actions, button, context, message, section
from bot.views.ids import ActionId

SAYS = "Somebody is checking Midwatch's installation. Please press this once; nothing is changed by it."


def probe_message(name: str, seconds: int) -> Message:
    """``name`` is this probe's own, so that its press can be told from any other."""
    press = button("It Works", ActionId.PROBE, name, reads="It works: Midwatch hears this press", style="primary")
    wait = context(f"It goes away once it is pressed, or after {seconds} s.")
    return message(SAYS, [section(SAYS), actions(f"probe:{name}", press), wait])
