"""The embedding cache: survives kills, other processes and bad files."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from evenhand.errors import StorageError
from evenhand.match.cache import VectorCache, platform_cache

WRITER = """
import sys, numpy as np
from pathlib import Path
from evenhand.match.cache import VectorCache
cache = VectorCache(Path(sys.argv[1]), "m", 8)
print("ready", flush=True)
for step in range(int(sys.argv[3])):
    keys = [f"{sys.argv[2]}-{step}-{n}".encode() for n in range(50)]
    cache.put({key: np.full(8, step, np.float32) for key in keys})
    print(step, flush=True)
"""


def vectors(*numbers: float) -> dict[bytes, np.ndarray]:
    return {f"k{n}".encode(): np.full(8, n, dtype=np.float32) for n in numbers}


def writer(folder: Path, name: str, steps: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), name, str(steps)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_was_put_is_got_by_another_cache_bit_for_bit(cache: Path):
    values = np.random.default_rng(0).standard_normal((3, 8)).astype(np.float32)
    known = {bytes([n]): row for n, row in enumerate(values)}
    VectorCache(cache, "m", 8).put(known)
    got = VectorCache(cache, "m", 8).get([*known, b"absent"])
    assert got.keys() == known.keys()
    assert all((got[key] == known[key]).all() for key in known)


def test_models_do_not_share(cache: Path):
    VectorCache(cache, "m", 8).put(vectors(1))
    assert VectorCache(cache, "other", 8).get([b"k1"]) == {}


def test_without_a_folder_memory_alone_remembers(tmp_path: Path):
    cache = VectorCache(None, "m", 8)
    cache.put(vectors(1))
    assert cache.get([b"k1"]).keys() == {b"k1"}
    assert VectorCache(None, "m", 8).get([b"k1"]) == {}
    assert not list(tmp_path.iterdir())


def test_memory_is_bounded_and_the_disk_knows_the_rest(cache: Path):
    small = VectorCache(cache, "m", 8, in_memory=2)
    small.put(vectors(1, 2, 3))
    assert len(small._memory) == 2
    assert small.get([b"k1"])[b"k1"][0] == 1
    forgetful = VectorCache(None, "m", 8, in_memory=2)
    forgetful.put(vectors(1, 2))
    forgetful.get([b"k1"])
    forgetful.put(vectors(3))
    assert forgetful.get([b"k1", b"k2", b"k3"]).keys() == {b"k1", b"k3"}


def test_more_keys_than_one_statement_takes(cache: Path):
    many = vectors(*range(1234))
    VectorCache(cache, "m", 8).put(many)
    assert len(VectorCache(cache, "m", 8).get(list(many))) == 1234


def test_kill_nine_leaves_whole_vectors_and_the_next_run_goes_on(cache: Path):
    process = writer(cache, "a", 100_000)
    assert process.stdout
    for line in process.stdout:
        if line.strip() == "20":
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    survivor = VectorCache(cache, "m", 8)
    keys = [f"a-{step}-{n}".encode() for step in range(20) for n in range(50)]
    got = survivor.get(keys)
    assert len(got) == len(keys)
    assert all(set(got[f"a-{step}-7".encode()]) == {float(step)} for step in range(20))
    survivor.put(vectors(5))
    assert VectorCache(cache, "m", 8).get([b"k5"])


def test_processes_write_side_by_side(cache: Path):
    running = [writer(cache, name, 15) for name in "abcd"]
    assert [process.communicate() and process.returncode for process in running] == [0] * 4
    keys = [f"{name}-{step}-{n}".encode() for name in "abcd" for step in range(15) for n in (0, 49)]
    assert len(VectorCache(cache, "m", 8).get(keys)) == len(keys)


def test_a_damaged_file_is_a_sentence_that_names_it(cache: Path):
    first = VectorCache(cache, "m", 8)
    assert first.path
    first.path.parent.mkdir(parents=True)
    first.path.write_bytes(b"this is no database" * 500)
    with pytest.raises(StorageError, match=r"m\.sqlite can't be used .* delete the file"):
        first.get([b"k1"])


@pytest.mark.parametrize("blob", [b"1234", np.full(8, np.nan, "<f4").tobytes()])
def test_a_damaged_vector_is_refused(cache: Path, blob: bytes):
    first = VectorCache(cache, "m", 8)
    first.put(vectors(1))
    assert first.path
    database = sqlite3.connect(first.path)
    database.execute("UPDATE vectors SET vector = ?", (blob,))
    database.commit()
    database.close()
    with pytest.raises(StorageError, match="isn't 8 finite numbers; delete the file"):
        VectorCache(cache, "m", 8).get([b"k1"])


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="EVENHAND_CACHE"):
        VectorCache(tmp_path / "file", "m", 8).put(vectors(1))


def test_a_full_disk_is_a_sentence_and_keeps_what_was_there(cache: Path, monkeypatch):
    VectorCache(cache, "m", 8).put(vectors(1))
    connect = sqlite3.connect

    def tight(*args, **options):
        database = connect(*args, **options)
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages}")
        return database

    monkeypatch.setattr(sqlite3, "connect", tight)
    with pytest.raises(StorageError, match=r"disk is full.*free disk space"):
        VectorCache(cache, "m", 8).put(vectors(*range(2, 5000)))
    monkeypatch.undo()
    assert VectorCache(cache, "m", 8).get([b"k1", b"k2"]).keys() == {b"k1"}


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("EVENHAND_CACHE", str(tmp_path))
    assert platform_cache() == tmp_path
    path = VectorCache("platform", "m", 8).path
    assert path == tmp_path / "embeddings" / "m.sqlite"
    monkeypatch.delenv("EVENHAND_CACHE")
    assert platform_cache() == Path.home() / ".cache" / "evenhand"


def test_a_small_read_takes_milliseconds(cache: Path):
    first = VectorCache(cache, "m", 384)
    rows = np.random.default_rng(0).standard_normal((2000, 384)).astype(np.float32)
    first.put({str(n).encode(): row for n, row in enumerate(rows)})
    start = time.perf_counter()
    assert len(VectorCache(cache, "m", 384).get([str(n).encode() for n in range(2000)])) == 2000
    assert time.perf_counter() - start < 2
    shutil.rmtree(cache)
