"""How long an attack takes: a short one always, a long one with `-m long_attack`."""

import pytest

LONG = "long_attack"


@pytest.fixture(params=["short", pytest.param("long", marks=getattr(pytest.mark, LONG))])
def rounds(request):
    """Function of the number of rounds of a short attack and of a long one: which it is now."""
    return lambda short, long: long if request.param == "long" else short


def pytest_collection_modifyitems(config, items):
    if LONG in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker(LONG):
            item.add_marker(pytest.mark.skip(reason=f"takes long: -m {LONG}"))
