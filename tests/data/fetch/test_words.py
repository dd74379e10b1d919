"""The words that photographs are searched for."""

import re
from importlib.resources import files

import pytest

from colorkit.data.fetch.words import read_words

CIFAR_10 = "airplane automobile bird cat deer dog frog horse ship truck"
# Krizhevsky (2009), typed from the data set's page, not from words.txt.
CIFAR_100 = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
    camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
    cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
    lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
    oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
    train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""


def test_every_class_is_searched_for_with_a_kind_of_it():
    classes = [name.replace("_", " ") for name in (CIFAR_10 + CIFAR_100).split()]
    assert len(classes) == len(set(classes)) == 110
    words = read_words()
    assert set(classes) <= set(words)
    assert 300 <= len(words) < 600
    places = sorted(words.index(name) for name in classes) + [len(words)]
    lonely = [words[a] for a, b in zip(places, places[1:], strict=False) if b == a + 1]
    assert lonely == []


def test_the_reports_categories_are_searched_for():
    """Section 3: "landscapes, portraits, objects, people, animals and abstract compositions"."""
    words = set(read_words())
    assert {"landscape", "portrait", "object", "people", "animal", "abstract composition"} <= words


def test_shipped_words_are_plain_and_differ():
    lines = (files("colorkit") / "assets" / "words.txt").read_text(encoding="utf-8").splitlines()
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    assert tuple(words) == read_words(), "a word stands twice"
    assert all(re.fullmatch(r"[a-z]+( [a-z]+){0,3}", word) for word in words)


def test_own_words(tmp_path):
    file = tmp_path / "words.txt"
    file.write_bytes("\ufeff# mine\n Red  Fox # shy\n\nred fox\r\nKüste\n#\n".encode())
    assert read_words(file) == ("red fox", "küste")


@pytest.mark.parametrize("content", [b"", b"# none\n \n"])
def test_no_words_are_refused(tmp_path, content):
    file = tmp_path / "none.txt"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"none\.txt: expected search words.*Received: a file wi"):
        read_words(file)


def test_other_encodings_are_refused(tmp_path):
    file = tmp_path / "latin.txt"
    file.write_bytes("Küste".encode("latin-1"))
    with pytest.raises(ValueError, match="expected UTF-8 text"):
        read_words(file)
