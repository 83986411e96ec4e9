"""views.*: modals on a stack of three, and each person's Home tab."""

from typing import Any

from bot.playground.slack.drafts import with_ids
from bot.playground.slack.errors import SlackError
from bot.playground.slack.limits.views import too_large, view_problems
from bot.playground.slack.methods.call import Answer, Call, Method
from bot.playground.slack.model import SlackApp, View
from bot.playground.slack.workspace import Workspace

STACK_MOST = 3


def checked_view(view: Any, kind: str) -> dict[str, Any]:
    """The view if Slack would take it on this surface; used for calls and for acknowledgements alike."""
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", messages=("must provide an object [json-pointer:/view]",))
    problems = [str(problem) for problem in view_problems(view)]
    if view.get("type") != kind and not problems:
        problems = [f"must be a {kind} [json-pointer:/view/type]"]
    if problems:
        raise SlackError("invalid_arguments", tuple(problems))
    if too_large(view):
        raise SlackError("view_too_large")
    return {**view, "blocks": with_ids(view["blocks"])}


def stack_of(workspace: Workspace, app_id: str, user: str) -> list[View]:
    return [view for view in workspace.views.values() if (view.app_id, view.user) == (app_id, user)]


def show(workspace: Workspace, app: SlackApp, user: str, body: dict[str, Any], under: View | None) -> View:
    """Open a modal, on top of ``under`` if there is one."""
    view_id = workspace.new_id("V")
    _external_id_is_free(workspace, body, None)
    root, previous = (under.root_id, under.id) if under else (view_id, None)
    view = View(view_id, app.app_id, user, body, workspace.new_secret(), root, previous)
    workspace.views[view_id] = view
    workspace.feed.say("view_opened", user=user, view=wire(workspace, view))
    return view


def replace_view(workspace: Workspace, view: View, body: dict[str, Any]) -> None:
    _external_id_is_free(workspace, body, view)
    view.body, view.hash = body, workspace.new_secret()
    workspace.feed.say("view_updated", user=view.user, view=wire(workspace, view))


def wire(workspace: Workspace, view: View) -> dict[str, Any]:
    return view.as_wire(team_id=workspace.team.id, bot_id=workspace.apps[view.app_id].bot_id)


def _external_id_is_free(workspace: Workspace, body: dict[str, Any], own: View | None) -> None:
    wanted = body.get("external_id")
    if wanted and any(v.body.get("external_id") == wanted for v in workspace.views.values() if v is not own):
        raise SlackError("duplicate_external_id")


def _trigger_user(call: Call) -> str:
    trigger_id = call.args.text("trigger_id")
    if not trigger_id:
        raise SlackError("invalid_trigger_id")
    life = call.workspace.settings.trigger_life_s
    return call.workspace.triggers.spend(trigger_id, call.app.app_id, call.now, life).user


def open_view(call: Call) -> Answer:
    body = checked_view(call.args.nested("view"), "modal")
    user = _trigger_user(call)
    if stack_of(call.workspace, call.app.app_id, user):
        call.violate("view_opened_over_another", user=user)
    return {"view": wire(call.workspace, show(call.workspace, call.app, user, body, None))}


def push(call: Call) -> Answer:
    body = checked_view(call.args.nested("view"), "modal")
    user = _trigger_user(call)
    stack = stack_of(call.workspace, call.app.app_id, user)
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= STACK_MOST:
        raise SlackError("push_limit_reached")
    return {"view": wire(call.workspace, show(call.workspace, call.app, user, body, stack[-1]))}


def update(call: Call) -> Answer:
    body = checked_view(call.args.nested("view"), "modal")
    view = _find(call)
    _same_hash(call, view)
    replace_view(call.workspace, view, body)
    return {"view": wire(call.workspace, view)}


def _find(call: Call) -> View:
    view_id, external_id = call.args.text("view_id"), call.args.text("external_id")
    for view in call.workspace.views.values():
        if view.app_id == call.app.app_id and (view.id == view_id or (external_id and external_id == _external(view))):
            return view
    raise SlackError("not_found")


def _external(view: View) -> str:
    return str(view.body.get("external_id") or "")


def _same_hash(call: Call, view: View) -> None:
    if call.args.has("hash") and call.args.text("hash") != view.hash:
        raise SlackError("hash_conflict")


def publish(call: Call) -> Answer:
    body = checked_view(call.args.nested("view"), "home")
    user = call.args.required("user_id", "user_not_found")
    call.workspace.user(user)
    existing = call.workspace.homes.get((call.app.app_id, user))
    if existing:
        _same_hash(call, existing)
    view_id = existing.id if existing else call.workspace.new_id("V")
    view = View(view_id, call.app.app_id, user, body, call.workspace.new_secret(), view_id)
    call.workspace.homes[(call.app.app_id, user)] = view
    call.workspace.feed.say("home_published", user=user, view=wire(call.workspace, view))
    return {"view": wire(call.workspace, view)}


METHODS = (
    Method("views.open", open_view, tier=4),
    Method("views.push", push, tier=4),
    Method("views.update", update, tier=4),
    Method("views.publish", publish, tier=4),
)
