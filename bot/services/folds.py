"""Incidents and the workspace as their ledgers stand: one cache a process, reading only what is new.

The workspace ledger only grows; read whole at each alert it would make a storm slower with every incident. A cache
never decides: every append still carries the length that was seen, so one that is behind costs a try.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.folding import fold
from bot.core.incident import Incident
from bot.core.ledger import WORKSPACE
from bot.core.ports import Ledgers
from bot.core.workspace import Workspace, fold_workspace


@dataclass
class Folds:
    """Safe for threads."""

    ledgers: Ledgers
    _incidents: dict[str, Incident] = field(default_factory=dict)
    _workspace: Workspace = field(default_factory=Workspace)
    _folding: threading.Lock = field(default_factory=threading.Lock)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def incident(self, ledger: str) -> Incident:
        with self._folding:
            known = self._incidents.get(ledger, Incident(ledger))
            incident = fold(ledger, self.ledgers.read(ledger, known.length), known)
            self._incidents[ledger] = incident
            return incident

    def incidents(self, names: Sequence[str]) -> list[Incident]:
        """Many, in their order: one question says which of them moved."""
        with self._folding:
            lengths = self.ledgers.lengths(names) if names else []
            known = [self._incidents.get(name, Incident(name)) for name in names]
        return [
            one if one.length == length else self.incident(one.id) for one, length in zip(known, lengths, strict=True)
        ]

    def workspace(self, anew: bool = False) -> Workspace:
        """``anew`` reads it from its beginning: for who was refused again and again by what he saw."""
        with self._counting:
            known = Workspace() if anew else self._workspace
            self._workspace = fold_workspace(self.ledgers.read(WORKSPACE, known.length), known)
            return self._workspace

    def forget(self, ledger: str) -> None:
        """An incident that was put away."""
        with self._folding:
            self._incidents.pop(ledger, None)
