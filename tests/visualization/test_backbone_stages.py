"""Stages of EfficientNets against the report's table 3 and compound scaling by hand."""

import math

import keras
import pytest
import small_models

from colorkit.models import build_efficientnet_model, build_encoder_decoder_model
from colorkit.visualization.backbone_stages import Stage, efficientnet_stages

# The report's table 3: operator, side of what is given, channels, layers.
TABLE_3 = [
    ("Conv 3x3", 224, 32, 1),
    ("MBConv1, k3x3", 112, 16, 1),
    ("MBConv6, k3x3", 112, 24, 2),
    ("MBConv6, k5x5", 56, 40, 2),
    ("MBConv6, k3x3", 28, 80, 3),
    ("MBConv6, k5x5", 14, 112, 3),
    ("MBConv6, k5x5", 14, 192, 4),
    ("MBConv6, k3x3", 7, 320, 1),
    ("Conv 1x1 & Pooling & FC", 7, 1280, 1),
]


def test_the_stages_of_b0_are_the_reports_table():
    model = build_efficientnet_model(image_size=64, weights=None)
    expected = [
        Stage(number, operator, (side, side), channels, layers)
        for number, (operator, side, channels, layers) in enumerate(TABLE_3, start=1)
    ]
    assert efficientnet_stages(model) == expected


def test_compound_scaling_makes_b2_deeper_and_wider():
    """Tan and Le 2019: depth 1.2 to 260 pixels, channels times 1.1 to the nearest multiple of 8."""
    stages = efficientnet_stages(keras.applications.EfficientNetB2(weights=None))
    assert [stage.layers for stage in stages[1:-1]] == [
        math.ceil(1.2 * layers) for _, _, _, layers in TABLE_3[1:-1]
    ]
    assert [stage.channels for stage in stages] == [32, 16, 24, 48, 88, 120, 208, 352, 1408]
    assert stages[0].resolution == (260, 260)
    assert [stage.operator for stage in stages] == [operator for operator, *_ in TABLE_3]


def test_other_models_have_no_such_stages(monkeypatch):
    small_models.put_in_place(monkeypatch)
    with pytest.raises(ValueError, match="Expected an EfficientNet.*Received: 'encoder_decoder'"):
        efficientnet_stages(build_encoder_decoder_model(image_size=16))
