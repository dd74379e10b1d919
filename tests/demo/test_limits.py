"""The limits of the page."""

import pytest

from colorkit.demo.limits import Limits


@pytest.mark.parametrize("limit", ["megabytes", "disk_megabytes", "megapixels", "seconds", "files"])
def test_limits_are_above_zero(limit):
    with pytest.raises(ValueError, match=f"must be above 0. Received: {limit}=0"):
        Limits(**{limit: 0})


def test_limits_in_pixels_and_bytes():
    limits = Limits(megapixels=0.5, megabytes=2, request_megabytes=3, disk_megabytes=4)
    assert limits.pixels == 500_000
    assert (limits.bytes, limits.request_bytes, limits.disk_bytes) == (2 << 20, 3 << 20, 4 << 20)


@pytest.mark.parametrize("sizes", [{"megabytes": 501}, {"request_megabytes": 4001}])
def test_a_file_fits_in_a_request_and_that_on_the_disk(sizes):
    with pytest.raises(ValueError, match="A file must fit in a request, and a request on the disk"):
        Limits(**sizes)
