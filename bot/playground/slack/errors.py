"""What goes wrong on purpose.

SlackError          a Web API answer with ``ok: false``
PersonError         a person tried what Slack's own window would not let them do
"""

from typing import Any


class SlackError(Exception):
    """Answered as ``{"ok": false, "error": code, **extra}``; ``messages`` become ``response_metadata.messages``."""

    def __init__(self, code: str, messages: tuple[str, ...] = (), **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages
        self.extra = extra

    def as_answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            answer["errors"] = list(self.messages)
            answer["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return answer


class PersonError(Exception):
    """Said to whoever drives the person, with what the person could have done instead."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    def as_answer(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.extra}
