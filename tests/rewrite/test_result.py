"""The file of rewritings: there and back, and what is said of one that was tampered with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import RecordError, StorageError
from evenhand.language.span import Edit
from evenhand.rewrite import Refusal, Rewrite, read_rewrites, write_rewrites

EDIT = Edit(4, 8, "lead", "guide", {"source": "model", "gates": {"facts": "same"}, "gain": 0.25})
CHANGED = Rewrite(
    "a",
    "You lead\u2028it.\x85\r\nNow 🎉",
    "You guide\u2028it.\x85\r\nNow 🎉",
    (EDIT,),
    (Refusal(4, 8, "lead", "rule", "facts", "adds 'rule'"),),
    2,
    1,
)
SAME = Rewrite("b", "Unchanged.", "Unchanged.")


def write_lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_there_and_back(tmp_path):
    path = tmp_path / "rewrites.jsonl"
    write_rewrites(path, [CHANGED, SAME])
    assert read_rewrites(path) == [CHANGED, SAME]
    lines = path.read_bytes().decode().rstrip("\n").split("\n")
    assert [set(json.loads(line)) for line in lines] == [
        {"id", "original", "rewritten", "edits", "refused", "proposals", "passed"}
    ] * 2
    assert json.loads(lines[0])["edits"] == [
        {"start": 4, "end": 8, "before": "lead", "after": "guide", "proof": dict(EDIT.proof)}
    ]


@settings(max_examples=40, deadline=None)
@given(text=st.text(min_size=1), after=st.text(), data=st.data())
def test_any_text_comes_back(text, after, data, tmp_path_factory):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, len(text)))
    edit = Edit(start, end, text[start:end], after, {})
    found = Rewrite("é", text, text[:start] + after + text[end:], (edit,))
    path = tmp_path_factory.mktemp("any") / "r.jsonl"
    write_rewrites(path, [found, SAME])
    assert read_rewrites(path) == [found, SAME]


def test_a_file_of_the_least_that_is_needed_is_read(tmp_path):
    least = {"id": "a", "original": "x", "rewritten": "x", "edits": []}
    assert read_rewrites(write_lines(tmp_path / "r.jsonl", least)) == [Rewrite("a", "x", "x")]


GOOD = CHANGED.to_json()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({**GOOD, "rewritten": "You rule\u2028it.\x85\r\nNow 🎉"}, "rewritten: the edits don't"),
        ({**GOOD, "original": "We lead it."}, "doesn't fit the text"),
        ({**GOOD, "edits": [{**GOOD["edits"][0], "start": 5}]}, "doesn't fit"),  # type: ignore[index]
        ({**GOOD, "edits": [GOOD["edits"][0]] * 2}, "doesn't fit"),  # type: ignore[index]
        ({**GOOD, "edits": [{"start": 1}]}, "isn't a rewriting"),
        ({**GOOD, "edits": 5}, "isn't a rewriting"),
        ({**GOOD, "edits": [7]}, "isn't a rewriting"),
        ({"id": "a"}, "isn't a rewriting"),
        (["a"], "isn't a rewriting"),
        (None, "isn't a rewriting"),
    ],
)
def test_a_tampered_line_is_named(tmp_path, bad, said):
    path = write_lines(tmp_path / "r.jsonl", SAME.to_json(), bad)
    with pytest.raises(RecordError, match=said) as error:
        read_rewrites(path)
    assert str(error.value).startswith(f"{path}:2: ")
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path in (tmp_path / "absent.jsonl", tmp_path):
        with pytest.raises(RecordError, match="can't be read"):
            read_rewrites(path)
    odd = tmp_path / "latin.jsonl"
    odd.write_bytes(b'{"id": "\xe9"}\n')
    with pytest.raises(RecordError, match="can't be read"):
        read_rewrites(odd)


def test_nothing_half_written_where_it_cannot_be_written(tmp_path):
    path = tmp_path / "r.jsonl"
    write_rewrites(path, [SAME])

    def failing():
        yield CHANGED
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="disk is full"):
        write_rewrites(path, failing())
    assert read_rewrites(path) == [SAME]
    assert list(tmp_path.iterdir()) == [path]
