"""Every Web API method the stand-in knows, in one table; a name that is not here is Slack's ``unknown_method``."""

from bot.playground.slack.methods import (
    apps,
    assistant,
    channels,
    chat,
    files,
    history,
    membership,
    people,
    pins,
    views,
)
from bot.playground.slack.methods.call import Method

METHODS: dict[str, Method] = {
    method.name: method
    for family in (apps, chat, channels, membership, history, pins, people, views, files, assistant)
    for method in family.METHODS
}
