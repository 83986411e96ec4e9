"""What is measured and shown: how many pods go at once, what differs, what selects what."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import Refused
from bot.core.redact import redact, redact_json
from tools.change.kube.blast import max_unavailable, measured
from tools.change.kube.differing import changes, unified_diff, without_noise
from tools.change.kube.live import Live, selector_text, selects
from tools.change.kube.templates import images, plain_template, same_template, template_digest


def rolling(unavailable: int | str | None = None, surge: int | str | None = None) -> dict[str, Any]:
    amounts = {"maxUnavailable": unavailable, "maxSurge": surge}
    return {"type": "RollingUpdate", "rollingUpdate": {k: v for k, v in amounts.items() if v is not None}}


@pytest.mark.parametrize(
    ("strategy", "desired", "most"),
    [
        (rolling(), 4, 1),
        (rolling(), 3, 0),  # 25 % of three is rounded down, the surge makes up for it
        (rolling("25%", "0%"), 3, 1),  # never both zero
        (rolling("50%", 0), 5, 2),
        (rolling(2, 0), 5, 2),
        (rolling(9, 0), 5, 5),
        (rolling("100%", 0), 5, 5),
        ({}, 8, 2),
    ],
)
def test_max_unavailable_is_resolved_as_the_controller_does(strategy: dict[str, Any], desired: int, most: int) -> None:
    assert max_unavailable(strategy, desired) == most


@pytest.mark.parametrize("amount", ["many", "-1", "12.5%", "%"])
def test_an_amount_nobody_can_read_is_refused(amount: str) -> None:
    with pytest.raises(Refused):
        max_unavailable(rolling(amount), 4)


def live(desired: int, ready: int, failing: int = 0, strategy: dict[str, Any] | None = None) -> Live:
    def pod(good: bool) -> dict[str, Any]:
        return {"status": {"conditions": [{"type": "Ready", "status": "True" if good else "False"}]}}

    spec = {"replicas": desired, "strategy": strategy or rolling("25%", "25%"), "template": {}}
    pods = (*(pod(True) for _ in range(ready)), *(pod(False) for _ in range(failing)))
    return Live({"metadata": {}, "spec": spec}, (), pods)


@pytest.mark.parametrize(
    ("desired", "ready", "failing", "taken", "share"),
    [(8, 8, 0, 2, 25), (8, 6, 2, 0, 0), (8, 7, 1, 1, 15), (8, 0, 8, 0, 0), (8, 10, 0, 4, 40), (1, 1, 0, 0, 0)],
)
def test_only_ready_pods_beyond_what_the_controller_keeps_are_lost(
    desired: int, ready: int, failing: int, taken: int, share: int
) -> None:
    blast = measured(live(desired, ready, failing))

    assert (blast.pods, blast.ready) == (ready + failing, ready)
    assert (blast.unavailable_at_most, blast.share_percent) == (taken, share)


@given(st.integers(0, 50), st.integers(0, 60), st.integers(0, 60), st.integers(0, 100))
def test_the_loss_is_never_more_than_what_is_ready(desired: int, ready: int, failing: int, percent: int) -> None:
    blast = measured(live(desired, ready, failing, rolling(f"{percent}%", 1)))

    assert 0 <= blast.unavailable_at_most <= blast.ready
    assert 0 <= blast.share_percent <= 100


def thing(**spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "shop", "resourceVersion": "7", "managedFields": [{}], "generation": 3, "uid": "u"},
        "spec": spec,
        "status": {"replicas": 4},
    }


def test_noise_is_no_difference() -> None:
    other = thing(replicas=4)
    other["metadata"].update(resourceVersion="8", generation=4, uid="v", managedFields=[])
    other["status"] = {}

    assert unified_diff(thing(replicas=4), other, "shop") == ""
    assert changes(thing(replicas=4), other) == ()


def test_what_was_applied_last_is_not_shown_because_it_repeats_every_secret() -> None:
    marked = thing(replicas=4)
    marked["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": "{...}", "kept": "yes"}

    assert without_noise(marked)["metadata"]["annotations"] == {"kept": "yes"}


def test_a_changed_secret_is_seen_to_change_and_not_seen() -> None:
    def holding(word: str) -> dict[str, Any]:
        return thing(env=[{"name": "API_TOKEN", "value": word}, {"name": "MODE", "value": "x"}])

    diff = unified_diff(holding("aaaaaaaaaaaa1"), holding("bbbbbbbbbbbb2"), "shop")

    assert "a different value" in diff
    assert "aaaaaaaaaaaa1" not in diff
    assert "bbbbbbbbbbbb2" not in diff
    assert unified_diff(holding("aaaaaaaaaaaa1"), holding("aaaaaaaaaaaa1"), "shop") == ""


@pytest.mark.parametrize(
    "name", ["DB_PASS", "STRIPE_KEY", "HMAC_KEY", "REDIS_AUTH", "SENTRY_DSN", "HASH_SALT", "PLAIN"]
)
def test_a_value_that_could_be_a_secret_changes_without_being_seen(name: str) -> None:
    one = thing(env=[{"name": name, "value": "hunter2hunter2"}, {"name": "FAST", "value": "off"}])
    other = thing(env=[{"name": name, "value": "Sw0rd.fish!"}, {"name": "FAST", "value": "on"}])
    diff = unified_diff(one, other, "shop")

    told = {change.what: (change.before, change.after) for change in changes(one, other)}
    assert set(told.values()) == {("value hidden", "changed, value hidden"), ("off", "on")}
    assert "a different value" in diff
    assert not any(secret in diff for secret in ("hunter2", "Sw0rd"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["--password", "hunter2"], ["--password", "Sw0rd"]),
        (["--db-pass=hunter2"], ["--db-pass=Sw0rd"]),
        (["curl", "-u", "a:hunter2"], ["curl", "-u", "a:Sw0rd"]),
        (["-phunter2"], ["-pSw0rd"]),
        (["sh", "-c", "login password 'hunter2'"], ["sh", "-c", "login password 'Sw0rd'"]),
    ],
)
def test_an_argument_that_could_be_a_secret_changes_without_being_seen(one: list[str], other: list[str]) -> None:
    before, after = thing(args=[*one, "--port=8080"]), thing(args=[*other, "--port=8081"])
    diff, told = unified_diff(before, after, "shop"), changes(before, after)

    assert not any(secret in f"{diff} {told}" for secret in ("hunter2", "Sw0rd"))
    assert [(change.before, change.after) for change in told][-1] == ("--port=8080", "--port=8081")
    assert len(told) == 2


def test_what_nobody_decides_by_is_in_the_diff_alone() -> None:
    one, other = thing(image="a"), thing(image="b", env=[])
    one["metadata"]["annotations"] = {"kubernetes.io/change-cause": "release 8"}

    assert [change.what for change in changes(one, other)] == ["image"]
    assert "release 8" in unified_diff(one, other, "shop")
    assert [change.what for change in changes(thing(a=1), thing(a=1, env=[]))] == ["env"]


def test_a_long_diff_says_that_it_was_cut() -> None:
    diff = unified_diff(thing(a=[f"x{n}" for n in range(4000)]), thing(a=[f"y{n}" for n in range(4000)]), "shop")

    assert diff.splitlines()[-1].startswith("… ")
    assert len(diff.splitlines()) == 1501


scalars = st.one_of(st.text(max_size=12), st.integers(), st.booleans(), st.none())
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["name", "value", "password", "a", "b"]), inner, max_size=4),
    ),
    max_leaves=12,
)


@given(trees, trees)
def test_any_two_objects_can_be_compared_and_what_is_shown_stays_as_it_is_when_stored(one: Any, other: Any) -> None:
    before, after = {"metadata": {}, "spec": one}, {"metadata": {}, "spec": other}
    told = changes(before, after)

    assert redact(unified_diff(before, after, "x")) == unified_diff(before, after, "x")
    assert [redact_json(change.model_dump()) for change in told] == [change.model_dump() for change in told]
    assert (one == other) <= (told == ())


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ({"matchLabels": {"b": "2", "a": "1"}}, "a=1,b=2"),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}]}, "tier in (a,b)"),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, "!tier"),
    ],
)
def test_a_selector_is_put_into_words(selector: dict[str, Any], text: str) -> None:
    assert selector_text(selector) == text


@pytest.mark.parametrize("selector", [{}, {"matchExpressions": [{"key": "k", "operator": "Near"}]}])
def test_a_selector_nobody_understands_is_refused(selector: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        selector_text(selector)


def test_a_budget_without_selector_selects_nothing_and_an_empty_one_everything() -> None:
    assert not selects(None, {"app": "shop"})
    assert selects({}, {"app": "shop"})
    assert selects({"matchLabels": {"app": "shop"}}, {"app": "shop", "x": "y"})
    assert not selects({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["shop"]}]}, {"app": "shop"})


def test_templates_are_the_same_but_for_what_the_controller_adds_and_what_is_not_there() -> None:
    written = {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    kept: dict[str, Any] = {
        "metadata": {"creationTimestamp": None, "annotations": {}, "labels": {"app": "shop", "pod-template-hash": "x"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }

    assert same_template(written, plain_template(kept))
    assert template_digest(written) == template_digest(plain_template(kept))
    assert not same_template(written, {**written, "spec": {"containers": [{"name": "c", "image": "j"}]}})
    assert kept["metadata"]["labels"]["pod-template-hash"] == "x"
    assert images(written) == {"c": "i"}


def test_an_empty_volume_source_is_not_the_same_as_none() -> None:
    def mounting(volume: dict[str, Any]) -> dict[str, Any]:
        return {"spec": {"volumes": [{"name": "v", **volume}]}}

    assert not same_template(mounting({"emptyDir": {}}), mounting({}))
