"""Where a change works, against where the trouble is: a failing service, what it stands on, shared code. Pure."""

import re
from collections.abc import Iterable, Sequence

from bot.core.changed import Change
from bot.core.service_map import ServiceMap

_SHARED = re.compile(r"(^|/)(pkg|libs?|common|shared|internal|core|proto|protos|contracts|vendor|sdk|platform|utils?|base|config|infra|charts?|helm|terraform|go\.mod|package\.json)(/|$)", re.I)  # fmt: skip # noqa: E501
HARMLESS_FILES = re.compile(
    r"(^|/)(docs?|documentation|tests?|testdata|spec|specs|__tests__|golden|fixtures|\.github|\.circleci|\.gitlab|storybook|"
    r"i18n|locales)/|_test\.\w+$|\.test\.\w+$|\.spec\.\w+$|(^|/)test_[\w.]+$|"
    r"\.(css|scss|less|svg|png|jpe?g|ico|md|rst|txt|adoc|snap|golden)$|CODEOWNERS|LICENSE|\.gitignore|\.editorconfig|\.golangci",
    re.I,
)
OWN, BENEATH, SHARED, UNKNOWN, ABOVE, ELSEWHERE = 1.0, 0.95, 0.92, 0.6, 0.45, 0.4


def bare(name: str) -> str:
    """A service's name as its folders spell it: `services/search` is searchservice, `order-svc` is orders."""
    text = re.sub(r"[^a-z0-9]", "", name.lower())
    return re.sub(r"(service|svc|server|api|app|s)$", "", text) or text


def services_of(change: Change, known: Iterable[str]) -> tuple[str, ...]:
    """Those it is deployed to or says it reaches, and those whose name is a folder of its files."""
    told = [one for one in (change.service, *change.services) if one]
    parts = {bare(part) for file in change.files for part in file.split("/")[:-1]}
    found = [one for one in known if len(bare(one)) >= 3 and bare(one) in parts]
    return tuple(dict.fromkeys((*told, *found)))


def is_shared(change: Change) -> bool:
    return any(_SHARED.search(one) for one in change.files)


def is_harmless(files: Sequence[str]) -> bool:
    return bool(files) and all(HARMLESS_FILES.search(one) for one in files)


def nearness(
    change: Change, failing: Sequence[str], service_map: ServiceMap, known: Iterable[str]
) -> tuple[float, str]:
    """0 to 1, with the clause that says why; ``failing`` in the order in which they began to fail."""
    mine = services_of(change, known)
    if not failing:
        return UNKNOWN, ""
    alike = {bare(one): one for one in failing}
    if hit := next((alike[bare(one)] for one in mine if bare(one) in alike), ""):
        return OWN, f"it works in {hit}, which fails"
    beneath = {bare(one): one for each in failing for one in service_map.stands_on(each)}
    if hit := next((beneath[bare(one)] for one in mine if bare(one) in beneath), ""):
        return BENEATH, f"{failing[0]} stands on {hit}, where it works"
    if is_shared(change):
        return SHARED, "it is in code that several services share"
    above = {bare(one) for each in failing for one in service_map.reach(each)}
    if any(bare(one) in above for one in mine):
        return ABOVE, ""
    return (ELSEWHERE if mine else UNKNOWN), ""
