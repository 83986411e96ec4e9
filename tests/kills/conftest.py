"""Every story of this folder is repeated `MIDWATCH_SOAK` times (`make soak`), else played once."""

import os

import pytest

ROUNDS = int(os.environ.get("MIDWATCH_SOAK", "1"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "soak_round" in metafunc.fixturenames:
        metafunc.parametrize("soak_round", range(ROUNDS))


@pytest.fixture(autouse=True)
def soak_round(request: pytest.FixtureRequest) -> int:
    return int(request.param)
