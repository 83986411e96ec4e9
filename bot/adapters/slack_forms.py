"""Opens a modal in Slack for the press or command that asked for it: once, within the time Slack gives."""

from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient

from bot.adapters.slack_calls import Pace, SlackCalls, quiet

TRIGGER_SECONDS = 3


class SlackForms:
    def __init__(self, client: WebClient, pace: Pace) -> None:
        patient = quiet(client)
        patient.timeout = TRIGGER_SECONDS  # after that the trigger has expired, and the person is told
        self._calls = SlackCalls(patient, pace)

    def open(self, trigger: str, view: Mapping[str, Any]) -> None:
        """Raises `Refused`, `Busy` or `Unreachable`; then no form was shown, or nobody knows that it was."""
        self._calls.call("views.open", trigger_id=trigger, view=dict(view))
