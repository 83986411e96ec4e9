"""The app manifest: valid by Slack's own schema, asking for what is used and for nothing else."""

import json
from pathlib import Path

import jsonschema

from bot.adapters.slack_calls import TIERS
from handlers.routes import COMMANDS, EVENTS

HERE = Path(__file__).parent
MANIFEST = json.loads((HERE.parent / "manifests/slack/manifest.json").read_text())
# what each method the narrator calls needs (public channels for incidents; home may be private)
SCOPES = {
    "auth.test": set(),
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.getPermalink": set(),
    "conversations.create": {"channels:manage"},
    "conversations.setTopic": {"channels:manage"},
    "conversations.invite": {"channels:manage"},
    "conversations.list": {"channels:read"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.join": {"channels:join"},
    "conversations.history": {"channels:history", "groups:history"},
    "conversations.replies": {"channels:history", "groups:history"},
    "pins.add": {"pins:write"},
    "users.info": {"users:read"},
    "usergroups.users.list": {"usergroups:read"},
    "files.upload": {"files:write"},
    "views.open": set(),
}
COMING_IN = {"commands", "app_mentions:read"}


def test_it_is_valid_by_slacks_own_schema():
    schema = json.loads((HERE / "data/slack-manifest.schema.json").read_text())
    jsonschema.validate(MANIFEST, schema, format_checker=jsonschema.FormatChecker())


def test_it_asks_for_exactly_the_scopes_that_are_used():
    assert set(SCOPES) == set(TIERS)
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == COMING_IN.union(*SCOPES.values())
    assert "user" not in MANIFEST["oauth_config"]["scopes"]


def test_its_command_is_the_one_that_is_served_and_ids_arrive_escaped():
    commands = MANIFEST["features"]["slash_commands"]
    assert {command["command"] for command in commands} == set(COMMANDS)
    assert all(command["should_escape"] for command in commands)


def test_it_works_without_a_public_address():
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in json.dumps(MANIFEST)


def test_it_subscribes_to_exactly_the_events_that_are_served():
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)
