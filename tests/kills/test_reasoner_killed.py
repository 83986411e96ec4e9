"""The worker is killed twice over what Claude said: no reply is paid for twice, and the story ends as it would have."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.core.failpoint import Point
from tests.adapters.messages_api import Says, speaking, text, uses
from tests.playing import arm, check_ended_well, stage

POINTS = (Point.DIAGNOSIS_TURN,)
SEEN = "ShuttleJammed: tension above limit"
ROLL_BACK = {
    "tool": "roll_back_deployment",
    "arguments": {"namespace": "weaving", "name": "loom", "to_revision": 1},
    "cause": "rollout",
}


def concluded(body: dict[str, Any]) -> Says:
    """The structured answer, resting on the evidence that shows the error."""
    told = json.loads(json.dumps(body["messages"]))[0]["content"]
    words = told if isinstance(told, str) else "".join(block.get("text", "") for block in told)
    evidence = next(one for one in re.split(r'(?=id="E\d+")', words) if SEEN in one and one.startswith('id="E'))
    cited = evidence.split('"')[1]
    claim = {"text": "A new error appeared", "evidence": [cited], "quotes": [{"evidence": cited, "text": SEEN}]}
    rollout = {"id": "rollout", "cause": "The newest revision jams the shuttle", "confidence": 0.93}
    causes = [{**rollout, "supports": [claim], "against": []}]
    return text({"verdict": "cause", "causes": causes, "proposal": ROLL_BACK})


@pytest.mark.timeout(200)
@pytest.mark.parametrize("whom", ["self", "parent", "both"])
def test_a_reasoner_killed_twice_after_its_turns_asks_the_model_nothing_again(tmp_path: Path, whom: str) -> None:
    armed = arm(tmp_path / "armed", {Point.DIAGNOSIS_TURN: [whom, whom]})

    with speaking(uses(("list_nodes", {})), concluded) as model:
        claude = {"ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": model.url}
        with stage(tmp_path, {**armed, **claude}) as story:
            story.until(story.over, 160, "the end of the story")

            assert story.taken() == {str(Point.DIAGNOSIS_TURN): 2}
            assert len(model.requests) == 2
            assert [made.reasoner for made in story.incident().rounds.values()] == ["claude"]
            check_ended_well(story)
