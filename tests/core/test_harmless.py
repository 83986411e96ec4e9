"""Values of settings are shown when their shape is harmless, and hidden whenever that is not sure."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.harmless import arguments_shown, is_harmless, smells, without_values
from bot.core.redact import HIDDEN

HARMLESS = [
    ("SURCHARGE_V2", "on"), ("DEBUG", "True"), ("EMPTY", ""), ("WORKERS", "8"), ("TIMEOUT", "1.5s"),
    ("MEMORY", "512Mi"),
    ("INTERVAL", "1h30m"), ("RATIO", "0.25"), ("SHARE", "25%"), ("MODE", "round-robin"), ("LOG_LEVEL", "DEBUG"),
    ("REGION", "us-east-1"), ("VERSION", "2.31.0"), ("VERSION", "v1.4.2-rc1"), ("POLICY", "ROUND_ROBIN"),
    ("SIDECAR", "registry.example/team/app:2.31.0"), ("DB_HOST", "db.shop.svc.cluster.local"), ("DB_HOST", "db:5432"),
    ("BASE_URL", "https://api.example.com/v1/orders"), ("BACKEND_URL", "http://cart:8080"), ("PEER", "10.0.4.17:8080"),
    ("CONFIG", "/etc/app/config.yaml"), ("BROKERS", "kafka-0.kafka:9092,kafka-1.kafka:9092"),
    ("FEATURES", "a,b,new-tax"),    ("TOKEN_CHECK", "true"), ("LISTEN", ":8080"),
]  # fmt: skip
HARMFUL = [
    ("DB_PASS", "hunter2hunter2"), ("DB_PASS", "swordfish"), ("DB_PASS", "1234"), ("pass", "x"), ("STRIPE_KEY", "abc"),
    ("HMAC_KEY", "swordfish"), ("REDIS_AUTH", "swordfish"), ("SENTRY_DSN", "https://sentry.example/4"), ("PIN", "4711"),
    ("HASH_SALT", "pepper"), ("KEY_OF_THE_DOOR", "open"), ("dbPassNew", "swordfish"), ("TOKEN_OLD", "swordfish"),
    ("MYSQLPASS", "swordfish"), ("PLAIN", "hunter2hunter2"), ("PLAIN", "hunter2"), ("PLAIN", "S3cr3tP4ss"),
    ("PLAIN", "correct horse battery staple"), ("PLAIN", "9f86d081884c7d659a2feaa0c55ad015"),
    ("PLAIN", "4711471147114711"),    ("DATABASE_URL", "postgres://app:hunter2@db:5432/shop"), ("DATABASE_URL", "postgres://hunter2@db.example/shop"),
    ("DATABASE_URL", "https://db.example/?password=x"), ("HOOK_URL", "https://hooks.example/services/T0/B0/xYz123aBc456"),
    ("PLAIN", "admin:swordfish"), ("PLAIN", "alice@example.com"), ("PLAIN", '{"pass": "x"}'), ("PLAIN", "a\nb"),
    ("PLAIN", "/9j/4AAQSkZJRgABAQ"), ("PLAIN", "fine,hunter2hunter2"), ("LIST", ",".join("abcdefghijklmnop")),
    ("PLAIN", "qwhdjkqwhdkjqwhdkqwh"), ("BASE_URL", "https://a:b@c.example"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HARMLESS)
def test_a_harmless_shape_is_shown(name: str, value: str) -> None:
    assert is_harmless(name, value)


@pytest.mark.parametrize(("name", "value"), HARMFUL)
def test_anything_else_is_hidden(name: str, value: str) -> None:
    assert not is_harmless(name, value)


@pytest.mark.parametrize("name", ["KEYCLOAK_URL", "MONKEY", "COMPASS", "AUTHOR", "MODE", "HASHTAGS", "SURCHARGE_V2"])
def test_a_name_that_only_looks_similar_does_not_smell(name: str) -> None:
    assert not smells(name)


def test_a_command_line_keeps_its_flags_and_its_harmless_values() -> None:
    given = ["/usr/bin/app", "--port", "8080", "--mode=fast", "--password", "x", "--db-pass=x", "-u", "a:b",
             "-phunter2", "-p", "swordfish", "STRIPE_KEY=abc", "-v", "--redis-auth", "swordfish",
             "run --password=x"]  # fmt: skip

    assert arguments_shown(given) == [
        "/usr/bin/app", "--port", "8080", "--mode=fast", "--password", HIDDEN, f"--db-pass={HIDDEN}", "-u", HIDDEN,
        HIDDEN, "-p", HIDDEN, f"STRIPE_KEY={HIDDEN}", "-v", "--redis-auth", HIDDEN, HIDDEN,
    ]  # fmt: skip


def test_values_are_hidden_wherever_a_template_has_them() -> None:
    probe = {"exec": {"command": ["redis-cli", "-a", "swordfish"]}}
    header = {"httpGet": {"httpHeaders": [{"name": "X-Shop", "value": "hunter2hunter2"}]}}
    container: dict[str, Any] = {"name": "shop", "image": "shop:1", "livenessProbe": probe, "readinessProbe": header,
        "env": [{"name": "MODE", "value": "fast"}, {"name": "DB_PASS", "value": "hunter2hunter2"},
        {"name": "REF", "valueFrom": {"secretKeyRef": {"name": "db", "key": "pass"}}}]}  # fmt: skip

    seen = without_values({"spec": {"containers": [container]}})["spec"]["containers"][0]

    assert [one.get("value") for one in seen["env"]] == ["fast", HIDDEN, None]
    assert seen["env"][2] == container["env"][2]
    assert (seen["name"], seen["image"]) == ("shop", "shop:1")
    assert "swordfish" not in repr(seen)
    assert "hunter2" not in repr(seen)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "value", "args", "command", "a"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_keeps_its_shape_and_hiding_twice_hides_no_more(value: object) -> None:
    seen = without_values(value)

    assert type(seen) is type(value)
    assert without_values(seen) == seen


@pytest.mark.parametrize("unit", ["a-", "a-a-a-a-a-a.", "a.", "/a", "1h", "a_", "A_", "1.", "/", "a1-", "a:1,", "a://"])
def test_a_value_made_to_be_slow_is_judged_quickly(unit: str) -> None:
    began = time.process_time()

    for length in (40, 290, 100_000):
        is_harmless("BASE_HOST", unit * (length // len(unit)) + "!")

    assert time.process_time() - began < 3
