"""Checks the policy and the catalogue of the act process: that they read well, and that the policy's own cases hold."""

from collections.abc import Iterator

from bot.adapters.catalogue_file import read_catalogue
from bot.adapters.policy_cases import try_cases
from bot.core.checkup import Checkup, proven, unproven, wrong
from bot.core.errors import BadInput, SettingsWrong
from bot.settings import ActSettings
from bot.settings_forms import shipped_policy
from bot.wiring.judging import policy_in

PART = "policy"


def check_policy(settings: ActSettings) -> Iterator[Checkup]:
    folder = settings.policy or shipped_policy()
    policy = policy_in(settings.policy)
    try:
        rules = len(policy.load().rules)
        tried = list(try_cases(policy, folder))
    except (ValueError, OSError, BadInput) as error:
        yield wrong(
            PART, f"{folder}: {error}; while it is so, nothing is proposed and nothing runs", "midwatch policy test"
        )
        return
    failed = [case for case in tried if case.wrong]
    if failed:
        yield wrong(
            PART, f"{len(failed)} of {len(tried)} cases are wrong, first: {failed[0].name}", "midwatch policy test"
        )
    elif tried:
        yield proven(PART, f"{rules} rules of {folder}, {len(tried)} cases hold")
    else:
        yield unproven(
            PART, f"{rules} rules of {folder} read well; there are no cases to try them by", "tests/*.yaml in it"
        )
    try:
        services = read_catalogue(settings.catalog).services
    except SettingsWrong as error:
        yield wrong("catalogue", str(error), "mend the file; the act worker does not start with it")
        return
    if settings.catalog is not None:
        owned = sum(1 for one in services if one.owners)
        yield proven("catalogue", f"{len(services)} services, {owned} with owners")
