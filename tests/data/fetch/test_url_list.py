"""Lists of addresses, in the form that img2dataset reads without mistakes."""

import csv
import gzip

import pytest

from colorkit.data.fetch.url_list import find_list_format, write_url_list


def written(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "txt"),
        ("A.CSV.gz", "csv"),
        ("photos.tsv000", "tsv"),
        ("photos.csv012", "csv"),
        ("a.b.parquet", "parquet"),
        ("a.json", "json"),
        ("a.jsonl", "jsonl"),
    ],
)
def test_formats_go_by_the_name(name, kind):
    assert find_list_format(f"folder.x/{name}") == kind


@pytest.mark.parametrize("name", ["list", "list.xlsx", "txt", "a.parquet.gz"])
def test_other_formats_are_refused(name):
    with pytest.raises(ValueError, match=rf"Expected a list of addresses.*Received: {name}$"):
        find_list_format(name)


def test_text_is_cleaned(tmp_path):
    source, target = tmp_path / "a.txt", tmp_path / "new" / "urls.csv"
    source.write_bytes(
        b"\xef\xbb\xbfhttp://a/1,2\r\n\n# note\n  http://b/\xc3\xa9#x \nhttp://a/1,2\n"
    )
    assert write_url_list(source, target) == 2
    assert written(target) == [["url"], ["http://a/1,2"], ["http://b/é#x"]]
    assert target.read_text(encoding="utf-8").startswith('"url"\n"http://a/1,2"')


@pytest.mark.parametrize("ending", ["csv", "tsv000", "csv.gz"])
def test_tables_keep_what_is_asked_for(tmp_path, ending):
    source, target = tmp_path / f"a.{ending}", tmp_path / "urls.csv"
    opener = gzip.open if ending.endswith("gz") else open
    with opener(source, "wt", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter="\t" if "tsv" in ending else ",")
        writer.writerow(["id", "link", "about", "who"])
        writer.writerow(["1", "http://a/1", "two\nlines, and a comma", "Åsa,\nB"])
        writer.writerow(["2", "", "no address", "C"])
        writer.writerow(["3", "http://a/1", "again", "D"])
        writer.writerow(["4", "http://a/4", "", "E"])
    assert write_url_list(source, target, "link", ["who", "id"]) == 2
    assert written(target) == [
        ["url", "who", "id"],
        ["http://a/1", "Åsa, B", "1"],
        ["http://a/4", "E", "4"],
    ]


@pytest.mark.parametrize("text", ["id,link\n1,http://a\n", ""])
def test_missing_columns_are_told(tmp_path, text):
    source = tmp_path / "a.csv"
    source.write_text(text)
    with pytest.raises(
        ValueError, match="expected the columns url, who.*Received: (id, link|no h)"
    ):
        write_url_list(source, tmp_path / "urls.csv", keep=["who"])


def test_lists_without_addresses_are_told(tmp_path):
    source = tmp_path / "a.txt"
    source.write_text("# nothing\n\n")
    with pytest.raises(ValueError, match="expected addresses of pictures"):
        write_url_list(source, tmp_path / "urls.csv")
    source.write_text("http://a\n")
    with pytest.raises(ValueError, match="a .txt has no columns to keep. Received: who"):
        write_url_list(source, tmp_path / "urls.csv", keep=["who"])
    assert not (tmp_path / "urls.csv").exists()
