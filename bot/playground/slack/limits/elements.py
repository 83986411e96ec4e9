"""Limits of the interactive elements, and which of them may stand in which block."""

from bot.playground.slack.limits.checks import (
    Check,
    anything,
    array,
    boolean,
    both,
    exactly_one,
    integer,
    matching,
    one_of,
    shape,
    string,
    tagged,
    url,
)
from bot.playground.slack.limits.objects import (
    ACTION_ID,
    CHOICE,
    CONFIRM,
    CONVERSATION_FILTER,
    OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    SLACK_FILE,
    STYLE,
    distinct_options,
    plain,
)

DATE = matching(r"\d{4}-\d{2}-\d{2}", "must be a date like 2026-01-31")
TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "must be a time like 23:59")
COMMON = {"action_id": ACTION_ID, "focus_on_load": boolean}
PICK = COMMON | {"confirm": CONFIRM, "placeholder": plain(150)}
MANY = PICK | {"max_selected_items": integer(1, 100)}
DISPATCH = shape({}, {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2)})
TYPED = COMMON | {"placeholder": plain(150), "dispatch_action_config": DISPATCH}

BUTTON = shape(
    {"text": plain(75)},
    {
        "action_id": ACTION_ID,
        "value": string(2000),
        "url": url(),
        "style": STYLE,
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "visible_to_user_ids": array(string(255), 10),
    },
)
IMAGE = both(
    shape({"alt_text": string(2000)}, {"image_url": url(), "slack_file": SLACK_FILE}),
    exactly_one("image_url", "slack_file"),
)
OVERFLOW = both(
    shape({"options": array(OVERFLOW_OPTION, 5)}, {"action_id": ACTION_ID, "confirm": CONFIRM}), distinct_options
)


def _static(extra: dict[str, Check]) -> Check:
    fields = {"options": array(OPTION, 100), "option_groups": array(OPTION_GROUP, 100), **extra}
    return both(shape({}, fields), exactly_one("options", "option_groups"), distinct_options)


STATIC_SELECT = _static(PICK | {"initial_option": OPTION})
MULTI_STATIC_SELECT = _static(MANY | {"initial_options": array(OPTION, 100)})
EXTERNAL = {"min_query_length": integer(0, 100)}
CONVERSATIONS = {"default_to_current_conversation": boolean, "filter": CONVERSATION_FILTER}
RESPOND = {"response_url_enabled": boolean}

SELECTS: dict[str, Check] = {
    "static_select": STATIC_SELECT,
    "external_select": shape({}, PICK | EXTERNAL | {"initial_option": OPTION}),
    "users_select": shape({}, PICK | {"initial_user": string(255)}),
    "channels_select": shape({}, PICK | RESPOND | {"initial_channel": string(255)}),
    "conversations_select": shape({}, PICK | RESPOND | CONVERSATIONS | {"initial_conversation": string(255)}),
    "multi_static_select": MULTI_STATIC_SELECT,
    "multi_external_select": shape({}, MANY | EXTERNAL | {"initial_options": array(OPTION, 100)}),
    "multi_users_select": shape({}, MANY | {"initial_users": array(string(255), 100)}),
    "multi_channels_select": shape({}, MANY | {"initial_channels": array(string(255), 100)}),
    "multi_conversations_select": shape({}, MANY | CONVERSATIONS | {"initial_conversations": array(string(255), 100)}),
}

CHECKBOXES = both(
    shape(
        {"options": array(CHOICE, 10)},
        COMMON | {"confirm": CONFIRM, "initial_options": array(CHOICE, 10)},
    ),
    distinct_options,
)
RADIO = both(
    shape({"options": array(CHOICE, 10)}, COMMON | {"confirm": CONFIRM, "initial_option": CHOICE}), distinct_options
)
PICKERS: dict[str, Check] = {
    "datepicker": shape({}, PICK | {"initial_date": DATE}),
    "timepicker": shape({}, PICK | {"initial_time": TIME, "timezone": string(255)}),
    "datetimepicker": shape({}, COMMON | {"confirm": CONFIRM, "initial_date_time": integer(10**9, 10**10 - 1)}),
    "checkboxes": CHECKBOXES,
    "radio_buttons": RADIO,
}

PLAIN_INPUT = shape(
    {},
    TYPED
    | {
        "initial_value": string(3000, 0),
        "multiline": boolean,
        "min_length": integer(0, 3000),
        "max_length": integer(1, 3000),
    },
)
NUMBER_INPUT = shape(
    {"is_decimal_allowed": boolean},
    TYPED | {"initial_value": string(255), "min_value": string(255), "max_value": string(255)},
)
INPUTS: dict[str, Check] = {
    "plain_text_input": PLAIN_INPUT,
    "email_text_input": shape({}, TYPED | {"initial_value": string(255)}),
    "url_text_input": shape({}, TYPED | {"initial_value": string(3000)}),
    "number_input": NUMBER_INPUT,
    "rich_text_input": shape({}, TYPED | {"initial_value": anything}),
    "file_input": shape({}, COMMON | {"filetypes": array(string(255), 100), "max_files": integer(1, 10)}),
}

FEEDBACK_BUTTON = shape({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
FEEDBACK = shape({"positive_button": FEEDBACK_BUTTON, "negative_button": FEEDBACK_BUTTON}, {"action_id": ACTION_ID})
ICON_BUTTON = shape(
    {"icon": one_of("trash"), "text": plain(75)},
    {
        "action_id": ACTION_ID,
        "value": string(2000),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "visible_to_user_ids": array(string(255), 10),
    },
)

IN_ACTIONS = tagged({"button": BUTTON, "overflow": OVERFLOW, **SELECTS, **PICKERS})
IN_ACCESSORY = tagged({"button": BUTTON, "overflow": OVERFLOW, "image": IMAGE, **SELECTS, **PICKERS})
IN_INPUT = tagged({**SELECTS, **PICKERS, **INPUTS})
IN_CONTEXT_ACTIONS = tagged({"feedback_buttons": FEEDBACK, "icon_button": ICON_BUTTON})
