"""`/ops explain <anything>`, first form: what the team's runbooks say, with sources, or that they say nothing."""

from bot.core.answers import ExplainAnswer
from bot.core.case import Case, Seen, seen
from bot.core.errors import BadInput
from bot.core.events import Outcome
from bot.core.explanation import explain
from bot.core.measures import clip
from bot.core.ports import Looks
from bot.core.runbook import Corpus
from bot.core.tool import Look, Observation

TOOL = "find_runbooks"
MOST_QUERY = 2000


class Explaining:
    def __init__(self, looks: Looks, corpus: Corpus, seconds: float) -> None:
        self._looks = looks
        self._corpus = corpus
        self._seconds = seconds

    def answer(self, words: str, case: Case) -> ExplainAnswer:
        """``case`` gives the time and the window; a single word counts as an alert's name too."""
        pages = self._search(words, case)
        return explain(words, case.now, pages, self._corpus)

    def _search(self, words: str, case: Case) -> Seen:
        arguments = {"query": clip(words, MOST_QUERY), "alertname": words.strip() if _is_name(words) else ""}
        missing = self._looks.not_offered().get(TOOL)
        if missing is not None:
            return Seen("pages", TOOL, "not_offered", digest=f"the runbook search is not offered: {missing}")
        try:
            found = self._looks.look(TOOL, arguments, Look(case.window, self._seconds, case.now))
        except BadInput as error:
            found = Observation(Outcome.FAILED, TOOL, str(error))
        return seen("pages", TOOL, "", arguments, found, "runbooks")


def _is_name(words: str) -> bool:
    return len(words.split()) == 1 and len(words) <= 200
