"""When Alertmanager fails: what is certain is said so, what is not stays open."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from bot.core.errors import BadInput, Refused, TimedOut, Unreachable
from bot.core.tool import Preparing
from tests.tools.change.alerting import ASKED, NOW, X, prepared, tools
from tests.tools.read.answering import Reply, answering
from tools.change import silence_alert
from tools.change.outside.alertmanager import AlertmanagerSettings, alertmanager
from tools.endpoints.json_api import JsonApi, Permit, Service

NONE: Mapping[str, Any] = {"/api/v2/silences": Reply([]), "/api/v2/alerts": Reply([])}


def test_only_what_is_plain_is_asked_for() -> None:
    with answering(NONE) as server:
        for wrong, words in (
            ({"minutes": 0}, "minutes"),
            ({"minutes": 481}, "minutes"),
            ({"minutes": "9h"}, "minutes"),
            ({"minutes": True}, "minutes"),
            ({"alertname": ""}, "alertname"),
            ({"alertname": ".*"}, "alertname"),
            ({"namespace": ""}, "namespace"),
            ({"matchers": {"service": ""}}, "matchers.service"),
            ({"matchers": {"service": 'a",x=~".*'}}, "matchers.service"),
            ({"matchers": {"namespace": "other"}}, "namespace is said by itself"),
            ({"comment": "a\nb"}, "comment"),
        ):
            with pytest.raises(BadInput, match=words):
                prepared(server.url, **wrong)
        assert server.seen == []
        assert prepared(server.url, minutes="2h").arguments["minutes"] == 120


@pytest.mark.parametrize(
    ("reply", "why"),
    [(Reply("bad matcher", 400), "rejected"), (Reply({}, 403), "not_permitted"), (Reply({}, 429), "rejected")],
)
def test_what_it_refuses_is_refused(reply: Reply, why: str) -> None:
    with answering(NONE) as server:
        plan = prepared(server.url)
        server.routes["/api/v2/silences"] = [Reply([]), reply]
        with pytest.raises(Refused) as refusal:
            tools(server.url).execute(plan, X)
    assert refusal.value.why == why


@pytest.mark.parametrize("reply", [Reply({}, 500), Reply({}, 302), Reply({"silenceID": "1"})])
def test_an_effect_that_cannot_be_found_leaves_the_outcome_open(reply: Reply) -> None:
    with answering(NONE) as server:
        plan = prepared(server.url)
        server.routes["/api/v2/silences"] = [Reply([]), reply, Reply([])]
        with pytest.raises(Unreachable):
            tools(server.url).execute(plan, X)
        assert [one.method for one in server.seen].count("POST") == 1


def test_a_lost_answer_is_looked_after_and_the_effect_is_found() -> None:
    made = {"id": "1", "createdBy": "midwatch", "comment": f"midwatch {X}", "status": {"state": "active"}}
    with answering(NONE) as server:
        plan = prepared(server.url)
        server.routes["/api/v2/silences"] = [Reply([]), Reply({}, 502), Reply({}, 502), Reply([made])]
        assert tools(server.url).execute(plan, X).facts == {
            "object": "Silence/shop/TillFailing",
            "id": "1",
            "execution": X,
        }


def test_what_is_sent_ends_in_time_and_carries_the_token() -> None:
    with answering(NONE) as server:
        settings = AlertmanagerSettings(url=server.url, token=SecretStr("very-secret"))  # type: ignore[arg-type]
        plan = prepared(server.url, comment="known")
        with pytest.raises(Unreachable) as lost:
            silence_alert.TOOL.execute(plan, X, settings)
        sent = next(one for one in server.seen if one.method == "POST")

    body = json.loads(sent.body)
    assert body["comment"] == f"midwatch {X}: known"
    assert body["endsAt"] > body["startsAt"]
    assert {one["name"]: one["value"] for one in body["matchers"]} == {"alertname": "TillFailing", "namespace": "shop"}
    assert sent.headers["Authorization"] == "Bearer very-secret"
    assert "very-secret" not in f"{settings!r} {lost.value} {plan.model_dump_json()}"


def test_one_that_cannot_be_read_before_the_write_changed_nothing() -> None:
    with answering(NONE) as server:
        plan = prepared(server.url)
        server.routes["/api/v2/silences"] = [Reply({}, 503)]
        with pytest.raises(Refused, match="nothing was sent"):
            tools(server.url).execute(plan, X)
        with pytest.raises(Unreachable):
            tools(server.url).prepare("silence_alert", ASKED, Preparing(now=NOW, runs_as=""))


def test_one_that_is_not_there_was_sent_nothing() -> None:
    with answering(NONE) as server:
        plan = prepared(server.url)
    with pytest.raises(Refused, match="nothing was sent"):
        tools(server.url).execute(plan, X)


def test_without_a_permit_nothing_can_be_written() -> None:
    with answering(NONE) as server:
        with alertmanager(AlertmanagerSettings(url=server.url)) as api, pytest.raises(Refused) as refusal:  # type: ignore[arg-type]
            api.write("POST", "/api/v2/silences", {})
        assert server.seen == []
    assert refusal.value.why == "guarded"


def test_an_answer_that_does_not_come_leaves_it_open() -> None:
    with answering({"/api": Reply({}, after=2.0)}) as server:
        service, permit = Service("Alertmanager", server.url), Permit("POST", "/api")
        with JsonApi(service, 0.3, permit) as api, pytest.raises(Unreachable, match="did not answer the change"):
            api.write("POST", "/api", {})
        with JsonApi(service, 0.3) as api, pytest.raises(TimedOut):
            api.get("/api")
