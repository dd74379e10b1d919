"""Names of results: their place, their suffix, and none twice."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from colorkit.io.find import FoundPhoto
from colorkit.io.result_names import name_results


def photos(*names):
    return [FoundPhoto(Path(name), Path(name)) for name in names]


def test_results_keep_their_place():
    names = name_results(photos("a/x.jpg", "b/x.jpg"), "out")
    assert names == [Path("out/a/x.jpg"), Path("out/b/x.jpg")]
    names = name_results(photos("a/x.jpg", "b/y.2.tif"), Path("out"), png)
    assert names == [Path("out/a/x.png"), Path("out/b/y.2.png")]


def png(path):
    return ".png"


def test_names_differ_on_disks_to_which_case_is_the_same():
    names = name_results(photos("X.jpg", "cafe\u0301.jpg", "caf\xe9.jpg", "x.jpg"), "out")
    assert [path.name for path in names] == ["X.jpg", "cafe\u0301.jpg", "caf\xe9_.jpg", "x_.jpg"]


def test_only_a_suffix_that_photographs_have_is_replaced():
    names = name_results(photos("a.GIF", "b.2019", "c.jpg", "d"), "out", png)
    assert [path.name for path in names] == ["a.png", "b.2019.png", "c.png", "d.png"]
    gif_only = name_results(
        photos("a.gif", "a.png"), "out", lambda path: ".png" if path.suffix == ".gif" else None
    )
    assert [path.name for path in gif_only] == ["a.gif.png", "a.png"]


def test_a_new_suffix_makes_no_two_names_equal():
    names = name_results(photos("x.jpg", "x.tif", "y.jpg"), "out", png)
    assert names == [Path("out/x.jpg.png"), Path("out/x.tif.png"), Path("out/y.png")]
    names = name_results(photos("X.jpg", "x.tif"), "out", png)
    assert names == [Path("out/X.jpg.png"), Path("out/x.tif.png")]


@given(
    st.sets(
        st.builds(
            "".join, st.lists(st.sampled_from(["x", "_", ".jpg", ".png"]), min_size=1, max_size=5)
        ).filter(lambda name: Path(name).stem.strip("."))
    )
)
def test_results_are_always_different(names):
    results = name_results(photos(*sorted(names)), "out", png)
    assert len({str(result).lower() for result in results}) == len(names)
    assert all(result.suffix == ".png" for result in results)
