"""Fused functions give what they gave."""

import keras
import numpy as np
from keras import ops

from colorkit.backend.jit import compile_elementwise


def test_a_compiled_function_gives_the_same():
    def bend(a, b):
        return ops.sin(a) * b, a + b

    a, b = np.random.default_rng(0).random((2, 3, 4)).astype("float32")
    found = compile_elementwise(bend)(ops.convert_to_tensor(a), ops.convert_to_tensor(b))
    np.testing.assert_allclose(found[0], np.sin(a) * b, rtol=1e-5)
    np.testing.assert_allclose(found[1], a + b, rtol=1e-6)


def test_only_tensorflow_on_a_cpu_needs_it(monkeypatch):
    def same(a):
        return a

    monkeypatch.setattr("colorkit.backend.jit.device_kind", lambda: "gpu")
    assert compile_elementwise(same) is same
    monkeypatch.setattr("colorkit.backend.jit.device_kind", lambda: "cpu")
    assert (compile_elementwise(same) is same) == (keras.backend.backend() != "tensorflow")
