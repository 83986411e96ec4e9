"""`/ops explain`: what it means here, what usually causes it, what to look at; each with its source."""

from bot.core.answers import ExplainAnswer, Passage, Source
from bot.views import text as t
from bot.views.blocks import Block, Message, context, message, section
from bot.views.status import not_readable

MOST_PASSAGES = 4
PARTS = (("meaning", "What it means here"), ("causes", "What usually causes it"), ("look_at", "What to look at next"))


def explain_message(answer: ExplainAnswer) -> Message:
    asked = t.said(answer.asked, 200)
    blocks: list[Block] = [section(f"*{asked}*")]
    for name, title in PARTS:
        passages: tuple[Passage, ...] = getattr(answer, name)
        if passages:
            blocks.append(section(f"*{title}*", *[_passage(passage) for passage in passages[:MOST_PASSAGES]]))
    if not answer.from_runbooks:
        blocks.append(section(_nothing(answer)))
    if answer.not_readable:
        blocks.append(section(not_readable(answer.not_readable)))
    blocks.append(context(_where_from(answer)))
    return message(_text(answer), blocks)


def _passage(passage: Passage) -> str:
    return f"• {t.page(passage.text, 500)}  ({_page(passage.source)})"


def _page(source: Source) -> str:
    return t.link(source.url, source.title) if source.url else t.said(source.title, 100)


def _nothing(answer: ExplainAnswer) -> str:
    if answer.not_readable:
        return "No runbook of this team was found, but not everything could be searched."
    return "No runbook of this team says anything about this."


def _where_from(answer: ExplainAnswer) -> str:
    if not answer.from_runbooks:
        return "Nothing here is from general knowledge: without a runbook there is no answer to give."
    pages = dict.fromkeys(_page(source) for source in answer.sources[:5])
    return f"From this team's runbooks: {', '.join(pages)}" if pages else "From this team's runbooks."


def _text(answer: ExplainAnswer) -> str:
    first = next((p.text for part in (answer.meaning, answer.causes, answer.look_at) for p in part), "")
    return f"{t.said(answer.asked, 80)}: {t.said(first, 200) if first else _nothing(answer)}"
