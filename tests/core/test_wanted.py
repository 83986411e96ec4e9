"""`/ops do …` in words: what a person asks for, or why it is not understood."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.changes import offered_specs
from bot.core.errors import BadInput
from bot.core.wanted import Wanted, read_wanted, usages

SPECS = offered_specs()
RESIZE = "set_resources"
RESTART, BACK, SCALE = "restart_deployment", "roll_back_deployment", "scale_deployment"


@pytest.mark.parametrize(
    ("words", "tool", "name", "namespace", "options"),
    [
        ("restart web", RESTART, "web", None, {}),
        ("Restart Web", RESTART, "web", None, {}),
        ("please restart the deployment web in shop", RESTART, "web", "shop", {}),
        ("restart deployment/web in namespace shop", RESTART, "web", "shop", {}),
        ("restart deployments/web namespace:shop", RESTART, "web", "shop", {}),
        ("roll back web", BACK, "web", None, {}),
        ("rollback web -n shop", BACK, "web", "shop", {}),
        ("roll back web to revision 46", BACK, "web", None, {"to_revision": 46}),
        ("roll back web in shop to #46", BACK, "web", "shop", {"to_revision": 46}),
        ("undo web to_revision=46", BACK, "web", None, {"to_revision": 46}),
        ("scale web to 5", SCALE, "web", None, {"replicas": 5}),
        ("scale deployment web in shop to 5", SCALE, "web", "shop", {"replicas": 5}),
        (
            "set resources web memory-limit=1Gi cpu-request=500m",
            RESIZE,
            "web",
            None,
            {"memory_limit": "1Gi", "cpu_request": "500m"},
        ),
        (
            "set resources of web in shop container proxy, cpu limit 2 and memory limit none",
            RESIZE,
            "web",
            "shop",
            {"container": "proxy", "cpu_limit": "2", "memory_limit": "none"},
        ),
        ("scale web replicas=5", SCALE, "web", None, {"replicas": 5}),
    ],
)
def test_what_people_type_is_understood(words: str, tool: str, name: str, namespace: str, options: object) -> None:
    assert read_wanted(words, SPECS) == Wanted(tool, "Deployment", name, namespace, options)  # type: ignore[arg-type]


def test_pairs_go_to_the_argument_that_takes_them() -> None:
    wanted = read_wanted("rerun nightly in reports with SOURCE=replica-2, DAY=1", SPECS)

    assert wanted.arguments("reports", "nightly") == {
        "namespace": "reports",
        "cron_job": "nightly",
        "overrides": {"SOURCE": "replica-2", "DAY": "1"},
    }


def test_another_kind_is_meant_by_its_own_words() -> None:
    suspend = Wanted("suspend_cronjob", "CronJob", "nightly", "reports")
    assert read_wanted("suspend cronjob nightly in reports", SPECS) == suspend
    bounds = Wanted("set_autoscaler_bounds", "HorizontalPodAutoscaler", "web", None, {"min_replicas": 2})
    assert read_wanted("set autoscaler web min 2", SPECS) == bounds
    assert read_wanted("set hpa web min=2", SPECS) == bounds
    for words in (
        "evict web-1 in shop",
        "evict pod web-1 in shop",
        "delete pod web-1 -n shop",
        "evict pod/web-1 in shop",
    ):
        assert read_wanted(words, SPECS) == Wanted("evict_pod", "Pod", "web-1", "shop")
    node = read_wanted("cordon node node-1", SPECS)
    assert node == Wanted("cordon_node", "Node", "node-1", placed=False)
    assert node.arguments("", "node-1") == {"name": "node-1"}
    assert read_wanted("uncordon node/node-1", SPECS).tool == "uncordon_node"
    assert read_wanted("resume cronjob/nightly", SPECS) == Wanted("resume_cronjob", "CronJob", "nightly")


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("silence TillFailing in shop for 30m", 30),
        ("silence alert TillFailing for 30 in shop", 30),
        ("mute TillFailing in shop for 2h", 120),
    ],
)
def test_an_alert_is_silenced_for_a_while_by_its_exact_name(words: str, minutes: int) -> None:
    wanted = read_wanted(words, SPECS)
    arguments = wanted.arguments(wanted.namespace or "", wanted.name)

    assert (wanted.tool, wanted.name, wanted.namespace) == ("silence_alert", "TillFailing", "shop")
    spec = next(spec for spec in SPECS if spec.name == wanted.tool)
    assert spec.arguments.model_validate(arguments).model_dump()["minutes"] == minutes


def test_a_flag_is_set_by_its_exact_key() -> None:
    wanted = Wanted("toggle_feature_flag", "Flag", "newCheckout", "shop", {"to": "off"}, "flag")
    assert read_wanted("set flag newCheckout in shop to off", SPECS) == wanted
    assert read_wanted("turn flag newCheckout to off in shop", SPECS) == wanted


def test_further_labels_make_a_silence_narrower() -> None:
    wanted = read_wanted("silence TillFailing in shop for 30m with service=till,pod=till-1", SPECS)
    assert wanted.options == {"minutes": "30m", "matchers": {"service": "till", "pod": "till-1"}}
    ended = Wanted("expire_silence", "Alert", "TillFailing", "shop", {}, "alertname")
    assert read_wanted("end silence TillFailing in shop", SPECS) == ended


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("silence TillFailing in shop", "minutes: Field required"),
        ("silence TillFailing in shop for 9h", "minutes: Input should be less than or equal to 480"),
        ("silence TillFailing in shop for ever", "minutes: Input should be a valid integer"),
        ("silence .* in shop for 30m", "alertname: String should match"),
        ("silence TillFailing in shop for 30m namespace=other", "namespace is said by itself"),
        ("set flag newCheckout to maybe", "to: Input should be 'on' or 'off'"),
        ("cordon node-1 in shop", "A Node lives in no namespace. It is asked for like this: cordon <node>"),
        ("", "Do what?"),
        ("delete web", "“delete web” is nothing Midwatch can do. What can be asked for: cordon <node>"),
        ("restart", "Which Deployment?"),
        ("roll back to revision 3", "Which Deployment?"),
        ("restart web cart", "“cart” is not understood"),
        ("restart web in", "needs a value after it"),
        ("roll back web to revision newest", "to revision: Input should be a valid integer"),
        ("roll back web to revision 0", "greater than or equal to 1"),
        ("set resources web", "it: say at least one of cpu_request, cpu_limit"),
        ("set resources web memory-limit=lots", "memory limit: String should match pattern"),
        ("set resources web disk-limit=1Gi", "“disk-limit=1Gi” is not understood"),
        ("set autoscaler web min 5 max 3", "it: min_replicas (5) is more than max_replicas (3)"),
        ("scale web", "replicas: Field required"),
        ("scale web to 0", "replicas: scaling to zero would end every pod of it, and that is not offered here."),
        ("scale web to 101", "replicas: Input should be less than or equal to 100"),
        ("scale web to many", "replicas: Input should be a valid integer"),
        ("restart web;reboot", "String should match pattern"),
        ("restart pod/web-1", "this is done to a Deployment, not to a pod"),
        ("restart web force=yes", "“force=yes” is not understood"),
        ("restart " + "web " * 80, "too much for one request"),
    ],
)
def test_what_cannot_be_understood_says_what_can(words: str, says: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read_wanted(words, SPECS)

    assert says in str(refusal.value)


def test_every_shipped_change_says_how_it_is_asked_for_and_no_two_by_the_same_words() -> None:
    verbs = [verb for spec in SPECS if spec.asked for verb in spec.asked.verbs]

    assert all(spec.asked for spec in SPECS)
    assert len(verbs) == len(set(verbs))
    assert len(usages(SPECS)) == len(SPECS)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(words: str) -> None:
    with suppress(BadInput):
        read_wanted(words, SPECS)


@given(st.lists(st.sampled_from(["restart", "roll", "back", "in", "to", "revision", "46", "web", "a=b", "the", "-n"])))
def test_words_of_the_grammar_in_any_order_give_valid_arguments_or_a_refusal(words: list[str]) -> None:
    try:
        wanted = read_wanted(" ".join(words), SPECS)
    except BadInput:
        return
    spec = next(spec for spec in SPECS if spec.name == wanted.tool)
    spec.arguments.model_validate(wanted.arguments(wanted.namespace or "shop", wanted.name))
