"""Answers one slash command: draws what was found and sends it to the one person who asked. Runs in `talk`.

Through the command's response URL, else as an ephemeral message. It may be said twice when the process dies between
saying and recording; it is never left unsaid while Slack takes it.
"""

import logging

from bot.core.errors import NotFound, Refused
from bot.core.events import CommandAnswered
from bot.core.failpoint import Point, reach
from bot.core.ports import Ledgers, Payloads, SlackRoom
from bot.core.question import Question, fold_question
from bot.services.telling import in_words
from bot.views.answers import answer_message
from bot.views.blocks import Message

log = logging.getLogger("midwatch.narrator")
BY = "process:talk"


class Answering:
    def __init__(self, ledgers: Ledgers, payloads: Payloads, room: SlackRoom) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._room = room

    def run(self, ask_id: str) -> None:
        """Send the answer once it was made. Raises `Busy` or `Unreachable`, and then it is still to be said."""
        question = fold_question(ask_id, self._ledgers.read(ask_id))
        if question.answer is None or question.answered_at is not None:
            return
        how = self._send(question, self._message(question))
        reach(Point.ANSWER_SAID)
        self._ledgers.record(ask_id, [CommandAnswered(how=how)], BY, once=f"answered:{ask_id}")
        reach(Point.ANSWER_RECORDED)

    def _message(self, question: Question) -> Message:
        assert question.answer is not None
        try:
            return answer_message(self._payloads.get(question.id, question.answer))
        except NotFound as error:
            return answer_message({"erased": in_words(str(error))})

    def _send(self, question: Question, message: Message) -> str:
        """How it reached the person."""
        if question.url is not None:
            try:
                self._room.answer(str(self._payloads.get(question.id, question.url)), message)
                return "response_url"
            except (Refused, NotFound) as error:
                log.info("the response URL of %s cannot be used: %s", question.id, error)
        try:
            self._room.whisper(question.channel, question.user, message)
        except Refused as refusal:
            log.warning("%s could not be answered: %s", question.id, refusal)
            return "failed"
        return "ephemeral"
