"""Fixtures that several test modules use."""

import hypothesis
import pytest
from eager_execution import run_eagerly
from opened_once import opened_once
from PIL import Image

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("colorkit", deadline=None)
hypothesis.settings.load_profile("colorkit")


def pytest_ignore_collect(collection_path, config):
    """With `-m any_backend`, files without such tests are not imported: they need TensorFlow."""
    if config.option.markexpr == "any_backend" and collection_path.suffix == ".py":
        return "any_backend" not in collection_path.read_text(encoding="utf-8") or None
    return None


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """What tests find out about photographs is kept apart from what the user's caches hold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLORKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shipped_colorizer():
    """A `Colorizer` as it is by default, which no test changes."""
    from colorkit.inference.colorizer import Colorizer

    with opened_once():
        return Colorizer()


@pytest.fixture(scope="session")
def shipped_in_float32():
    """`shipped_colorizer` in the precision of exports."""
    from colorkit.inference.colorizer import Colorizer

    with opened_once():
        return Colorizer(precision="float32")


@pytest.fixture
def default_model_opened_once():
    """Commands take the default model as it was opened by the first of them."""
    with opened_once():
        yield


@pytest.fixture
def eagerly():
    """Runs TensorFlow's functions without tracing them, which a few steps are not worth."""
    with run_eagerly():
        yield


@pytest.fixture(scope="module")
def module_eagerly():
    """`eagerly` for all tests of a module and what they share; on JAX as it is."""
    with run_eagerly():
        yield


@pytest.fixture(scope="module")
def two_verified_photos():
    """Exports are compared with Keras on two photographs, rather than on all samples."""
    from colorkit.export import verify

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "SAMPLE_PHOTOS", ("chelsea.png", "rocket.jpg"))
        yield


@pytest.fixture
def mixed_bfloat16():
    """Runs a test under Keras' mixed_bfloat16 policy."""
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(policy)


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory):
    """The page of `colorkit demo` in a process of its own."""
    pytest.importorskip("gradio", reason="the page needs Gradio: pip install gradio")
    from demo_server import DemoServer

    with DemoServer(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture(scope="session")
def album(tmp_path_factory):
    """Photographs in `album/`, a broken one too, and in `out/` what the command line makes."""
    from demo_server import color_album

    with opened_once():
        return color_album(tmp_path_factory.mktemp("album"))


def draw_nothing(path):
    Image.new("RGB", (8, 8)).save(path)


@pytest.fixture(scope="module")
def quick_histogram():
    """Drawing one takes longer than all the rest of a small data set."""
    from colorkit.data import build

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "draw_ab_histogram", lambda path, *_: draw_nothing(path))
        yield


@pytest.fixture(scope="module")
def quick_curves():
    """Drawing them takes longer than all the rest of a small training."""
    from colorkit.training import fit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "draw_curves", lambda rows, path, _: draw_nothing(path))
        yield


@pytest.fixture
def fake():
    """A `FakeUnsplash` that must be asked as Unsplash's documentation says."""
    from fake_unsplash import FakeUnsplash

    server = FakeUnsplash()
    yield server
    server.stop()
    assert server.wrong == []


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A `FakeHub` which the client of the Hugging Face Hub asks, with no token and no cache."""
    # Older clients keep the first address they are given.
    pytest.importorskip("huggingface_hub", minversion="1.0")
    from fake_hub import FakeHub
    from huggingface_hub import constants

    server = FakeHub()
    address = constants.HUGGINGFACE_CO_URL_TEMPLATE.removeprefix(constants.ENDPOINT)
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + address)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub_cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    yield server
    server.stop()
