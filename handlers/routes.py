"""Every way Slack can reach this bot, in tables. Drawn where `ActionId` is used in `bot/views`, served here."""

from collections.abc import Mapping

from bot.views.ids import ActionId
from handlers import approvals, commands, mentions
from handlers.listener import Hearer, Listener

COMMAND = "/ops"

COMMANDS: Mapping[str, Listener] = {COMMAND: commands.ops}

EVENTS: Mapping[str, Hearer] = {"app_mention": mentions.mentioned}

ACTIONS: Mapping[ActionId, Listener] = {
    ActionId.APPROVE: approvals.pressed,
    ActionId.DENY: approvals.pressed,
    ActionId.ESTABLISH_DONE: approvals.pressed,
    ActionId.ESTABLISH_NOT_DONE: approvals.pressed,
}
