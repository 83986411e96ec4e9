"""From a brief to ranked hypotheses: causes before symptoms, sources before victims, and nothing said twice."""

from bot.core.events import Verdict
from bot.core.fusion.values import Brief, Explained, Fused
from bot.core.signs import Role


def fuse(brief: Brief) -> Fused:
    """Rank what the signs speak for."""
    causes = sorted((one for one in brief.signs if one.role is Role.CAUSE), key=lambda one: -one.weight)
    ranked = tuple(
        Explained(one.kind, one.says, one.object, one.service, one.weight, (one,), mends=one.mends) for one in causes
    )
    verdict = Verdict.CAUSE if ranked else Verdict.UNSURE
    return Fused(verdict, ranked, (), brief.unlooked)
