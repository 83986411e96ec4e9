"""Why a policy, or the code around it, lets a change not happen: short, for the middle of a sentence."""

from collections.abc import Mapping

POLICY: Mapping[str, str] = {
    "missing_fact": "something needed to judge it could not be read",
    "protected_namespace": "that namespace is never changed",
    "own_namespace": "Midwatch never changes itself",
    "namespace_not_listed": "that namespace is not listed for Midwatch",
    "zero_replicas": "nothing is running there",
    "blast_radius": "it would take too many pods away at once",
    "quorum": "it takes more people now",
    "tier": "it takes more trust now than when it was approved",
    "alert_over": "its alerts are over: nothing needs to be mended any more",
    "by_hand_only": "it is always left to people's own hands",
    "policy_broken": "the policy cannot be read",
    "policy_error": "a rule of the policy could not be evaluated",
    "no_policy": "no rule of the policy allows it",
    "disruption_budget": "the disruption budget does not let so many pods go",
    "many_started": "it would start too many pods at once",
    "evidence_old": "what it stands on is too old",
    "no_evidence": "it stands on no evidence",
}
