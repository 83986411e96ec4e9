"""Every way Slack can reach this bot, in tables. Drawn where the ids are used in `bot/views`, served here."""

from collections.abc import Mapping

from bot.views.ids import ActionId, FormId
from handlers import approvals, commands, forms, mentions, probing
from handlers.listener import Hearer, Listener

COMMAND = "/ops"

COMMANDS: Mapping[str, Listener] = {COMMAND: commands.ops}

EVENTS: Mapping[str, Hearer] = {"app_mention": mentions.mentioned}

ACTIONS: Mapping[ActionId, Listener] = {
    ActionId.APPROVE: approvals.pressed,
    ActionId.APPROVE_TYPED: forms.reason_asked,
    ActionId.BREAK_GLASS: forms.reason_asked,
    ActionId.DENY: forms.denied,
    ActionId.REQUEST_CHANGES: forms.reason_asked,
    ActionId.PLAN_AGAIN: approvals.pressed,
    ActionId.UNDO: approvals.pressed,
    ActionId.LEASE: approvals.pressed,
    ActionId.REVOKE_LEASE: approvals.pressed,
    ActionId.ESTABLISH_DONE: approvals.pressed,
    ActionId.ESTABLISH_NOT_DONE: approvals.pressed,
    ActionId.TAKE: approvals.pressed,
    ActionId.SEVERITY: approvals.pressed,
    ActionId.COMMANDER: approvals.pressed,
    ActionId.RESOLVE: approvals.pressed,
    ActionId.OPEN_INCIDENT: commands.opened,
    ActionId.PROBE: probing.probed,
}

UNKNOWN: Listener = approvals.outdated

FORMS: Mapping[FormId, Listener] = {
    FormId.DENY: forms.reason_given(ActionId.DENY),
    FormId.REQUEST_CHANGES: forms.reason_given(ActionId.REQUEST_CHANGES, "Say what should be different."),
    FormId.BREAK_GLASS: forms.reason_given(ActionId.BREAK_GLASS, "Say why it cannot wait for somebody else."),
    FormId.TYPED: forms.name_typed,
    FormId.INCIDENT: forms.incident_given,
}
