"""A sound installation is said to be sound: exit 0, everything that can be seen proven, secrets nowhere."""

import pytest

from tests.doctor.conftest import PRIVATE, House, run

pytestmark = pytest.mark.xdist_group("doctor")


def test_a_sound_installation_is_usable(house: House) -> None:
    told = house.doctor()

    assert told.wrong() == [], told.text
    assert told.code == 0
    assert [one["process"] for one in told.told["processes"]] == ["serve", "talk", "diagnose", "act", "together"]
    proven = {one["part"] for one in told.checks() if one["state"] == "proven"}
    assert {"redis", "redis rights", "slack scopes", "slack socket", "slack home channel", "clock"} <= proven
    assert {"prometheus", "prometheus rules", "elasticsearch", "kubernetes reading", "runbooks"} <= proven
    assert {"kubernetes changing", "kubernetes never", "kubernetes nodes changing", "signing pair", "mode"} <= proven
    assert "kubernetes drains" in proven
    assert "kubernetes faults" not in {one["part"] for one in told.checks()}  # it lacks none of what they read
    assert told.of("kubernetes elsewhere")["state"] == "unproven"  # act may list no namespaces, as shipped


def test_what_cannot_be_seen_is_unproven_and_says_what_would_prove_it(house: House) -> None:
    told = house.doctor("--as", "serve")

    assert told.of("slack commands")["state"] == "unproven"
    assert told.of("serve")["state"] == "unproven"
    assert "midwatch worker act" in told.of("worker act")["mend"]
    assert all(one["mend"] for one in told.checks() if one["state"] == "wrong")


def test_no_secret_is_shown(house: House) -> None:
    told = house.doctor()

    outfit = house.outfit
    secrets = [*outfit.passwords.values(), outfit.webhook_token, outfit.private_key, *outfit.tokens.values()]
    assert [secret for secret in secrets if secret in told.text] == []
    assert "xoxb-playground" not in told.text
    assert told.told["processes"][0]["settings"]["SLACK_BOT_TOKEN"] == "xoxb-… (15 characters)"


def test_a_process_is_known_by_the_settings_that_are_visible(house: House) -> None:
    done = run("doctor", env=house.envs["act"])

    assert done.stdout.startswith("act\n")
    assert "Usable." in done.stdout
    assert done.returncode == 0


def test_where_nothing_is_visible_it_says_where_to_look(house: House) -> None:
    done = run("doctor")

    assert done.returncode == 2
    assert "MIDWATCH_ENV_FILE" in done.stderr


def test_a_private_home_channel_is_proven_by_its_name(house: House) -> None:
    house.set("talk", MIDWATCH_HOME_CHANNEL=PRIVATE)

    told = house.doctor("--as", "talk")

    assert told.of("slack home channel")["says"] == f"the bot is in #secret ({PRIVATE})"
