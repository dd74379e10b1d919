"""What becomes of sound and subtitles in each container; the files are read back with PyAV."""

from fractions import Fraction
from pathlib import Path

import av
import drawn_videos
import numpy as np
import pytest
from drawn_videos import moving_disc, packets_of, write_video

from colorkit.video.tracks import plan_tracks
from colorkit.video.video_colorizer import colorize_video

RATE = 16000
ONSET = 0.2  # seconds at which the drawn sound begins


@pytest.fixture
def colorizer(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return drawn_videos.stub_colorizer(monkeypatch)


def write_film(path, codec, *, layout="mono", rate=RATE, form="s16", first=0.0, hole=None):
    """Writes 10 frames beside 0.4 s of sound that sets in at `ONSET`.

    Returns:
        The samples, int16 or int32 of shape `(channels, samples)`.
    """
    kind = "int32" if form.startswith("s32") else "int16"
    channels = av.AudioLayout(layout).nb_channels
    samples = round(0.4 * rate)
    wave = np.sin(np.arange(samples) * 0.3) * (np.arange(samples) >= ONSET * rate)
    largest = {"int16": 12000, "int32": 12000 << 16}[kind]
    sound = (wave * largest * np.linspace(1, 0.5, channels)[:, None]).astype(kind)
    if kind == "int32":
        sound &= ~np.int32(255)  # 24 bits
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        track = container.add_stream(codec, rate=rate)
        track.codec_context.layout = layout
        if codec == "wmav2":
            track.codec_context.bit_rate = 64000
        elif codec not in ("libopus", "libmp3lame", "aac", "libopencore_amrnb"):
            track.codec_context.format = form
        for n, pixels in enumerate(moving_disc(10)):
            frame = av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        for start in range(0, samples, 320):
            if hole and hole[0] <= start / rate < hole[1]:
                continue
            part = np.ascontiguousarray(sound[:, start : start + 320].T.reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(
                part, format="s32" if kind == "int32" else "s16", layout=layout
            )
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = start + round(first * rate)
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    return sound


def hear(path):
    """The sound of a file as int32 `(channels, samples)`, and the time in seconds of its start."""
    with av.open(path) as container:
        frames = list(container.decode(audio=0))
        resampler = av.AudioResampler("s32p", frames[0].layout, frames[0].sample_rate)
        start = frames[0].time
        parts = [made.to_ndarray() for frame in frames for made in resampler.resample(frame)]
    return np.concatenate(parts, axis=1), start


def onset_of(path, rate=RATE):
    sound, start = hear(path)
    return start + np.argmax(np.abs(sound[0].astype(float)) > 3000 * 65536) / rate


def codec_of(path, kind="audio", number=0):
    with av.open(path) as container:
        stream = getattr(container.streams, kind)[number]
        return stream.codec_context.codec.canonical_name


NEEDS_AMR_ENCODER = pytest.mark.skipif(
    "libopencore_amrnb" not in av.codecs_available, reason="PyAV 19's FFmpeg writes no AMR"
)


# FFmpeg has two names for AMR, DTS and the like, one for its decoder and one for its encoder.
@pytest.mark.parametrize(
    ("source", "codec", "target"),
    [
        pytest.param("a.3gp", "libopencore_amrnb", "b.mov", marks=NEEDS_AMR_ENCODER),
        ("a.mkv", "libopus", "b.mp4"),
        ("a.avi", "libmp3lame", "b.mp4"),
        ("a.mkv", "ac3", "b.mov"),
    ],
)
def test_sound_that_fits_is_copied(colorizer, source, codec, target):
    rate = {"libopencore_amrnb": 8000, "ac3": 48000}.get(codec, RATE)
    write_film(source, codec, rate=rate, form="fltp" if codec == "ac3" else "s16")
    assert colorize_video(colorizer, source, target).notes == ()
    before, after = (packets_of(name, "audio") for name in (source, target))
    assert [content for content, _ in after] == [content for content, _ in before]


@pytest.mark.parametrize(
    ("source", "codec", "target", "found"),
    [
        ("a.avi", "adpcm_ms", "b.mkv", "aac"),
        ("a.wmv", "wmav2", "b.mp4", "aac"),
        ("a.avi", "pcm_mulaw", "b.mp4", "aac"),
        ("a.mkv", "libopus", "b.mov", "aac"),
        pytest.param("a.3gp", "libopencore_amrnb", "b.mkv", "aac", marks=NEEDS_AMR_ENCODER),
        ("a.mkv", "tta", "b.mp4", "flac"),
        ("a.mkv", "tta", "b.mov", "pcm_s16le"),
    ],
)
def test_sound_that_does_not_fit_is_re_encoded(colorizer, source, codec, target, found):
    rate = 8000 if codec == "libopencore_amrnb" else RATE
    write_film(source, codec, rate=rate)
    with pytest.warns(UserWarning, match="sound track 1"):
        result = colorize_video(colorizer, source, target)
    name = found.split("_")[0].upper()
    (note,) = result.notes
    assert f"is re-encoded as {name}, since" in note
    assert codec_of(target) == found
    before, after = (onset_of(name, rate) for name in (source, target))
    assert abs(after - before) < 0.02


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("codec", "form"), [("tta", "s16"), ("wavpack", "s32p")])
def test_lossless_sound_stays_lossless(colorizer, codec, form):
    sound = write_film("a.mkv", codec, layout="5.1", form=form)
    colorize_video(colorizer, "a.mkv", "b.mp4")
    heard, start = hear("b.mp4")
    shift = {"s16": 16, "s32p": 0}[form]
    assert abs(start) < 1e-3
    np.testing.assert_array_equal(heard, sound.astype("int32") << shift)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_sound_that_starts_late_or_has_holes_stays_in_time(colorizer):
    write_film("a.mkv", "pcm_s16le", first=0.1, hole=(0.02, 0.18))
    colorize_video(colorizer, "a.mkv", "b.mp4", sound="encode")
    assert codec_of("b.mp4") == "flac"
    assert abs(onset_of("b.mp4") - (ONSET + 0.1)) < 0.01


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_sound_is_encoded_or_dropped_where_asked(colorizer):
    write_film("a.mkv", "libopus")
    (note,) = colorize_video(colorizer, "a.mkv", "b.mkv", sound="encode").notes
    assert note == "sound track 1 (opus) is re-encoded as AAC."
    assert codec_of("b.mkv") == "aac"
    assert colorize_video(colorizer, "a.mkv", "c.mkv", sound="drop").notes == ()
    with av.open("c.mkv") as container:
        assert not container.streams.audio
    with pytest.raises(ValueError, match="one of copy, encode, drop. Received: loud"):
        colorize_video(colorizer, "a.mkv", "d.mkv", sound="loud")


def test_sound_that_cannot_be_decoded_is_left_out(colorizer):
    """PCM in AVI whose format tag is none that FFmpeg knows."""
    write_film("a.avi", "pcm_s16le")
    data = Path("a.avi").read_bytes()
    place = data.index(b"strf", data.index(b"auds")) + 8
    Path("a.avi").write_bytes(data[:place] + b"\x99\x19" + data[place + 2 :])
    with pytest.warns(UserWarning, match="sound track 1 .* is left out: MP4 does not hold it"):
        colorize_video(colorizer, "a.avi", "b.mp4")
    assert len(packets_of("b.mp4", "video")) == 10


def write_with_packet(path, codec, content, **options):
    """Writes 10 frames and one packet of a track that FFmpeg cannot encode."""
    write_video("pictures.mkv", moving_disc(10))
    with av.open("pictures.mkv") as pictures, av.open(path, "w") as container:
        stream = container.add_stream_from_template(pictures.streams.video[0])
        track = container.add_mux_stream(codec, **options)
        for packet in pictures.demux(video=0):
            if packet.size:
                packet.stream = stream
                container.mux(packet)
        packet = av.Packet(content)
        packet.stream, packet.time_base = track, Fraction(1, 1000)
        packet.pts = packet.dts = 40
        packet.duration = 200
        container.mux(packet)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_sound_that_cannot_be_decoded_is_copied_even_where_encoding_is_asked_for(colorizer):
    """DTS, whose decoder's name is not the codec's; the packet is none of it."""
    write_with_packet("a.mkv", "dca", b"\x7f\xfe\x80\x01" * 300, rate=48000)
    assert colorize_video(colorizer, "a.mkv", "b.mov").notes == ()
    (note,) = colorize_video(colorizer, "a.mkv", "c.mov", sound="encode").notes
    assert note == "sound track 1 (dts) is copied, since FFmpeg cannot decode it."
    for name in ("b.mov", "c.mov"):
        assert packets_of(name, "audio")[0][0] == packets_of("a.mkv", "audio")[0][0]


@pytest.mark.parametrize(
    ("codec", "content"),
    [
        # The end of a picture, without which PyAV 17 refuses a packet of this codec.
        ("pgssub", b"\x80\x00\x00"),
        ("dvbsub", bytes(range(64))),
        ("dvdsub", bytes(range(64))),
    ],
)
def test_subtitles_stay_in_matroska(colorizer, codec, content):
    """Pictures too, whose decoder and encoder go by another name than the codec."""
    write_with_packet("a.mkv", codec, content)
    assert colorize_video(colorizer, "a.mkv", "b.mkv").notes == ()
    before, after = (packets_of(name, "subtitles") for name in ("a.mkv", "b.mkv"))
    assert after == before
    assert codec_of("b.mkv", "subtitles") == codec_of("a.mkv", "subtitles")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("target", ["b.mp4", "b.mov"])
def test_subtitles_of_text_are_converted(colorizer, target):
    """To and fro: what Matroska holds, then what MP4 holds."""
    write_with_packet("a.mkv", "subrip", "Bonjour, été".encode())
    (note,) = colorize_video(colorizer, "a.mkv", target).notes
    assert note.startswith("subtitles 1 (subrip) are converted to mov_text, since M")
    assert codec_of(target, "subtitles") == "mov_text"
    (note,) = colorize_video(colorizer, target, "c.mkv").notes
    assert note.startswith("subtitles 1 (mov_text) are converted to subrip, since Matroska")
    ((content, time),) = packets_of("c.mkv", "subtitles")
    assert (content.decode().strip(), time) == ("Bonjour, été", Fraction(40, 1000))


def test_fonts_of_subtitles_stay_in_matroska(colorizer):
    write_video("pictures.mkv", moving_disc(3))
    font = b"\0\1\0\0" + bytes(range(200))
    with av.open("pictures.mkv") as pictures, av.open("a.mkv", "w") as container:
        stream = container.add_stream_from_template(pictures.streams.video[0])
        container.add_attachment("Été.ttf", "application/x-truetype-font", font)
        for packet in pictures.demux(video=0):
            if packet.size:
                packet.stream = stream
                container.mux(packet)
    assert colorize_video(colorizer, "a.mkv", "b.mkv").notes == ()
    with av.open("b.mkv") as container:
        (attached,) = container.streams.attachments
        assert (attached.name, attached.data) == ("Été.ttf", font)
        assert attached.mimetype == "application/x-truetype-font"
    (note,) = plan_tracks("a.mkv", "mp4").notes
    assert note.startswith("attached files (Été.ttf) are left out, since MP4 holds none")


def test_subtitles_that_do_not_fit_are_told(colorizer):
    write_with_packet("a.mkv", "dvbsub", bytes(range(64)))
    (note,) = plan_tracks("a.mkv", "mov").notes
    assert note == (
        "subtitles 1 (dvb_subtitle) are left out, since MOV does not hold them; a result that "
        "ends in .mkv does."
    )
