"""What travels with a photograph beside EXIF and ICC profile, from format to format."""

import dataclasses
from xml.etree import ElementTree

import numpy as np
import pytest
import tifffile
from drawn_files import pillow_file, png_chunk, png_file, random_pixels, some_photo, tiff_file
from PIL import Image, PngImagePlugin

from colorkit.io.metadata import Metadata
from colorkit.io.photo import Photo
from colorkit.io.predicted_mark import SOURCE_TYPE, mark_predicted
from colorkit.io.read import decode_photo, read_photo
from colorkit.io.write import write_photo

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)
UPRIGHT_XMP = XMP.replace(b'"6"', b'"1"')
IPTC = b"\x1c\x02x\x00\x11Grandmother, 1931"
COMMENT = "Großmutter, 1931".encode()
ALL = Metadata((600.0, 300.0), UPRIGHT_XMP, IPTC, COMMENT)
COLOR, DEEP = random_pixels((8, 12, 3)), random_pixels((8, 12, 3), "uint16")


def jpeg(**options):
    segment = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(IPTC).to_bytes(4, "big") + IPTC
    segment += b"\0" * (len(IPTC) % 2)
    extra = b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment
    given = {"dpi": (600, 300), "xmp": XMP, "comment": COMMENT, "extra": extra}
    return pillow_file(COLOR, "JPEG", **{**given, **options})


def test_what_a_jpeg_has():
    assert decode_photo(jpeg(xmp=UPRIGHT_XMP), "a.jpg").metadata == ALL


def test_a_picture_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    metadata = decode_photo(jpeg(exif=exif), "a.jpg").metadata
    assert metadata.dpi == (300, 600) and metadata.xmp == UPRIGHT_XMP


@pytest.mark.parametrize("pixels", [COLOR, DEEP], ids=["8", "16"])
def test_what_a_tiff_has(pixels):
    tags = [(700, "B", len(XMP), XMP, True), (33723, "B", len(IPTC), IPTC, True)]
    data = tiff_file(
        pixels, photometric="rgb", resolution=(600, 300), resolutionunit=2, extratags=tags
    )
    assert decode_photo(data, "a.tif").metadata == dataclasses.replace(ALL, comment=None)
    per_cm = tiff_file(pixels, photometric="rgb", resolution=(100, 100), resolutionunit=3)
    assert decode_photo(per_cm, "a.tif").metadata.dpi == pytest.approx((254, 254))
    none = tiff_file(pixels, photometric="rgb", resolution=(1, 1), resolutionunit=1)
    assert decode_photo(none, "a.tif").metadata == Metadata()


@pytest.mark.parametrize("depth", [8, 16])
def test_what_a_png_has(depth):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Description", "Großmutter, 1931 — 愛")
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    chunks = png_chunk(b"pHYs", (23622).to_bytes(4, "big") * 2 + b"\1")
    chunks += b"".join(png_chunk(*chunk[:2]) for chunk in info.chunks)
    photo = decode_photo(png_file(random_pixels((8, 12), f"uint{depth}"), 0, depth, chunks), "a")
    assert photo.metadata.dpi == pytest.approx((600, 600), abs=0.01)
    assert photo.metadata.xmp == UPRIGHT_XMP
    assert photo.metadata.text == (("Description", "Großmutter, 1931 — 愛"),)


@pytest.mark.filterwarnings("ignore::colorkit.io.photo.PhotoWarning")
@pytest.mark.parametrize("pixels", [COLOR, DEEP], ids=["8", "16"])
@pytest.mark.parametrize(
    ("suffix", "lost"),
    [
        ("jpg", ()),
        ("png", ("IPTC",)),
        ("tif", ()),
        ("webp", ("IPTC",)),
        ("avif", ("IPTC",)),
        ("bmp", ("EXIF", "XMP", "IPTC", "comment")),
        ("jp2", ("EXIF", "resolution", "XMP", "IPTC")),
    ],
)
def test_each_format_keeps_what_it_holds(tmp_path, pixels, suffix, lost):
    path = tmp_path / f"a.{suffix}"
    exif = Image.Exif()
    exif[0x010F] = "Leica"
    assert write_photo(path, Photo(pixels, exif=exif.tobytes(), metadata=ALL)) == lost
    photo = read_photo(path)
    got = photo.metadata
    assert "XMP" in lost or got.xmp == UPRIGHT_XMP
    assert "IPTC" in lost or got.iptc == IPTC
    dpi = got.dpi
    if suffix in ("webp", "avif"):
        exif = Image.Exif()
        exif.load(photo.exif)
        dpi = exif[0x011A], exif[0x011B]
    assert "resolution" in lost or dpi == pytest.approx((600, 300), abs=0.02)
    if suffix == "png":
        assert got.text == (("Comment", COMMENT.decode()),)
    elif suffix in ("jpg", "jp2"):
        assert got.comment == COMMENT
    elif suffix != "bmp":
        assert COMMENT in photo.exif
    again = tmp_path / f"b.{suffix}"
    write_photo(again, photo)
    assert read_photo(again).metadata == got


@pytest.mark.parametrize("pixels", [COLOR, DEEP], ids=["8", "16"])
@pytest.mark.parametrize("kind", [{}, {"imagej": True}, {"ome": True}], ids=["", "ImageJ", "OME"])
def test_a_description_of_the_file_s_layout_stays_behind(tmp_path, pixels, kind):
    tifffile.imwrite(tmp_path / "a.tif", pixels[..., 0], **kind)
    write_photo(tmp_path / "b.tif", read_photo(tmp_path / "a.tif"))
    with tifffile.TiffFile(tmp_path / "b.tif") as tiff:
        assert not tiff.pages.first.description
        assert tiff.series[0].kind == "uniform"


@pytest.mark.parametrize("pixels", [COLOR, DEEP], ids=["8", "16"])
def test_a_description_before_the_one_of_the_layout_is_kept(tmp_path, pixels):
    tifffile.imwrite(tmp_path / "a.tif", pixels, description="Grandmother, 1931")
    write_photo(tmp_path / "b.tif", read_photo(tmp_path / "a.tif"))
    with tifffile.TiffFile(tmp_path / "b.tif") as tiff:
        assert tiff.pages.first.description == "Grandmother, 1931"


def test_text_of_a_png_goes_where_there_is_room(tmp_path):
    photo = some_photo(metadata=Metadata(text=(("Title", "Cat"), ("Author", "Jürgen"))))
    assert write_photo(tmp_path / "a.jpg", photo) == ()
    assert read_photo(tmp_path / "a.jpg").metadata.comment.decode() == "Title: Cat\nAuthor: Jürgen"
    assert write_photo(tmp_path / "a.png", photo) == ()
    assert read_photo(tmp_path / "a.png").metadata == photo.metadata
    assert write_photo(tmp_path / "a.tif", photo) == ()
    assert "Author: Jürgen".encode() in read_photo(tmp_path / "a.tif").exif
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert "Title: Cat" in tiff.pages.first.description


def test_what_is_too_large_for_a_jpeg_is_told(tmp_path):
    photo = some_photo(metadata=Metadata(xmp=b"x" * 70_000, iptc=b"y" * 70_000, dpi=(300, 300)))
    assert write_photo(tmp_path / "a.jpg", photo) == ("XMP", "IPTC")
    assert read_photo(tmp_path / "a.jpg").metadata == Metadata(dpi=(300, 300))


def test_the_mark():
    marked = mark_predicted(some_photo(), "colorkit 1")
    exif = Image.Exif()
    exif.load(marked.exif)
    assert exif[0x0131] == "colours predicted by colorkit 1"
    assert SOURCE_TYPE.encode() in marked.metadata.xmp
    assert mark_predicted(marked, "colorkit 1").exif == marked.exif
    assert mark_predicted(marked, "colorkit 1").metadata == marked.metadata
    exif[0x0131] = "Scanner 3"
    exif.load(mark_predicted(some_photo(exif=exif.tobytes()), "colorkit 1").exif)
    assert exif[0x0131] == "Scanner 3; colours predicted by colorkit 1"


@pytest.mark.parametrize(
    "before",
    [
        UPRIGHT_XMP,
        UPRIGHT_XMP.replace(b"tiff:Orientation=", b'Iptc4xmpExt:DigitalSourceType="x" tiff:a='),
        UPRIGHT_XMP.replace(
            b"<rdf:Description",
            b"<rdf:Description><Iptc4xmpExt:DigitalSourceType>x</Iptc4xmpExt:DigitalSourceType>"
            b"</rdf:Description><rdf:Description",
        ),
    ],
)
def test_the_mark_in_xmp_that_is_there(before):
    marked = mark_predicted(some_photo(metadata=Metadata(xmp=before)), "colorkit 1").metadata.xmp
    assert marked.count(SOURCE_TYPE.encode()) == 1 and b"tiff:" in marked
    assert b'"x"' not in marked and b">x<" not in marked


def test_the_mark_is_read_by_other_software(tmp_path):
    path = tmp_path / "a.jpg"
    write_photo(path, mark_predicted(Photo(np.zeros((8, 8, 3), "uint8")), "colorkit 1"))
    with Image.open(path) as image:
        tree = ElementTree.fromstring(image.info["xmp"])
    (description,) = tree.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    name = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
    assert description.get(name) == SOURCE_TYPE
