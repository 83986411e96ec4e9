"""Secrets go, everything else stays: by example, by property, and against text made to be slow."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.redact import HIDDEN, names_a_secret, redact, redact_json

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAxyz+/=\nabcDEF123\n-----END RSA PRIVATE KEY-----"

# (text, the secret in it that must not come back)
SECRETS = [
    ("connect failed postgres://app:S3cr3tP4ss@db:5432/app", "S3cr3tP4ss"),
    ("redis://:hunter2@cache:6379/0 refused", "hunter2"),
    ("amqp://user:p%40ss-w0rd@mq/vhost", "p%40ss-w0rd"),
    ("root:Sup3r@tcp(mysql:3306)/shop", "Sup3r"),
    ("Server=tcp:sql,1433;User ID=sa;Password=Str0ng!Pass;Encrypt=True", "Str0ng!Pass"),
    ("host=db user=app password=hunter2 dbname=shop", "hunter2"),
    ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9vYmFyYmF6cXV4MTIzNA==;", "Zm9vYmFyYmF6cXV4MTIzNA=="),
    (f"DEBUG Authorization: Bearer {JWT}", JWT),
    ("authorization=Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ('{"Authorization": "ApiKey VnVhQ2ZHY0JDZGJrU"}', "VnVhQ2ZHY0JDZGJrU"),
    ("sent with bearer abc123def456", "abc123def456"),
    ("Cookie: session=abcdef; theme=dark", "abcdef"),
    ("Set-Cookie: sid=31d4d96e407aad42; HttpOnly", "31d4d96e407aad42"),
    ("aws_access_key_id=AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("key sk-ant-" + "api03-AbCdEfGhIjKlMnOpQrStUvWx was used", "AbCdEfGhIjKlMnOpQrStUvWx"),
    ("token " + "ghp_" + "a1B2" * 9, "a1B2a1B2"),
    ("github_pat_" + "11ABCDEFG0" * 4, "11ABCDEFG0"),
    ("glpat-" + "xY9_" * 5, "xY9_xY9_"),
    ("xoxb-" + "123456789012-abcdefGHIJKL", "abcdefGHIJKL"),
    ("posted to https://hooks.slack.com/services/" + "T0000/B0000/XXXXyyyyZZZZ", "XXXXyyyyZZZZ"),
    ("AIza" + "Sy" + "B" * 33, "BBBBBBBB"),
    ("hvs." + "CAESI" * 6, "CAESICAESI"),
    ("pypi-" + "AgEIcHlwaS5vcmc" * 4, "AgEIcHlwaS5vcmc"),
    ("GET /blob?sv=2020&sig=abc%2Fdef%3D123&se=1", "abc%2Fdef%3D123"),
    ("https://bucket.s3/x?X-Amz-Signature=9f86d081884c7d65", "9f86d081884c7d65"),
    ('{"user": "a", "password": "pa\\"ss word"}', "ss word"),
    ('payload="{\\"api_key\\": \\"k3yk3yk3y\\"}"', "k3yk3yk3y"),
    ("{'client_secret': 'abcd-efgh'}", "abcd-efgh"),
    ("login with Password: hunter2", "hunter2"),
    ("DB_PASSWORD=x", "=x"),
    ("X-Api-Key: 9d207bf0-10f5-4d8f", "9d207bf0-10f5-4d8f"),
    ("--token=abcdefgh --verbose", "abcdefgh"),
    (f"loaded {PEM} from disk", "MIIEowIBAAKCAQEAxyz"),
    ("truncated -----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE", "b3BlbnNzaC1rZXktdjE"),
    ("DB_PASS=hunter2hunter2", "hunter2hunter2"),
    ("DB_PASS: swordfish9", "swordfish9"),
    ('{"user": "app", "pass": "swordfish"}', "swordfish"),
    ("{dbPass:swordfish}", "swordfish"),
    ("STRIPE_KEY=4eC39HqLyjWDarjtT1", "4eC39HqLyjWDarjtT1"),
    ("HMAC_KEY=6b3a55e0261b", "6b3a55e0261b"),
    ("REDIS_AUTH=swordfish", "swordfish"),
    ("redis requires auth=sw0rdfish", "sw0rdfish"),
    ("SENTRY_DSN=https://0a1b2c3d@o7.ingest.example/4", "0a1b2c3d"),
    ("HASH_SALT=pepperpot", "pepperpot"),
    ("DB_PW=swordfish", "swordfish"),
    ("DB_PWD=swordfish", "swordfish"),
    ("admin_creds=swordfish", "swordfish"),
    ("started with --password sw0rd --verbose", "sw0rd"),
    ("started with --password 'two words'", "two words"),
    ("--db-pass=x7", "x7"),
    ("--db-pass hunter2", "hunter2"),
    ("--api-token swordfish", "swordfish"),
    ('["--redis-auth", "swordfish", "-v"]', "swordfish"),
    ("curl -u alice:sw0rdfish https://api.example/v1", "sw0rdfish"),
    ("curl -ualice:sw0rdfish https://api.example/v1", "sw0rdfish"),
    ("curl --user 'alice:two words' https://api.example/v1", "two words"),
    ("curl --proxy-user=alice:sw0rdfish https://api.example/v1", "sw0rdfish"),
    ("login failed with password 'swordfish'", "swordfish"),
    ('the password is "swordfish"', "swordfish"),
    ("CREATE USER app IDENTIFIED BY 'swordfish'", "swordfish"),
    ("invalid api key 'swordfish'", "swordfish"),
]

ORDINARY = [
    "ERROR NoSuchColumn: orders.tax_id does not exist",
    'level=error ts=2026-11-20T02:14:31.123Z msg="request failed" path=/api/v1/orders status=500 duration=31ms',
    "SyntaxError: unexpected token: }",
    "invalid token: expected identifier, got EOF",
    "secret: not found",
    'failed to mount secret "payments/db-credentials": not found',
    "FATAL: password authentication failed for user app",
    "Bearer authentication failed",
    "Basic authentication is disabled",
    "authorization: denied for user",
    "max_tokens=4096 completion_tokens=512",
    "password=*** user=app",
    "password=${DB_PASSWORD}",
    'token=null secret=false password=""',
    "PWD=/srv/app HOME=/root",
    "Pulled image registry.example.com:5000/team/app:2.31.0@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4",
    "GET http://10.0.4.17:9090/api/v1/query?query=up 200",
    "dial tcp 10.0.4.17:5432: connect: connection refused",
    "disk-pressure-eviction-threshold-reached on node task-runner-0123456789",
    "pod api-7c9d8b6f5d-x2x9z uid 5f0a9c52-8f4c-4f09-9f0a-0123456789ab restarted 3 times",
    "git commit 2985f15a7d3c0d0f9b1a2c3d4e5f60718293a4b5",
    "contact alice@example.com",
    "https://user@host/path",
    "rule passes: 3 of 4; keyboard: qwerty",
    "tests: pass=12 fail=0 skip=1",
    "pass: 12/20, bypass=true, compass: north",
    "auth: denied, auth=oidc, oauth=enabled, author: alice",
    "auth_mode=plain key=orders-17 primary_key=1234567 cache_key=session:17 routing_key=orders.created",
    "topologyKey: kubernetes.io/hostname",
    "duplicate key value violates unique constraint orders_pkey",
    "error: flag --password is required",
    "use --token to sign in, or --password for a password",
    "docker run -u 1000:1000 app; date -u 10:30",
    "set --user-agent curl/8.0 -u alice",
    "password is too short; password was changed",
    "basalt=grey salty: yes",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_does_not_come_back(text: str, secret: str) -> None:
    seen = redact(text)

    assert secret not in seen
    assert HIDDEN in seen
    assert redact(seen) == seen


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_log_line_stays_as_it_is(line: str) -> None:
    assert redact(line) == line


def test_what_stands_around_a_secret_stays() -> None:
    assert redact("a postgres://app:hunter2@db:5432/shop b") == f"a postgres://app:{HIDDEN}@db:5432/shop b"
    assert redact(f"before {PEM} after") == f"before {HIDDEN} after"
    assert redact("user=app password=hunter2 dbname=shop") == f"user=app password={HIDDEN} dbname=shop"


def test_emails_go_only_when_asked() -> None:
    assert redact("from alice@example.com", emails=True) == f"from {HIDDEN}"


def test_json_hides_values_whose_key_names_a_secret() -> None:
    seen = redact_json(
        {
            "env": [{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "MODE", "value": "fast"}],
            "apiKey": "k", "token": 123456, "tokens": 12, "secretName": "db", "on": True, "none": {"password": None},
            "nested": ("Authorization: Bearer abc123def", 1.5),
        }
    )  # fmt: skip

    assert seen == {
        "env": [{"name": "DB_PASSWORD", "value": HIDDEN}, {"name": "MODE", "value": "fast"}],
        "apiKey": HIDDEN, "token": HIDDEN, "tokens": 12, "secretName": "db", "on": True, "none": {"password": None},
        "nested": [f"Authorization: Bearer {HIDDEN}", 1.5],
    }  # fmt: skip


def test_what_follows_a_flag_or_user_in_a_list_of_arguments_is_hidden() -> None:
    seen = redact_json({"args": ["--password", "x", "--port", "8080", "-u", "alice:swordfish", "--db-pass", "--fast"]})

    assert seen == {"args": ["--password", HIDDEN, "--port", "8080", "-u", f"alice:{HIDDEN}", "--db-pass", "--fast"]}


@pytest.mark.parametrize("name", ["DB_PASS", "pass", "STRIPE_KEY", "HMAC_KEY", "REDIS_AUTH", "SENTRY_DSN", "HASH_SALT",
                                  "DB_PWD", "DB_PW", "dbPass", "x-hmac-key", "creds", "AWS_CREDENTIALS"])  # fmt: skip
def test_a_value_beside_or_under_a_secrets_name_is_hidden(name: str) -> None:
    beside, under = redact_json([{"name": name, "value": "swordfish"}, {name: "swordfish"}])

    assert (beside["value"], under[name]) == (HIDDEN, HIDDEN)


def test_names_of_secrets_are_known_by_their_end() -> None:
    assert all(names_a_secret(name) for name in ("DB_PASSWORD", "apiKey", "X-Auth-Token", "aws_secret_access_key"))
    assert not any(names_a_secret(name) for name in ("secretName", "tokens", "template_hash", "key", "PWD", "monkey"))
    assert not any(
        names_a_secret(name) for name in ("passes", "bypass", "author", "routing_key", "topologyKey", "oauth")
    )


pieces = st.one_of(
    st.text(max_size=40),
    st.sampled_from([text for text, _ in SECRETS]),
    st.sampled_from(ORDINARY),
    st.sampled_from(["password=", '"token": "', "Bearer ", "--password ", " -u a:", "password '", "DB_KEY="]),
    st.sampled_from([ "://", "@", HIDDEN, "\\", '"', "'", "]", "-----BEGIN PRIVATE KEY-----"]),
)  # fmt: skip
texts = st.lists(pieces, max_size=8).map("".join)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_it_never_raises_is_idempotent_and_bounded(text: str) -> None:
    seen = redact(text)

    assert redact(seen) == seen
    assert len(seen) <= 6 * len(text) + len(HIDDEN)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(json_values)
def test_json_stays_json(value: object) -> None:
    seen = redact_json(value)

    json.dumps(seen)
    assert redact_json(seen) == seen


@pytest.mark.parametrize(("text", "secret"), SECRETS)
@given(before=st.text(alphabet="abc XYZ.,|\n", max_size=30))
@settings(max_examples=10, deadline=None)
def test_a_secret_is_found_after_any_words(text: str, secret: str, before: str) -> None:
    assert secret not in redact(f"{before} {text}")


@pytest.mark.parametrize(
    "unit",
    ["a", "eyJ", "sk-", "://", "password", "password=", "token: ", "Bearer ", "a@", "-----BEGIN PRIVATE KEY-----",
     "authorization:", "x:", "\\", '"', "cookie: ", "xoxb-", "1", "secret=\\\"", "a.", " ", "://a:", "?sig=",
     "--", " --a", "--a-", "--password ", " -u a:", "-u", "_key", "_key=", "Pass", "password '", "password is ", "a_"],
)  # fmt: skip
def test_text_made_to_be_slow_is_not(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    began = time.process_time()

    redact(text)

    assert time.process_time() - began < 4


def test_deep_json_is_cut_instead_of_overflowing() -> None:
    value: object = "password=hunter2"
    for _ in range(5000):
        value = [value]

    assert "hunter2" not in str(redact_json(value))
