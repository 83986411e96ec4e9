"""What a person does in modals and the Home tab: fill in, submit, close, press; and what an app's answer does."""

from dataclasses import dataclass
from typing import Any

from bot.playground.slack.delivery import payloads
from bot.playground.slack.delivery.values import Receipt
from bot.playground.slack.errors import PersonError, SlackError
from bot.playground.slack.methods.direct import open_direct
from bot.playground.slack.methods.views import checked_view, replace_view, show, stack_of, wire
from bot.playground.slack.model import SlackApp, View
from bot.playground.slack.people import acts
from bot.playground.slack.people.elements import action_of, find_element, missing_inputs, state_of
from bot.playground.slack.people.person import Person, Result, confirmed, told

TROUBLE = "We had some trouble connecting. Try again?"


@dataclass
class Modals:
    person: Person

    async def submit(self, act: acts.Submit) -> Result:
        view, app = self._view(act.user, act.view_id)
        values = state_of(view.body["blocks"], act.values)
        missing = missing_inputs(view.body["blocks"], values)
        if missing:
            raise PersonError("missing_input", blocks=missing)
        body = payloads.submission(self._sender(app, act.user), self._filled(view, values))
        receipt = await self.person.courier.ask(app, "interactive", _callback(view), body)
        if not receipt.acked:
            return told(receipt) | {"shown": TROUBLE}
        return told(receipt) | self._obey(app, view, receipt)

    def _obey(self, app: SlackApp, view: View, receipt: Receipt) -> Result:
        """Do what the acknowledgement of a submit says; an empty one closes the view."""
        answer = receipt.answer if isinstance(receipt.answer, dict) else {}
        try:
            match answer.get("response_action"):
                case None:
                    self._close(view)
                case "errors":
                    return {"ok": False, "error": "refused", "errors": self._errors(app, view, answer)}
                case "update":
                    replace_view(self.person.workspace, view, checked_view(answer.get("view"), "modal"))
                case "push":
                    show(self.person.workspace, app, view.user, checked_view(answer.get("view"), "modal"), view)
                case "clear":
                    self._clear(app, view.user)
                case other:
                    raise SlackError("invalid_response_action", messages=(f"unknown response_action: {other}",))
        except SlackError as error:
            why = list(error.messages)
            self.person.workspace.note_violation("bad_acknowledgement", app.app_id, error=error.code, why=why)
            return {"ok": False, "error": error.code, "shown": TROUBLE}
        return {"response_action": answer.get("response_action")}

    def _errors(self, app: SlackApp, view: View, answer: dict[str, Any]) -> dict[str, str]:
        errors = answer.get("errors")
        inputs = {block["block_id"] for block in view.body["blocks"] if block.get("type") == "input"}
        if not isinstance(errors, dict) or not errors or set(errors) - inputs:
            raise SlackError("invalid_errors", messages=("errors must name input blocks of the view",))
        self.person.workspace.feed.say(
            "view_refused", user=view.user, view_id=view.id, app_id=app.app_id, errors=errors
        )
        return errors

    async def close(self, act: acts.Close) -> Result:
        view, app = self._view(act.user, act.view_id)
        cleared = bool(view.body.get("clear_on_close"))
        if cleared:
            self._clear(app, view.user)
        else:
            self._close(view)
        if not view.body.get("notify_on_close"):
            return {"ok": True, "outcome": "not_notified"}
        filled = self._filled(view, state_of(view.body["blocks"], act.values))
        body = payloads.closing(self._sender(app, act.user), filled, cleared=cleared)
        return told(await self.person.courier.ask(app, "interactive", _callback(view), body))

    async def click(self, act: acts.ViewClick) -> Result:
        view, app = self._view(act.user, act.view_id, with_home=True)
        block_id, element = find_element(view.body["blocks"], act.action_id, act.block_id)
        confirmed(element, yes=act.confirm)
        action = action_of(block_id, element, act.value, self.person.workspace.clock.stamp())
        state = state_of(view.body["blocks"], {**act.values, act.action_id: act.value})
        body = payloads.view_action(self._sender(app, act.user), self._filled(view, state), action)
        receipt = await self.person.courier.ask(app, "interactive", act.action_id, body)
        return told(receipt) | self.person.after_action(app, receipt)

    def open_home(self, act: acts.OpenHome) -> Result:
        workspace = self.person.workspace
        user = self.person.known(act.user)
        app = the_app(workspace.apps, act.app_id)
        channel = open_direct(workspace, app, [user.id])
        workspace.feed.say("home_opened", app_id=app.app_id, user=user.id, channel=channel.id, tab=act.tab)
        home = workspace.homes.get((app.app_id, user.id))
        return {"ok": True, "view": wire(workspace, home) if home else None}

    def _view(self, user: str, view_id: str | None, *, with_home: bool = False) -> tuple[View, SlackApp]:
        workspace = self.person.workspace
        self.person.known(user)
        homes = [home for home in workspace.homes.values() if home.user == user] if with_home else []
        stack = [view for app_id in workspace.apps for view in stack_of(workspace, app_id, user)]
        found = [v for v in [*homes, *stack] if view_id in (None, v.id)]
        if not found:
            raise PersonError("view_not_found")
        return found[-1], workspace.apps[found[-1].app_id]

    def _filled(self, view: View, values: dict[str, Any]) -> dict[str, Any]:
        return {**wire(self.person.workspace, view), "state": {"values": values}}

    def _sender(self, app: SlackApp, user: str) -> payloads.Sender:
        return self.person.sender(app, self.person.known(user))

    def _close(self, view: View) -> None:
        if self.person.workspace.views.pop(view.id, None):
            self.person.workspace.feed.say("view_closed", user=view.user, view_id=view.id)

    def _clear(self, app: SlackApp, user: str) -> None:
        for view in stack_of(self.person.workspace, app.app_id, user):
            self._close(view)


def _callback(view: View) -> str:
    return str(view.body.get("callback_id", ""))


def the_app(apps: dict[str, SlackApp], app_id: str | None) -> SlackApp:
    """The app named, or the first of the workspace file."""
    if app_id in apps:
        return apps[app_id]
    if app_id is None and apps:
        return next(iter(apps.values()))
    raise PersonError("app_not_found", apps=list(apps))
