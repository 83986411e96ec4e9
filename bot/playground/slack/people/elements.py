"""The interactive elements as a person meets them: finding one in what is shown, and what using it sends."""

from collections.abc import Iterator
from typing import Any

from bot.playground.slack.errors import PersonError
from bot.playground.slack.model import Blocks

Element = dict[str, Any]

# Where each kind of element carries what was chosen, and whether that is an option, several, or the thing itself.
CHOSEN: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "raw"),
    "email_text_input": ("value", "raw"),
    "url_text_input": ("value", "raw"),
    "number_input": ("value", "raw"),
    "static_select": ("selected_option", "option"),
    "external_select": ("selected_option", "option"),
    "overflow": ("selected_option", "option"),
    "radio_buttons": ("selected_option", "option"),
    "users_select": ("selected_user", "raw"),
    "channels_select": ("selected_channel", "raw"),
    "conversations_select": ("selected_conversation", "raw"),
    "datepicker": ("selected_date", "raw"),
    "timepicker": ("selected_time", "raw"),
    "datetimepicker": ("selected_date_time", "raw"),
    "checkboxes": ("selected_options", "options"),
    "multi_static_select": ("selected_options", "options"),
    "multi_external_select": ("selected_options", "options"),
    "multi_users_select": ("selected_users", "raw"),
    "multi_channels_select": ("selected_channels", "raw"),
    "multi_conversations_select": ("selected_conversations", "raw"),
    "file_input": ("files", "raw"),
    "rich_text_input": ("rich_text_value", "raw"),
}


def elements_in(blocks: Blocks) -> Iterator[tuple[str, Element]]:
    """Each element one can act on, with its block's id."""
    for block in blocks:
        inside = block.get("elements", []) if block.get("type") in ("actions", "context_actions") else []
        for element in [*inside, block.get("accessory"), block.get("element")]:
            if isinstance(element, dict) and element.get("action_id"):
                yield str(block.get("block_id", "")), element


def find_element(blocks: Blocks, action_id: str, block_id: str | None) -> tuple[str, Element]:
    shown = list(elements_in(blocks))
    found = [(b, e) for b, e in shown if e["action_id"] == action_id and block_id in (None, b)]
    if not found:
        raise PersonError("no_such_element", shown=[element["action_id"] for _, element in shown])
    if len(found) > 1:
        raise PersonError("ambiguous_element", blocks=[block for block, _ in found])
    return found[0]


def action_of(block_id: str, element: Element, value: Any, action_ts: str) -> dict[str, Any]:
    """The ``actions`` entry of using an element; ``value`` chooses, or forges what was on the button."""
    action = {"action_id": element["action_id"], "block_id": block_id, "type": element["type"], "action_ts": action_ts}
    action |= {key: element[key] for key in ("style", "confirm", "url", "placeholder") if key in element}
    match element["type"]:
        case "button" | "icon_button":
            action["text"] = element["text"]
            carried = element.get("value") if value is None else value
            return action if carried is None else action | {"value": carried}
        case "feedback_buttons":
            return action | {"value": value}
        case _:
            return action | chosen(element, value)


def chosen(element: Element, value: Any) -> dict[str, Any]:
    """The field naming the choice, with options given back whole as Slack gives them."""
    name, form = CHOSEN[element["type"]]
    if form == "option":
        return {name: None if value is None else _option(element, value)}
    if form == "options":
        return {name: [_option(element, each) for each in value or []]}
    return {name: value}


def _option(element: Element, value: Any) -> Element:
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    for option in [*element.get("options", []), *grouped]:
        if option.get("value") == value:
            return dict(option)
    # A forged or outdated choice: Slack passes on what the window sent.
    return {"text": {"type": "plain_text", "text": str(value)}, "value": value}


def state_of(blocks: Blocks, given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """``state.values`` of a view: what was filled in by block id (or action id), else what it started with."""
    values: dict[str, dict[str, Any]] = {}
    for block_id, element in elements_in(blocks):
        if element["type"] in CHOSEN:
            value = given.get(block_id, given.get(element["action_id"]))
            value = _initial(element) if value is None else value
            values[block_id] = {element["action_id"]: {"type": element["type"], **chosen(element, value)}}
    return values


def _initial(element: Element) -> Any:
    for name, value in element.items():
        if name == "initial_option":
            return value["value"]
        if name == "initial_options":
            return [option["value"] for option in value]
        if name.startswith("initial_"):
            return value
    return None


def missing_inputs(blocks: Blocks, values: dict[str, dict[str, Any]]) -> list[str]:
    """Inputs that must be filled and are not; Slack's window does not let a person submit then."""
    required = [b for b in blocks if b.get("type") == "input" and not b.get("optional")]
    return [block["block_id"] for block in required if _empty(values.get(block["block_id"], {}))]


def _empty(state: dict[str, Any]) -> bool:
    return not any(value for element in state.values() for key, value in element.items() if key != "type")
