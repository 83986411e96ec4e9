"""One thing the narrator has to do: what `narration` derives and `services.narrating` carries out. Values only."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

AT_ONCE = datetime.fromtimestamp(0, UTC)


class Does(StrEnum):
    """What a task does."""

    ANSWER_CLICK = "answer_click"
    POST_HOME = "post_home"
    CREATE_CHANNEL = "create_channel"
    INVITE = "invite"
    INVITE_DECIDERS = "invite_deciders"
    INVITE_COMMANDER = "invite_commander"
    POST_CARD = "post_card"
    PAGE = "page"
    PIN = "pin"
    SET_TOPIC = "set_topic"
    POST_APPROVAL = "post_approval"
    JOIN_APPROVAL = "join_approval"
    SAY_TURN = "say_turn"
    SAY_UNKNOWN = "say_unknown"
    SAY_FAILED = "say_failed"
    SAY_BROKEN = "say_broken"
    EDIT_APPROVAL = "edit_approval"
    EDIT_CARD = "edit_card"
    EDIT_HOME = "edit_home"
    POST_CHECK = "post_check"
    POST_DECISION = "post_decision"
    POST_REFUSED = "post_refused"
    POST_BY_HAND = "post_by_hand"
    UPLOAD_DIFF = "upload_diff"
    UPLOAD_CHART = "upload_chart"
    SHOW_CHART = "show_chart"
    POST_EVIDENCE = "post_evidence"
    POST_COMPARISON = "post_comparison"
    POST_RESOLVED = "post_resolved"


@dataclass(frozen=True)
class Task:
    """One thing to do, not before ``at``. ``subject`` is the id of what it is about; ``upto`` what it will show."""

    step: str
    does: Does
    subject: str = ""
    at: datetime = AT_ONCE
    upto: int | None = None
