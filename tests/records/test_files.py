"""Nothing is half-written, and a digest changes exactly when the content does."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import StorageError
from evenhand.records.files import (
    atomic_path,
    digest_file,
    digest_of,
    digest_texts,
    read_json,
    write_json,
    write_jsonl,
    write_parquet,
    write_text,
)


def leftovers(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_the_block_writes_beside_and_the_name_appears_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "new" / "table.parquet"
    with atomic_path(target) as temporary:
        assert temporary.suffix == ".parquet"
        assert temporary.parent == target.parent
        temporary.write_bytes(b"content")
        assert not target.exists()
    assert target.read_bytes() == b"content"
    assert leftovers(target.parent) == ["table.parquet"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), OSError(28, "full")])
def test_whatever_fails_the_old_file_stays_and_no_other(
    tmp_path: Path, error: BaseException
) -> None:
    target = tmp_path / "a.txt"
    target.write_text("before")

    def write_half() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half of")
            raise error

    expected = StorageError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        write_half()
    assert target.read_text() == "before"
    assert leftovers(tmp_path) == ["a.txt"]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [(errno.ENOSPC, "free some space"), (errno.EACCES, "permission"), (errno.EIO, "another path")],
)
def test_an_os_error_names_the_path_and_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    target = tmp_path / "out.json"
    with pytest.raises(StorageError, match=remedy) as caught:
        write_json(target, {"a": 1})
    assert str(caught.value).startswith(f"{target}: ")
    assert "\n" not in str(caught.value)
    assert leftovers(tmp_path) == []


LIMITED = """
import resource, sys
from evenhand.errors import StorageError
from evenhand.records import files
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
rows = [{"id": str(i), "text": f"{i * 7919 % 1013} {i * 104729 % 9973}"} for i in range(9000)]
for write, name in ((files.write_jsonl, "a.jsonl"), (files.write_json, "a.json"),
                    (files.write_parquet, "a.parquet")):
    try:
        write(sys.argv[1] + "/" + name, rows)
    except StorageError as error:
        print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs file size limits")
def test_a_real_limit_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    for line, name in zip(lines, ("a.jsonl", "a.json", "a.parquet"), strict=True):
        assert line.startswith(f"{tmp_path}/{name}: cannot be written: the file is larger than")
    assert leftovers(tmp_path) == []


def test_a_really_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("this user may not mount a small disk")
    try:
        write_text(disk / "old.txt", "before")
        with pytest.raises(StorageError, match="the disk is full; free some space"):
            write_text(disk / "old.txt", "x" * 200_000)
        assert (disk / "old.txt").read_text() == "before"
        assert leftovers(disk) == ["old.txt"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_folders_and_devices_are_refused_and_stay(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a folder"):
        write_text(tmp_path, "text")
    with pytest.raises(StorageError, match="device"):
        write_text("/dev/null", "text")
    assert Path("/dev/null").is_char_device()
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="is a file, not a folder"):
        write_text(tmp_path / "file" / "inside.txt", "text")


def test_a_link_keeps_pointing_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("before")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    write_text(tmp_path / "link.txt", "after")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "after"


def test_json_is_sorted_and_plain(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    write_json(target, {"b": np.float64(0.5), "a": [np.int64(1), np.arange(2)], "é": np.bool_(1)})
    assert target.read_text("utf-8") == (
        '{\n  "a": [\n    1,\n    [\n      0,\n      1\n    ]\n  ],\n  "b": 0.5,\n  "é": true\n}\n'
    )
    assert read_json(target) == {"a": [1, [0, 1]], "b": 0.5, "é": True}
    with pytest.raises(ValueError, match="JSON"):
        write_json(target, {"a": float("nan")})
    assert read_json(target)["b"] == 0.5


def test_json_lines_keep_order_and_odd_separators(tmp_path: Path) -> None:
    target = tmp_path / "a.jsonl"
    rows = [{"b": "x\u2028y\r\n", "a": 1}, {"a": None}]
    write_jsonl(target, iter(rows))
    lines = target.read_bytes().decode().split("\n")
    assert [json.loads(line) for line in lines[:-1]] == rows
    assert lines[0].startswith('{"b"')
    assert lines[-1] == ""


def test_parquet_takes_rows_columns_and_metadata(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", [{"a": 1}, {"a": 2}], metadata={"pool": "abc"})
    table = parquet.read_table(tmp_path / "a.parquet")
    assert table.to_pydict() == {"a": [1, 2]}
    assert table.schema.metadata[b"pool"] == b"abc"
    write_parquet(tmp_path / "b.parquet", table, metadata={"more": "d"})
    assert set(parquet.read_schema(tmp_path / "b.parquet").metadata) == {b"pool", b"more"}
    write_parquet(tmp_path / "c.parquet", {"a": [1, 2]})
    assert parquet.read_table(tmp_path / "c.parquet").to_pydict() == {"a": [1, 2]}


@pytest.mark.parametrize("content", [b"", b'{"a": 1', b"\xff\xfe", b"[" * 100_000])
def test_saved_json_that_is_damaged(tmp_path: Path, content: bytes) -> None:
    target = tmp_path / "state.json"
    target.write_bytes(content)
    with pytest.raises(StorageError, match="is not JSON") as caught:
        read_json(target)
    assert str(caught.value).startswith(str(target))


def test_saved_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such file"):
        read_json(tmp_path / "none.json")
    with pytest.raises(StorageError, match="cannot be read"):
        read_json(tmp_path)
    with pytest.raises(StorageError, match="cannot be read"):
        digest_file(tmp_path / "none.json")


def test_a_file_digest_is_of_its_bytes(tmp_path: Path) -> None:
    for name, content in (("a", b"one"), ("b", b"one"), ("c", b"two")):
        (tmp_path / name).write_bytes(content)
    first, same, other = (digest_file(tmp_path / name) for name in "abc")
    assert first == same != other


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(PLAIN)
def test_a_digest_ignores_the_order_of_keys(obj: object) -> None:
    def turned(value: object) -> object:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(list(value))}
        return [turned(item) for item in value] if isinstance(value, list) else value

    assert digest_of(obj) == digest_of(turned(obj))


@given(st.lists(st.text()), st.lists(st.text()))
def test_text_digests_differ_when_the_lists_do(first: list[str], second: list[str]) -> None:
    assert (digest_texts(first) == digest_texts(second)) == (first == second)


def test_digests_stay_what_they_were() -> None:
    assert digest_of({"a": [1, 2.5, "é", None]}) == digest_of({"a": (1, 2.5, "é", None)})
    assert digest_of({"a": np.arange(3)}) == digest_of({"a": [0, 1, 2]})
    assert digest_of({"a": 1}) == "2c6b113b8dd15ffbded9860b43eb0c6c"
    assert digest_texts(["ab", "c"]) != digest_texts(["a", "bc"])
