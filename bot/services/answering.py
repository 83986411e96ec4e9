"""Answers one command: draws what was found and says it where it was asked. Runs in `talk`.

A slash command is answered to the one person who asked, through its response URL, else as an ephemeral message; that
may be said twice when the process dies between saying and recording. A mention is answered in its thread, written
ahead and looked for by its mark after a crash, so once. Neither is left unsaid while Slack takes it.
"""

import logging

from bot.core.errors import NotFound, Refused
from bot.core.events import ChannelStep, CommandAnswered
from bot.core.failpoint import Point, reach
from bot.core.ports import Ledgers, Payloads, SlackRoom
from bot.core.question import Question, fold_question
from bot.services.telling import in_words
from bot.views.answers import answer_message
from bot.views.blocks import Message
from bot.views.help import MENTION, SLASH, help_message
from bot.views.house import House

log = logging.getLogger("midwatch.narrator")
BY = "process:talk"
HELP = {"kind": "help"}


class Answering:
    def __init__(self, ledgers: Ledgers, payloads: Payloads, room: SlackRoom, house: House) -> None:
        self._ledgers = ledgers
        self._payloads = payloads
        self._room = room
        self._house = house

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
            answer = self._payloads.get(question.id, question.answer)
            if answer == HELP:
                return help_message(self._house, question.user, SLASH if question.thread is None else MENTION)
            return answer_message(answer, question.id, self._house.home)
        except NotFound as error:
            return answer_message({"erased": in_words(str(error))})

    def _send(self, question: Question, message: Message) -> str:
        """How it reached the person."""
        if question.thread is not None:
            return self._in_thread(question, question.thread, message)
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

    def _in_thread(self, question: Question, thread: str, message: Message) -> str:
        mark = f"{question.id}/answer"
        assert question.asked_at is not None
        try:
            if question.begun and self._room.find(question.channel, mark, question.asked_at, thread) is not None:
                return "thread"
            begun = ChannelStep(step="answer", state="begun", channel=question.channel)
            self._ledgers.record(question.id, [begun], BY, once=f"begun:{question.id}")
            reach(Point.ANSWER_BEGUN)
            self._room.post(question.channel, message, mark, thread)
        except Refused as refusal:
            log.warning("%s could not be answered in its thread: %s", question.id, refusal)
            return "failed"
        return "thread"
