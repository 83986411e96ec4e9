"""Reads the arguments of a runbook's proposal: slots, mappings, and values that a check is to choose. Pure."""

from collections.abc import Callable, Mapping

from bot.core import slots
from bot.core.choosing import CHOOSERS, Choice
from bot.core.runbook import Given, Scalar
from bot.core.runbook_draft import ChoiceDraft

Note = Callable[[str, str], None]  # the key of a mistake, and what it is


class ArgumentReader:
    """``tools`` are the page's checks with their tools; mistakes are noted and reading goes on."""

    def __init__(self, tools: Mapping[str, str], note: Note) -> None:
        self._tools = tools
        self._note = note

    def read(self, value: Scalar | Mapping[str, Scalar | ChoiceDraft], key: str) -> Given:
        if not isinstance(value, Mapping):
            return self._scalar(value, key)
        return {name: self._part(one, f"{key}.{name}") for name, one in value.items()}

    def _part(self, value: Scalar | ChoiceDraft, key: str) -> Scalar | Choice:
        return self._choice(value, key) if isinstance(value, ChoiceDraft) else self._scalar(value, key)

    def _scalar(self, value: Scalar, key: str) -> Scalar:
        if isinstance(value, str) and (why := slots.why_wrong(value, slots.KNOWN)):
            self._note(key, why)
        return value

    def _choice(self, draft: ChoiceDraft, key: str) -> Choice:
        if self._tools.get(draft.choose) not in CHOOSERS:
            known = ", ".join(check for check, tool in self._tools.items() if tool in CHOOSERS)
            says = f"there is no check {draft.choose!r} that measures; there are {known or 'none'}"
            self._note(f"{key}.choose", says)
        if draft.lowest_below is not None:
            return Choice(draft.choose, draft.label, "lowest", draft.lowest_below, draft.among)
        return Choice(draft.choose, draft.label, "highest", draft.highest_above or 0.0, draft.among)
