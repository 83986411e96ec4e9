"""What the doctor shows of a setting: no password, wherever in an address somebody has put it."""

import pytest

from bot.wiring.checks.effective import masked

SECRET = "f3a9c1d87be24a60"


@pytest.mark.parametrize(
    "value",
    [
        f"redis://midwatch-serve:{SECRET}@127.0.0.1:6379/0",
        f"redis://:{SECRET}@127.0.0.1:6379/0",
        f"https://{SECRET}@logs.example.com",
        f"https://logs.example.com/?api_key={SECRET}",
        f"https://reader@logs.example.com/?api_key={SECRET}",
        f"redis://user:[{SECRET}@127.0.0.1/0",  # no address at all
    ],
)
def test_no_secret_in_an_address_is_shown(value: str) -> None:
    assert SECRET not in masked(value)


def test_an_address_without_one_is_shown_as_it_is() -> None:
    assert masked("http://prometheus:9090/base") == "http://prometheus:9090/base"
    assert masked("redis://midwatch-serve:x@127.0.0.1:6379/0") == "redis://midwatch-serve:…@127.0.0.1:6379/0"
