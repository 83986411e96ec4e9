"""Who may decide: people named in the settings, and the members of user groups named there. Values; nobody is asked."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Approvers:
    """``grouped`` are the members of every group that is named, as Slack said a moment ago; None: it did not say."""

    named: frozenset[str] = frozenset()
    grouped: frozenset[str] | None = frozenset()

    def may(self, user: str) -> bool | None:
        """None where only Slack could tell. Who is named needs nobody's word."""
        if user in self.named:
            return True
        return None if self.grouped is None else user in self.grouped


def groups_of(names: Iterable[str]) -> tuple[str, ...]:
    """The user groups (S…) of a setting that takes people and groups, each once."""
    return tuple(dict.fromkeys(name for name in names if name.startswith("S")))


def unasked(names: Iterable[str]) -> Approvers:
    """What is known without asking Slack: enough to open a form by, never to count a vote by."""
    listed = tuple(names)
    groups = groups_of(listed)
    return Approvers(frozenset(listed) - frozenset(groups), None if groups else frozenset())
