import pytest

from colorkit.models import registry
from colorkit.models.contract import model_spec


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "trainable", "frozen"),
    [
        ("encoder_decoder", 25_917_699, 12_864),
        ("vgg16", 1_572_114, 14_714_688),
        ("inception_v3", 6_541_202, 23_851_784),
        ("efficientnet_b0", 6_541_202, 5_330_571),
        ("zhang", 32_230_393, 4_992),
        ("iizuka", 42_182_818, 12_992),
        ("colorkit_hints", 3_104_313, 7_984_681),
        ("larsson", 147_041_024, 24_832),
    ],
)
def test_parameters_are_counted(name, trainable, frozen):
    description = registry.describe(name)
    assert description.trainable_parameters == trainable
    assert description.frozen_parameters == frozen
    assert description.name == name


@pytest.mark.slow
@pytest.mark.parametrize("name", list(registry.MODELS))
def test_an_entry_says_what_its_builder_builds(name):
    entry = registry.MODELS[name]
    assert entry.name == name
    contract = model_spec(entry.builder(weights=None))
    assert contract.size_multiple == entry.size_multiple
    assert entry.output.startswith({"ab": "ab / 128", "rgb": "RGB"}[contract.output])
    assert entry.any_size == (contract.image_size is None)
    size = "of any size" if contract.image_size is None else "{} x {}".format(*contract.image_size)
    assert entry.input == f"L {size} in [0, 100]" + ", hints" * contract.takes_hints


def test_an_unknown_model_is_an_error():
    with pytest.raises(ValueError, match="'vgg16'.*Received: 'vgg'"):
        registry.describe("vgg")
