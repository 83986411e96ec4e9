"""Stories that many tests of a module look at are played once, so by one worker of a parallel run."""

import pytest

PLAYED_ONCE = ("night", "asked")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        chosen = getattr(item, "callspec", None)
        for story in PLAYED_ONCE:
            if chosen is not None and story in chosen.params:
                item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}-{chosen.params[story]}"))
