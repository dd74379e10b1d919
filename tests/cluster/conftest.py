"""What tests on a Ray cluster share."""

import pytest
from drawn_archive import run_cluster


@pytest.fixture(scope="module")
def cluster():
    with run_cluster(3) as cluster:
        yield cluster
