"""Fixtures that several test modules use."""

import pytest


@pytest.fixture
def mixed_bfloat16():
    """Runs a test under Keras' mixed_bfloat16 policy."""
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(policy)
