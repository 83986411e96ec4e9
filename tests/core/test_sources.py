"""Where people can open what evidence came from: outside addresses only, never the one the bot itself uses."""

from typing import Any

import pytest

from bot.core.sources import LONGEST, Sources, fields_of, page_of

KNOWN = Sources(
    prometheus="https://prom.example/x/",
    elasticsearch="https://kibana.example",
    kubernetes="https://dash.example/#/deployment/{namespace}/{name}",
)
WHERE = {"namespace": "shop", "service": "till/1"}


@pytest.mark.parametrize(
    ("link", "arguments", "address"),
    [
        ("prometheus:/graph?g0.expr=up%3A1", WHERE, "https://prom.example/x/graph?g0.expr=up%3A1"),
        ("elasticsearch:/app/discover#/?_g=(a:'b')", WHERE, "https://kibana.example/app/discover#/?_g=(a:'b')"),
        ("https://own.example/graph", WHERE, "https://own.example/graph"),
        ("", WHERE, "https://dash.example/#/deployment/shop/till%2F1"),
        ("", {"namespace": "shop", "name": "nightly"}, "https://dash.example/#/deployment/shop/nightly"),
        ("", {"namespace": "shop"}, ""),
        ("", {"namespace": "shop", "service": ""}, ""),
        ("", {"namespace": ["shop"], "service": {}}, ""),
        ("https://own.example/" + "x" * LONGEST, WHERE, ""),
    ],
)
def test_the_address_of_what_was_looked_at(link: str, arguments: dict[str, Any], address: str) -> None:
    assert KNOWN.opened(link, arguments) == address


@pytest.mark.parametrize("link", ["prometheus:/graph?g0.expr=up", "elasticsearch:/app/discover#/?", ""])
def test_without_an_outside_address_there_is_no_link(link: str) -> None:
    assert Sources().opened(link, WHERE) == ""


def test_a_tool_records_the_whole_address_only_where_it_knows_one() -> None:
    assert page_of("prometheus", None, "/alerts") == "prometheus:/alerts"
    assert page_of("prometheus", "https://prom.example/x/", "/alerts") == "https://prom.example/x/alerts"


def test_a_template_names_its_places() -> None:
    assert fields_of("https://dash.example/{namespace}/{name}") == {"namespace", "name"}
    with pytest.raises(ValueError, match="expected"):
        fields_of("https://dash.example/{namespace")
