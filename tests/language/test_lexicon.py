"""Word lists are data: every list is read by somebody, and says what it holds in words."""

from __future__ import annotations

import re
import tomllib

import pytest

from evenhand.language.lexicon import DATA, Lexicon, rows

WORDS = DATA / "words"
LANGUAGE = DATA.parent / "language"
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted(LANGUAGE.glob("*.py")))
OF_ONE_FILE = sorted(
    path.stem for path in WORDS.glob("*.toml") if (LANGUAGE / f"{path.stem}.py").is_file()
)
COLUMNS = {"phrases.tsv": 4, "verbs.tsv": 5, "fact_phrases.tsv": 3, "synonyms.txt": 1}


def lists(name: str) -> dict[str, object]:
    return tomllib.loads((WORDS / f"{name}.toml").read_text("utf-8"))


def test_every_file_has_a_reader():
    for path in WORDS.iterdir():
        name = path.stem if path.suffix == ".toml" else path.name
        assert f'"{name}"' in SOURCE or f'"{path.name}"' in SOURCE, path.name


@pytest.mark.parametrize("name", [*OF_ONE_FILE, "common"])
def test_every_list_is_words_phrases_or_groups_and_is_read(name: str):
    if name == "discrimination":
        return  # Its engine compiles all of it (tests of discrimination).
    reader = LANGUAGE / ("lexicon.py" if name == "common" else f"{name}.py")
    source = reader.read_text("utf-8")
    for key, value in lists(name).items():
        assert f'"{key}"' in source, f"{name}.{key} is read by nobody"
        texts = value if isinstance(value, list) else [value]
        texts = list(value.values()) if isinstance(value, dict) else texts
        texts = [t for one in texts for t in (one.values() if isinstance(one, dict) else [one])]
        assert texts
        assert all(isinstance(text, str) and text.strip() for text in texts), key


@pytest.mark.parametrize("name", OF_ONE_FILE)
def test_no_list_is_asked_for_that_is_not_there(name: str):
    source = (LANGUAGE / f"{name}.py").read_text("utf-8")
    asked = re.findall(r'_WORDS\.(?:words|phrases|pairs|by_word)\("(\w+)"\)', source)
    assert set(asked) <= lists(name).keys()


@pytest.mark.parametrize("name", COLUMNS)
def test_rows_have_their_columns(name: str):
    found = rows(name)
    assert found
    assert all(len(row) == COLUMNS[name] and all(row[:-1]) for row in found)
    assert len(set(found)) == len(found)


def test_a_list_is_read_as_words_phrases_and_groups():
    lexicon = Lexicon("facts")
    assert {"first", "tenth"} <= lexicon.words("ordinals")
    assert lexicon.by_word("units")["yrs"] == "year"
    assert "New York City" in Lexicon("posting").phrases("cities")
