"""Errors that mean that memory ran out."""

import pytest

from colorkit.backend.memory import is_out_of_memory

ResourceExhaustedError = type("ResourceExhaustedError", (Exception,), {})


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (ResourceExhaustedError("OOM when allocating tensor"), True),
        (RuntimeError("Exception during initialization: std::bad_alloc"), True),
        (RuntimeError("Failed to allocate memory for requested buffer of size 9"), True),
        (RuntimeError("invalid graph"), False),
        (ValueError("a shape"), False),
    ],
)
def test_errors_of_any_runtime(error, expected):
    assert is_out_of_memory(error) == expected
