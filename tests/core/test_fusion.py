"""Causes before symptoms, sources before victims, the honest answers, and the same answer whatever the order."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.case import Case
from bot.core.changed import Change, ChangeVerdict, Suspect
from bot.core.events import Verdict
from bot.core.fusion.fusing import fuse
from bot.core.fusion.places import key
from bot.core.fusion.values import Brief, Unlooked
from bot.core.service_map import Edge, ServiceMap
from bot.core.signs import Role, Sign, Source, sign_of, signs_in
from bot.core.window import window_of

NOW = datetime(2026, 3, 1, 2, 15, tzinfo=UTC)
FIRED = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
CASE = Case("inc-1", window_of(FIRED, NOW), NOW, service="checkout", namespace="shop")


def sign(kind: str, role: Role, says: str, **more: object) -> Sign:
    told = {"source": Source.LOGS, "service": "checkout", "weight": 0.7, **more}
    return Sign(kind=kind, role=role, says=says, **told)


def cause(
    kind: str = "image_not_found", says: str = "the image shop/checkout:9 does not exist", **more: object
) -> Sign:
    return sign(kind, Role.CAUSE, says, **{"source": Source.KUBERNETES, "weight": 0.85, **more})


def symptom(says: str = "errors rose to 20 %", **more: object) -> Sign:
    return sign("errors_rose", Role.SYMPTOM, says, **more)


def well(says: str = "3 of 3 pods of checkout are ready", **more: object) -> Sign:
    return sign("pods_ready", Role.WELL, says, **more)


def brief(*signs: Sign, **more: object) -> Brief:
    return Brief(**{"case": CASE, "signs": signs, **more})


@pytest.mark.parametrize(
    ("spelt", "bare"),
    [
        ("Node//ip-10-0-1-42.us-east-1.compute.internal", "ip-10-0-1-42"),
        ("checkout-7f9dd8b6c4-x7gr9", "checkout"),
        ("Deployment/payments/checkout", "checkout"),
        ("checkout.payments.svc.cluster.local:8080", "checkout"),
        ("checkout-0", "checkout"),
        ("10.0.0.7:5432", "10.0.0.7"),
        ("prod-db:3333", "prod-db"),
        ("", ""),
    ],
)
def test_one_thing_in_many_spellings_has_one_name(spelt: str, bare: str) -> None:
    assert key(spelt) == bare


def test_a_cause_goes_before_the_symptoms_it_explains() -> None:
    found = fuse(brief(symptom(), cause()))
    assert found.verdict is Verdict.CAUSE
    assert found.hypotheses[0].kind == "image_not_found"
    assert [one.kind for one in found.hypotheses[0].supports] == ["image_not_found", "errors_rose"]


def test_two_looks_at_one_fault_are_one_hypothesis_and_surer() -> None:
    once = fuse(brief(cause())).hypotheses[0]
    twice = fuse(brief(cause(), cause(says="no such image", source=Source.LOGS))).hypotheses
    assert len(twice) == 1
    assert twice[0].confidence > once.confidence


def test_a_fault_of_a_stranger_is_not_named_as_the_cause() -> None:
    found = fuse(brief(symptom(), cause(service="reports", namespace="batch")))
    assert found.verdict is Verdict.CANDIDATES
    stranger = next(one for one in found.hypotheses if one.service == "reports")
    assert stranger.against == ("nothing that is in trouble names it, and it is another service",)


def test_what_began_after_the_trouble_is_hardly_its_cause() -> None:
    early = symptom(began=FIRED)
    late = cause(began=FIRED + timedelta(minutes=12))
    on_time = fuse(brief(early, cause(began=FIRED)))
    assert fuse(brief(early, late)).hypotheses[0].confidence < on_time.hypotheses[0].confidence
    assert "began at 02:00:00" in fuse(brief(early, late)).hypotheses[0].against[0]


class TestSourcesAndVictims:
    MAP = ServiceMap((Edge("checkout", "payments"), Edge("payments", "ledger")))

    def test_the_place_that_the_errors_name_goes_before_the_one_that_complains(self) -> None:
        complains = symptom("time-outs", blames=("payments:8080",), quotes=("call to payments:8080 timed out",))
        found = fuse(brief(complains, symptom("payments is slow", service="payments")))
        assert found.hypotheses[0].object == "payments"
        assert found.hypotheses[0].victims == ("checkout",)
        assert "call to payments:8080 timed out" in found.hypotheses[0].cause

    def test_the_trail_goes_on_where_the_named_one_blames_another(self) -> None:
        found = fuse(
            brief(
                symptom("time-outs", blames=("payments",), weight=0.9),
                symptom("time-outs", service="payments", blames=("ledger",)),
                symptom("disk wait", service="ledger"),
                map=self.MAP,
            )
        )
        assert found.hypotheses[0].object == "ledger"

    def test_a_cause_two_hops_down_is_found_by_the_names_on_the_way(self) -> None:
        found = fuse(
            brief(
                symptom(blames=("payments",), weight=0.95),
                symptom("time-outs", service="payments", blames=("ledger",), weight=0.9),
                cause("disk_full", "no space is left on ledger", service="ledger"),
            )
        )
        assert found.verdict is Verdict.CAUSE
        assert found.hypotheses[0].kind == "disk_full"
        assert set(found.hypotheses[0].victims) == {"payments"}

    def test_of_two_that_only_fail_the_one_beneath_goes_first(self) -> None:
        found = fuse(
            brief(
                symptom("checkout is slow", weight=0.8, began=FIRED),
                symptom("payments is slow", service="payments", weight=0.7, began=FIRED),
                map=self.MAP,
            )
        )
        assert found.hypotheses[0].service == "payments"
        assert "depends on payments" in found.hypotheses[1].against[0]

    def test_names_that_go_round_in_a_circle_end(self) -> None:
        circle = ServiceMap((Edge("checkout", "payments"), Edge("payments", "checkout")))
        found = fuse(
            brief(symptom(blames=("payments",)), symptom(service="payments", blames=("checkout",)), map=circle)
        )
        assert found.hypotheses


class TestHonestAnswers:
    def test_what_is_well_and_has_no_trouble_is_healthy(self) -> None:
        found = fuse(brief(well()))
        assert found.verdict is Verdict.HEALTHY
        assert "3 of 3 pods" in found.says
        assert not found.hypotheses

    def test_what_is_over_is_healthy_and_says_what_it_was(self) -> None:
        over = sign("oom_killed", Role.PAST, "checkout-1 was killed for memory at 01:10")
        found = fuse(brief(over, well()))
        assert found.verdict is Verdict.HEALTHY
        assert found.says.startswith("It is over: checkout-1 was killed for memory at 01:10")

    def test_nothing_is_healthy_while_its_own_rule_holds(self) -> None:
        assert fuse(brief(well(), quiet=False)).verdict is Verdict.UNSURE

    def test_nothing_looked_at_is_not_well(self) -> None:
        unlooked = (Unlooked("logs", "denied", "403"),)
        found = fuse(brief(unlooked=unlooked))
        assert found.verdict is Verdict.UNSURE
        assert found.not_looked == unlooked
        assert found.says == "Not enough was read to say what is wrong"

    def test_a_trouble_of_the_alerting_service_is_never_healthy(self) -> None:
        assert fuse(brief(well(), symptom())).verdict is Verdict.CANDIDATES

    def test_a_strangers_trouble_does_not_make_it_sick(self) -> None:
        assert fuse(brief(well(), symptom(service="reports", namespace="batch"))).verdict is Verdict.HEALTHY


class TestChanges:
    CHANGE = Change("abc123", "commit", FIRED - timedelta(minutes=40), "commit abc123 lowers the pool to 2", "payments")
    DECOY = Change("def456", "commit", FIRED - timedelta(minutes=1), "commit def456 renames a label", "checkout")

    def verdict(self, blamed: bool = True) -> ChangeVerdict:
        guilty = Suspect(self.CHANGE, 0.8, ("“max_open: 2” makes a pool that runs out",))
        decoy = Suspect(self.DECOY, 0.1, (), ("nothing in its diff can do this",))
        return ChangeVerdict((guilty, decoy), guilty if blamed else None, "" if blamed else "No change explains this")

    def test_the_change_that_did_it_is_named_before_its_effects(self) -> None:
        effect = symptom("the pool of payments is exhausted", service="payments", blames=())
        found = fuse(brief(symptom(blames=("payments",)), effect, changes=self.verdict()))
        assert found.verdict is Verdict.CAUSE
        assert found.hypotheses[0].change == "abc123"
        assert "max_open: 2" in found.hypotheses[0].cause
        assert "the pool of payments is exhausted" in found.hypotheses[0].cause

    def test_the_decoy_is_ruled_out_by_name(self) -> None:
        found = fuse(brief(symptom(), changes=self.verdict()))
        assert any("def456" in one and "nothing in its diff" in one for one in found.ruled_out)

    def test_a_fault_that_names_itself_keeps_its_name_and_gets_the_change(self) -> None:
        found = fuse(brief(cause(service="payments"), symptom(blames=("payments",)), changes=self.verdict()))
        assert found.hypotheses[0].kind == "image_not_found"
        assert found.hypotheses[0].change == "abc123"

    def test_no_change_explains_it_is_said(self) -> None:
        assert fuse(brief(symptom(), changes=self.verdict(blamed=False))).says == "No change explains this"


ROLES = st.sampled_from(list(Role))
SERVICES = st.sampled_from(["checkout", "payments", "ledger", "", "10.0.0.1"])
SIGNS = st.lists(
    st.builds(
        Sign,
        kind=st.sampled_from(["a", "b", "c"]),
        role=ROLES,
        source=st.sampled_from(list(Source)),
        says=st.text(max_size=20),
        service=SERVICES,
        weight=st.floats(0, 1),
        began=st.none() | st.integers(0, 3600).map(lambda after: FIRED + timedelta(seconds=after)),
        blames=st.lists(SERVICES, max_size=3).map(tuple),
    ),
    max_size=12,
)


@given(SIGNS, st.randoms(use_true_random=False))
def test_whatever_is_read_there_is_one_bounded_answer_in_any_order(signs: list[Sign], chance: Random) -> None:
    found = fuse(brief(*signs))
    assert len(found.hypotheses) <= 8
    assert all(0 <= one.confidence <= 0.97 for one in found.hypotheses)
    assert found.verdict is not Verdict.CAUSE or found.hypotheses
    chance.shuffle(signs)
    again = fuse(brief(*signs))
    assert (again.verdict, [one.cause for one in again.hypotheses]) == (
        found.verdict,
        [one.cause for one in found.hypotheses],
    )


@given(SIGNS)
def test_a_sign_is_read_back_as_it_was_stored(signs: list[Sign]) -> None:
    assert list(signs_in({"signs": [one.payload() for one in signs]})) == signs


def test_what_is_no_sign_is_left_out() -> None:
    assert sign_of({"kind": "x"}) is None
    assert signs_in({"signs": "x"}) == ()
    assert signs_in({"signs": [3, {"kind": 1}]}) == ()
