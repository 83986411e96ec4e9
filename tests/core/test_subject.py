"""What somebody asks to have explained, told from the words alone."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import BadInput
from bot.core.subject import Subject, SubjectKind, classify
from tools.read.shapes.promql_words import PromqlReader

PROMQL = PromqlReader()
S = SubjectKind


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("KubePodCrashLooping", S.NAME),
        ("alert: Watchdog", S.NAME),
        ("OOMKilled", S.NAME),
        ("deployment/web", S.OBJECT),
        ("deploy web in shop", S.OBJECT),
        ("Pod/web-5d8c-x2 -n shop", S.OBJECT),
        ("node/worker-3", S.OBJECT),
        ("cronjob/nightly in reports", S.OBJECT),
        ("shop/web", S.OBJECT),
        ('sum(rate(http_requests_total{code=~"5.."}[5m])) > 0.05', S.EXPRESSION),
        ("http_requests_total", S.EXPRESSION),
        ("up == 0", S.EXPRESSION),
        ("`up{job='x'}`", S.EXPRESSION),
        ("connection refused (ECONNREFUSED)", S.ERROR),
        ("java.lang.NullPointerException: x is null", S.ERROR),
        ("upstream timed out", S.ERROR),
        ('NoSuchColumn: column "surcharge" of relation', S.ERROR),
        ('column "surcharge" does not exist', S.ERROR),
        ("HTTP 503 from the gateway", S.ERROR),
        ("context deadline exceeded", S.ERROR),
        ("web", S.SERVICE),
        ("web in shop", S.SERVICE),
        ("requests are slow since lunch", S.SYMPTOM),
        ("pods keep restarting (all of them)", S.SYMPTOM),
        ("Alles ist langsam", S.SYMPTOM),
    ],
)
def test_what_it_is_about(words: str, kind: SubjectKind) -> None:
    assert classify(words, PROMQL).kind is kind


def test_an_object_comes_with_its_kind_name_and_namespace() -> None:
    assert classify("svc web in namespace shop", PROMQL) == Subject(
        S.OBJECT, "svc web in namespace shop", "web", "deployment", "shop"
    )
    assert classify("shop/web", PROMQL).namespace == "shop"
    assert classify("sts/db in shop", PROMQL).of_kind == "statefulset"
    assert classify("daemonset/agent in shop", PROMQL).of_kind == "daemonset"


def test_an_expression_comes_with_what_it_selects_and_how_it_reads() -> None:
    found = classify("sum by (service) (rate(a_total[5m])) / sum(rate(b_total[5m])) > 0.05", PROMQL)

    assert found.metrics == ("a_total", "b_total")
    assert found.said == (
        "the sum (by service) of the per-second rate of a_total over 5 min, divided by the sum of the per-second rate "
        "of b_total over 5 min is more than 0.05"
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("http_requests_total{code=", "does not parse: unexpected end of input"),
        ("rate(x_total)", "does not parse: expected type matrix"),
        ("ingress/web in shop", "no kind Midwatch reads. It reads deployment, statefulset, daemonset, pod"),
    ],
)
def test_what_cannot_be_read_says_what_is_wrong(words: str, says: str) -> None:
    with pytest.raises(BadInput) as refusal:
        classify(words, PROMQL)

    assert says in str(refusal.value)


@given(st.text(max_size=400))
def test_no_text_breaks_it(words: str) -> None:
    with suppress(BadInput):
        assert classify(words, PROMQL).kind in SubjectKind
