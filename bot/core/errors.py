"""Everything Midwatch raises on purpose.

    MidwatchError
    ├── Refused           a rule or a state says no; the text is fit for Slack
    ├── Stopped           a change of several steps ended between two of them; a part is done, and which is known
    ├── BadInput          what came in is malformed; the text names the field
    ├── NotFound          no such incident, approval, payload …
    ├── Contended         the ledger moved at every try; nothing was written, try again
    ├── LedgerBroken      a ledger holds what cannot be read; nothing is decided on it until somebody looks
    ├── Unreachable       an outside service does not answer; nothing is known about it
    ├── Busy              an outside service says: later; nothing was done
    ├── SettingsWrong     a setting is missing or malformed, or a credential is in the wrong process
    └── LookFailed        a reading tool could not read
        ├── Denied        … it was not allowed to look
        └── TimedOut      … it took longer than it had

Adapters and tools translate vendors' errors into these with ``from``.
"""


class MidwatchError(Exception):
    """The root of the tree."""


class Refused(MidwatchError):
    """A rule or a state says no. ``why`` is the reason's stable name, the text is for a person."""

    def __init__(self, text: str, why: str = "refused") -> None:
        super().__init__(text)
        self.why = why


class Stopped(MidwatchError):
    """A change of several steps ended between two of them. The text says what was done and what was not.

    ``why`` is one of `core.stepping.STOPPED`: neither a refusal (something changed) nor an open outcome (it is known).
    """

    def __init__(self, text: str, why: str) -> None:
        super().__init__(text)
        self.why = why


class BadInput(MidwatchError):
    """What came in cannot be read. The text says which field, and what was expected."""


class NotFound(MidwatchError):
    """No such thing."""


class Contended(MidwatchError):
    """Others wrote at every try; nothing was appended."""


class LedgerBroken(MidwatchError):
    """A line of a ledger cannot be read at all."""


class Unreachable(MidwatchError):
    """An outside service did not answer, or not in time."""


class Busy(MidwatchError):
    """An outside service, or our own pacing towards it, says: not before ``retry_after`` seconds. Nothing was done."""

    def __init__(self, text: str, retry_after: float) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class SettingsWrong(MidwatchError):
    """A setting is missing or malformed, or this process can see a credential that is not its own."""


class LookFailed(MidwatchError):
    """A reading tool could not read."""


class Denied(LookFailed):
    """It was not allowed to look."""


class TimedOut(LookFailed):
    """The look took longer than it had."""
