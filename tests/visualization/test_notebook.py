"""What notebooks show, read back as a browser would."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from colorkit.io.photo import Photo
from colorkit.io.write import write_photo
from colorkit.visualization import notebook
from colorkit.visualization.notebook import show_before_after, show_picture, show_table

RED = np.full((20, 30, 3), (200, 30, 40), "uint8")
GRAY = np.full((20, 30), 90, "uint8")


class Page(HTMLParser):
    """Elements with their attributes, and the text of each kind of element."""

    def __init__(self, shown):
        super().__init__()
        self.elements, self.texts, self._open = [], {}, []
        self.feed(shown._repr_html_())
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("img", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.setdefault(self._open[-1], []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def pictures(self):
        found = []
        for image in self.all("img"):
            kind, data = re.fullmatch(r"data:image/(\w+);base64,(.*)", image["src"]).groups()
            picture = Image.open(io.BytesIO(base64.b64decode(data)))
            assert picture.format.lower() == kind
            found.append(np.asarray(picture))
        return found


def test_a_picture_stands_above_its_caption():
    page = Page(show_picture(RED, 'Figure 1: <red> & "plain".', width=300))
    (picture,) = page.pictures()
    np.testing.assert_allclose(picture, RED, atol=3)
    assert page.texts["figcaption"] == ['Figure 1: <red> & "plain".']
    assert page.all("img")[0]["alt"] == 'Figure 1: <red> & "plain".'
    assert "width:300px" in page.all("img")[0]["style"]


@pytest.mark.parametrize("name", ["a.png", "b.JPG"])
def test_files_are_shown_as_they_are(tmp_path, name):
    write_photo(tmp_path / name, Photo(RED))
    url = Page(show_picture(tmp_path / name, "Red.")).all("img")[0]["src"]
    assert base64.b64decode(url.split(",")[1]) == (tmp_path / name).read_bytes()
    assert url.startswith("data:image/png" if name == "a.png" else "data:image/jpeg")


def test_a_slider_moves_the_edge_between_two_pictures():
    page = Page(show_before_after(GRAY, RED, "Before and after."))
    before, after = page.pictures()
    np.testing.assert_allclose(before, GRAY, atol=3)
    np.testing.assert_allclose(after, RED, atol=3)
    frame = next(element for element in page.all("div") if "id" in element)
    assert "--cut:50%" in frame["style"] and "aspect-ratio:30/20" in frame["style"]
    assert "clip-path:inset(0 0 0 var(--cut))" in page.all("img")[1]["style"]
    (slider,) = page.all("input")
    assert slider["type"] == "range" and slider["aria-label"]
    assert slider["oninput"] == (
        f"document.getElementById('{frame['id']}').style.setProperty('--cut',this.value+'%')"
    )


def test_two_sliders_on_a_page_move_apart():
    frames = [show_before_after(GRAY, RED, "").text for _ in range(2)]
    ids = [re.search('id="([^"]+)"', frame)[1] for frame in frames]
    assert ids[0] != ids[1]


def test_photographs_of_any_format_and_size_are_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(notebook, "LARGEST_SIDE", 15)
    deep = np.full((20, 30), 90 * 257, "uint16")
    write_photo(tmp_path / "old.tif", Photo(deep))
    write_photo(tmp_path / "new.bmp", Photo(RED))
    page = Page(show_before_after(tmp_path / "old.tif", tmp_path / "new.bmp", ""))
    before, after = page.pictures()
    assert before.shape == (10, 15) and after.shape == (10, 15, 3)
    np.testing.assert_allclose(before, 90, atol=3)
    assert "width:30px" in page.all("figure")[0]["style"]


def test_pictures_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match=r"of one size\. Received: 20 x 30 and 10 x 30"):
        show_before_after(GRAY, RED[:10], "")


def test_a_table_has_heads_cells_and_caption():
    page = Page(show_table(["a", "b<"], [(1, "<i>"), (2.5, "y")], "Table 1: two & two."))
    assert page.texts["caption"] == ["Table 1: two & two."]
    assert page.texts["th"] == ["a", "b<"]
    assert page.texts["td"] == ["1", "<i>", "2.5", "y"]
    assert len(page.all("tr")) == 3
