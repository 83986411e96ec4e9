"""The modals: within Slack's limits whatever stands in them, and never without a way back."""

import pytest

from bot.core.commands import AskForIncident
from bot.core.events import Severity
from bot.playground.slack.limits.views import view_problems
from bot.views.forms import incident_form, reason_form
from bot.views.ids import ActionId, FormId
from tests.views.checks import BROADCAST, strings

SPITE = ["<!channel>", "x" * 5000, "\u202eevil", "`; kubectl delete", ""]


@pytest.mark.parametrize("action", [ActionId.DENY, ActionId.REQUEST_CHANGES])
@pytest.mark.parametrize("target", SPITE)
def test_a_form_for_a_reason_is_one_slack_takes(action: ActionId, target: str) -> None:
    view = reason_form(action, target, "[]")
    assert [str(problem) for problem in view_problems(view)] == []
    assert not any(BROADCAST.search(text) for text in strings(view["blocks"]))
    assert view["close"]["text"] == ("Skip" if action is ActionId.DENY else "Go Back")


def test_a_denial_needs_no_words_and_a_request_for_changes_does() -> None:
    deny = reason_form(ActionId.DENY, "Deployment/payments/checkout", '["a-1"]')
    changes = reason_form(ActionId.REQUEST_CHANGES, "Deployment/payments/checkout", '["a-1"]')
    assert [view["blocks"][1]["optional"] for view in (deny, changes)] == [True, False]
    assert [view["callback_id"] for view in (deny, changes)] == [FormId.DENY, FormId.REQUEST_CHANGES]
    assert all("Deployment/payments/checkout stays as it is" in v["blocks"][0]["text"]["text"] for v in (deny, changes))
    assert deny["private_metadata"] == '["a-1"]'


@pytest.mark.parametrize("service", [None, "shop", *SPITE])
def test_a_form_for_an_incident_begins_with_what_was_said(service: str | None) -> None:
    view = incident_form(AskForIncident(service, Severity.SEV1), "[]")
    title, severity, about = (block["element"] for block in view["blocks"])
    assert [str(problem) for problem in view_problems(view)] == []
    assert severity["initial_option"]["value"] == "sev1"
    assert about.get("initial_value", "") == (service or "")[:100]
    assert "initial_value" not in title
