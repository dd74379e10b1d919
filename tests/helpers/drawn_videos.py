"""Videos that tests draw, a colorizer without a model, and what a finished file holds."""

from fractions import Fraction

import av
import numpy as np

from colorkit.inference import opened_model
from colorkit.inference.colorizer import Colorizer
from colorkit.models.spec import ModelSpec

SOUND_RATE = 44100


class StubModel:
    """Stands for a model: colour that follows lightness."""

    name, model, stride, styles = "stub", None, 4, ()
    spec = ModelSpec(None, 32, "ab")

    def predict(self, lightness):
        small = lightness[:, 2::4, 2::4]
        return np.stack([small * 0.6 - 30, 45 - small * 0.7], axis=-1).astype("float32")


def stub_colorizer(monkeypatch, model=None, **options):
    """A real `Colorizer` around a `StubModel`."""
    monkeypatch.setattr(opened_model, "open_runtime", lambda *_: model or StubModel())
    return Colorizer(**options)


def moving_disc(frames, height=48, width=64):
    """Gray frames of a bright disc that wanders over a ramp: uint8, `(height, width)`."""
    y, x = np.mgrid[:height, :width]
    for n in range(frames):
        ramp = 40 + 100 * x / width
        disc = (x - 10 - n) ** 2 + (y - height / 2) ** 2 < 64
        yield np.where(disc, 220, ramp).astype("uint8")


def write_video(
    path, frames, *, times=None, time_base=Fraction(1, 25), codec="libx264", pix_fmt="yuv420p",
    sound=None, options=None, metadata=None, set_up=lambda context: None,
):  # fmt: skip
    """Writes frames (arrays in `pix_fmt`, or gray or RGB) at times, counted in `time_base`."""
    frames = list(frames)
    times = range(len(frames)) if times is None else times
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = time_base
        set_up(stream.codec_context)
        track = container.add_stream(sound, rate=SOUND_RATE) if sound else None
        for pixels, pts in zip(frames, times, strict=True):
            given = {3: "rgb24", 2: "gray" if pixels.dtype == np.uint8 else "gray16le"}
            frame = av.VideoFrame.from_ndarray(pixels, format=given[pixels.ndim])
            frame = frame.reformat(format=pix_fmt, dst_colorspace="itu709")
            frame.pts, frame.time_base = pts, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if track:
            seconds = float(times[-1] * time_base)
            write_sound(container, track, round(seconds * SOUND_RATE))


def write_sound(container, track, samples):
    """Encodes a tone."""
    tone = (8000 * np.sin(np.arange(samples) * 0.05)).astype("int16")[None]
    for start in range(0, samples, 1024):
        part = np.ascontiguousarray(tone[:, start : start + 1024])
        frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
        frame.sample_rate, frame.pts = SOUND_RATE, start
        frame.time_base = Fraction(1, SOUND_RATE)
        container.mux(track.encode(frame))
    container.mux(track.encode(None))


def read_video(path):
    """The frames of a file as RGB arrays, and their times in seconds as fractions."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        matrix = "itu601" if frames[0].colorspace in (5, 6) else "itu709"
        pictures = [
            frame.reformat(
                format="rgb24", src_colorspace=matrix, interpolation=0x4 | 0x40000 | 0x2000
            ).to_ndarray()
            for frame in frames
        ]
        return pictures, [frame.pts * frame.time_base for frame in frames]


def packets_of(path, kind, number=0):
    """The packets of a stream of a kind: bytes, and time in seconds."""
    with av.open(str(path)) as container:
        return [
            (bytes(packet), packet.pts * packet.time_base)
            for packet in container.demux(**{kind: number})
            if packet.size
        ]


def duration_of(path):
    """Seconds, as the container states them."""
    with av.open(str(path)) as container:
        return container.duration / av.time_base
