"""What a recipe names is found."""

import types

import keras
import pytest

from colorkit.training.build import find_named


def test_classes_that_a_module_imports_late_are_found():
    module = types.ModuleType("late")
    module.__dir__ = lambda: ["Mean", "number"]
    module.__getattr__ = {"Mean": keras.metrics.Mean, "number": 3}.__getitem__
    assert find_named(module, "metrics", "Mean", keras.metrics.Metric) is keras.metrics.Mean
    with pytest.raises(ValueError, match="`metrics` must be one of Mean. Received: 'Sum'"):
        find_named(module, "metrics", "Sum", keras.metrics.Metric)
