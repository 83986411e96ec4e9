"""`/ops help`: what can be asked, what it does, and what it never does."""

from bot.views.blocks import Message, context, message, section

LINES = (
    ("/ops status [service]", "what needs attention now, what changed in 24 h, and what could not be read"),
    (
        "/ops incident <title> [service:<name>] [namespace:<name>] [severity:<sev1|sev2|sev3|warn>]",
        "opens an incident, gathers evidence and looks for the cause",
    ),
    ("/ops explain <anything>", "what an alert, an error text or a symptom means here, from this team's runbooks"),
    ("/ops help", "this"),
)


def help_message() -> Message:
    """The same for everybody: nothing here changes anything outside Slack."""
    lines = [f"*`{_plain(usage)}`*\n{does}" for usage, does in LINES]
    return message(
        "Midwatch takes /ops status, incident, explain and help. Nothing is changed without a click on Approve.",
        [
            section("*What you can ask*"),
            section(*lines),
            context("Alerts open incidents by themselves. Nothing outside Slack changes before a click on Approve."),
        ],
    )


def _plain(usage: str) -> str:
    return usage.replace("<", "&lt;").replace(">", "&gt;")
