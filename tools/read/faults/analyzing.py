"""Every analyzer, run over one snapshot. What one of them says is never hidden by another that fails to decode."""

from bot.core.signs import Sign
from tools.read.faults.snapshot import Analyzer, Snapshot

ANALYZERS: tuple[Analyzer, ...] = ()


def analyze(snapshot: Snapshot) -> tuple[Sign, ...]:
    """All signs, heaviest first."""
    found = [sign for analyzer in ANALYZERS for sign in analyzer(snapshot)]
    return tuple(sorted(found, key=lambda sign: -sign.weight))
