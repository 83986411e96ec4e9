"""The guided reasoner: the matching runbook's checks, judged, ranked, and said. No model, no network of its own.

It is the default without a key and the fallback with one; its finding is also the model's opening brief.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.core.case import Case, Seen
from bot.core.errors import SettingsWrong
from bot.core.findings import FindingContent
from bot.core.fusion.briefing import brief_of, changes_in
from bot.core.fusion.changing import judged
from bot.core.fusion.fusing import fuse
from bot.core.fusion.joining import joined
from bot.core.fusion.values import Fused
from bot.core.guided_finding import Proposal, finding_of, other_proposal, proposal_of
from bot.core.neighbour_looks import HOPS, neighbour_checks
from bot.core.placing import Placed
from bot.core.planning import PAGES, Offer, plan
from bot.core.predicates.shape import Context, rows
from bot.core.ranking import Bar, Conclusion, conclude
from bot.core.replanning import SentBack
from bot.core.runbook import Corpus, Runbook
from bot.core.sweeping import sweep
from bot.core.tool import Spec
from bot.services.gathering import Gathering
from bot.services.placing import Placing

BY = "process:diagnose/guided"


@dataclass(frozen=True)
class Guess:
    """What the guided reasoner came to, with everything it came from."""

    runbook: Runbook
    context: Context
    conclusion: Conclusion
    content: FindingContent
    proposal: Proposal | None
    back: SentBack | None = None
    fused: Fused | None = None


class Guided:
    """``changes`` are the specs a proposal may name; empty where nothing may be proposed."""

    def __init__(
        self,
        gathering: Gathering,
        corpus: Corpus,
        offer: Offer,
        changes: Mapping[str, Spec],
        placing: Placing | None = None,
        bar: Bar | None = None,
    ) -> None:
        if corpus.general is None:
            raise SettingsWrong(
                "the runbooks have no page with the id general; it is what every other case falls back to"
            )
        self._gathering = gathering
        self._corpus = corpus
        self._offer = offer
        self._changes = changes
        self._placing = placing
        self._bar = bar or Bar()

    def diagnose(self, incident_id: str, number: int, case: Case, back: SentBack | None = None) -> Guess:
        """Find out where it is, gather what the runbook asks for, and conclude; ``back``: what must not come again."""
        placed = self._placing.place(incident_id, number, case, BY) if self._placing else Placed(case)
        case = placed.case
        runbook = self._corpus.for_alert(case) or self._searched(incident_id, number, case)
        calls, unasked = plan(runbook.checks, case, self._offer)
        calls = [*calls, *sweep(runbook.checks, case, self._offer)]
        gathered = self._gathering.gather(incident_id, number, case, calls, BY)
        asked = {call.check: gathered[call.check] for call in calls if call.check in gathered}
        looks = {**placed.looks, **{one.check: one for one in unasked}, **asked}
        guess = self.conclude(runbook, case, {**looks, **self._neighbours(incident_id, number, case, looks)}, back)
        return replace(guess, content=guess.content.model_copy(update={"place": placed.says}))

    def _neighbours(self, incident_id: str, number: int, case: Case, looks: Mapping[str, Seen]) -> dict[str, Seen]:
        """More rounds of looks: at the services that the errors name, and at whom the errors of a failing one name."""
        found: dict[str, Seen] = {}
        for _ in range(HOPS):
            checks = neighbour_checks(Context(case, {**looks, **found}))
            calls, unasked = plan([one for one in checks if one.id not in found], case, self._offer)
            if not calls and not unasked:
                break
            gathered = self._gathering.gather(incident_id, number, case, calls, BY) if calls else {}
            found |= {one.check: one for one in unasked}
            found |= {call.check: gathered[call.check] for call in calls if call.check in gathered}
        return found

    def conclude(self, runbook: Runbook, case: Case, looks: Mapping[str, Seen], back: SentBack | None = None) -> Guess:
        """The finding from what was seen: a pure function, also for recorded cases."""
        context = Context(case, looks)
        fused = fuse(judged(brief_of(context), changes_in(list(looks.values()))))
        conclusion = joined(conclude(runbook, context, self._bar), fused, self._bar)
        content = finding_of(conclusion, runbook, context, self._corpus)
        first = proposal_of(conclusion, context, self._changes)
        proposal = first if back is None else other_proposal(conclusion, context, self._changes, back)
        return Guess(runbook, context, conclusion, content, proposal, back, fused)

    def _searched(self, incident_id: str, number: int, case: Case) -> Runbook:
        """No page names this alert: ask the search, and fall back to the general page."""
        general = self._corpus.general
        assert general is not None
        calls, _ = plan([PAGES], case, self._offer)
        found = self._gathering.gather(incident_id, number, case, calls, BY).get(PAGES.id)
        ids = [str(page.get("id")) for page in rows(found.facts, "pages")] if found and found.readable else []
        return self._corpus.named(ids) or general
