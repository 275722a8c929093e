"""Good files are read as they are, in all formats; jobs, people and ads."""

from __future__ import annotations

import codecs
import datetime
import json
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import RecordError
from evenhand.records.people import read_ad, read_jobs, read_people

Writer = Callable[[Path, Sequence[Mapping[str, object]]], Path]

ROWS = [
    {"id": "a", "title": "Baker", "text": "We bake, you bake.", "split": "train"},
    {"id": "b", "title": "", "text": 'A "quoted"\nword, in\r\ntwo lines', "split": "test"},
]


def test_jobs_in_every_format(tmp_path: Path, write: Writer) -> None:
    jobs = read_jobs(write(tmp_path / "jobs", ROWS))
    assert [job.id for job in jobs] == ["a", "b"]
    assert [job.text for job in jobs] == [row["text"] for row in ROWS]
    assert [job.title for job in jobs] == ["Baker", ""]
    assert [dict(job.fields) for job in jobs] == [{"split": "train"}, {"split": "test"}]
    assert jobs[0].group is None


def test_people_in_every_format(tmp_path: Path, write: Writer) -> None:
    pool = read_people(write(tmp_path / "people", ROWS))
    assert pool.ids == ("a", "b")
    assert pool.column("title").tolist() == ["Baker", ""]
    assert pool.column("split").tolist() == ["train", "test"]


names = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8
).filter(lambda name: name == name.strip() and name not in ("id", "text"))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
filled = texts.filter(lambda text: bool(text.strip()))


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, object]]:
    columns = draw(st.lists(names, unique=True, max_size=3))
    ids = draw(st.lists(filled, unique=True, min_size=1, max_size=5))
    return [
        {"id": name, "text": draw(filled), **{column: draw(texts) for column in columns}}
        for name in ids
    ]


@given(rows=tables())
@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_any_text_survives_in_any_format(
    kind: str, writers: dict[str, Writer], rows: list[dict[str, object]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pool = read_people(writers[kind](Path(folder) / "people", rows))
    back = [{"id": one.id, "text": one.text, **one.fields} for one in pool]
    assert back == rows


def test_other_columns_become_text(tmp_path: Path, writers: dict[str, Writer]) -> None:
    row = {
        "id": 7,
        "text": "x",
        "none": None,
        "yes": True,
        "count": 3,
        "share": 0.5,
        "skills": ["SQL", "ö"],
        "pay": {"b": 1, "a": None},
    }
    for kind in ("jsonl", "parquet"):
        (one,) = read_people(writers[kind](tmp_path / kind, [row]))
        assert one.id == "7"
        assert dict(one.fields) == {
            "none": "",
            "yes": "true",
            "count": "3",
            "share": "0.5",
            "skills": '["SQL", "ö"]',
            "pay": '{"a": null, "b": 1}',
        }


def test_parquet_has_more_types(tmp_path: Path, writers: dict[str, Writer]) -> None:
    row = {"id": "a", "text": b"bytes that are text", "day": datetime.date(2024, 3, 1)}
    (one,) = read_people(writers["parquet"](tmp_path / "people", [{**row, "score": float("nan")}]))
    assert one.text == "bytes that are text"
    assert dict(one.fields) == {"day": "2024-03-01", "score": ""}


def test_a_key_may_be_missing_in_some_lines(tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    path.write_text('{"id": "a", "text": "x"}\n\n{"id": "b", "text": "y", "split": "test"}\n')
    assert [job.fields["split"] for job in read_jobs(path)] == ["", "test"]
    assert [job.id for job in read_jobs(path, where={"split": "test"})] == ["b"]


@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".jsonl", ".ndjson"])
def test_byte_order_marks_and_line_ends_of_windows(tmp_path: Path, suffix: str) -> None:
    content = b"id,text\r\na,hello\r\n"
    if suffix in (".jsonl", ".ndjson"):
        content = b'{"id": "a", "text": "hello"}\r\n'
    path = tmp_path / f"jobs{suffix}"
    path.write_bytes(codecs.BOM_UTF8 + content)
    (job,) = read_jobs(path)
    assert (job.id, job.text) == ("a", "hello")


def test_mapping_gives_columns_our_names(tmp_path: Path, write: Writer) -> None:
    rows = [{"key": "a", "body": "x", "text": "old", "occ": "nurse"}]
    (job,) = read_jobs(
        write(tmp_path / "jobs", rows),
        mapping={"key": "id", "body": "text", "text": "old_text", "occ": "occupation_group"},
    )
    assert (job.id, job.text, job.group) == ("a", "x", "nurse")
    assert job.fields["old_text"] == "old"


def test_filters_must_all_hold(tmp_path: Path, write: Writer) -> None:
    rows = [
        {"id": f"{split}-{fold}", "text": "x", "s": split, "fold": fold}
        for split in ("train", "test")
        for fold in ("1", "2")
    ]
    path = write(tmp_path / "people", rows)
    mapping = {"s": "split"}
    assert len(read_people(path, mapping=mapping, where={"split": "test"})) == 2
    pool = read_people(path, mapping=mapping, where={"split": "test", "fold": "2"})
    assert pool.ids == ("test-2",)
    assert read_people(path, where={"id": "train-1"}).ids == ("train-1",)


def test_an_ad_of_thirty_thousand_words(tmp_path: Path, write: Writer) -> None:
    text = "Wir stellen ein 🎉. " * 7_500
    assert read_jobs(write(tmp_path / "jobs", [{"id": "a", "text": text}]))[0].text == text
    (tmp_path / "long.txt").write_text(text, "utf-8")
    assert read_ad(tmp_path / "long.txt").text == text


def test_a_plain_ad_keeps_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "my ad.txt"
    path.write_bytes(codecs.BOM_UTF8 + "Baker\r\n\r\nWe bake – daily.\n".encode())
    job = read_ad(path)
    assert (job.id, job.title, dict(job.fields)) == ("my ad", "", {})
    assert job.text == "Baker\r\n\r\nWe bake – daily.\n"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("ad.txt", b"", "the ad is empty"),
        ("ad.txt", b" \n\t", "the ad is empty"),
        ("ad.txt", b"fine\nnot fine \xe9\n", ":2: is not UTF-8"),
        ("ad.txt", b"x" * (4 * 1024 * 1024 + 1), "longer than 4 MiB"),
        ("ad.docx", b"PK", "is not a readable .docx file"),
    ],
)
def test_bad_ads(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RecordError, match=problem) as caught:
        read_ad(path)
    assert str(caught.value).startswith(str(path))


def test_seven_thousand_people_within_a_second(tmp_path: Path, write: Writer) -> None:
    rows = [
        {"id": f"p{number}", "text": "word " * 200, "gender": "female", "fold": "test"}
        for number in range(7_000)
    ]
    path = write(tmp_path / "people", rows)
    read_people(write(tmp_path / "warm", rows[:1]))
    seconds: list[float] = []
    for _ in range(3):
        start = time.process_time()
        assert len(read_people(path)) == 7_000
        seconds.append(time.process_time() - start)
    assert min(seconds) < 1.0


@pytest.mark.real_data
def test_the_real_ads_and_people(hiring_bench: Path) -> None:
    assert len(read_people(hiring_bench / "people.jsonl")) == 7_022
    jobs = read_jobs(hiring_bench / "jobs.jsonl", where={"split": "test"})
    lines = (hiring_bench / "jobs.jsonl").read_text("utf-8").split("\n")
    raw = [json.loads(line) for line in lines if line]
    written = [row["text"] for row in raw if row["split"] == "test"]
    read_otherwise = [text for job, text in zip(jobs, written, strict=True) if job.text != text]
    assert len(read_otherwise) <= len(jobs) // 50  # Markdown and soft hyphens, read as text
    assert all(re.search(r"^#|\*|<|\xad", text, re.M) for text in read_otherwise)
