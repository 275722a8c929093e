"""Outputs: looked at first, held by one process, and a folder that is the old or the new one."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from evenhand.errors import BadInput, Stopped, StorageError
from evenhand.records import files, outputs
from evenhand.records.files import (
    Contents,
    atomic_path,
    atomic_paths,
    new_folder,
    whole_folder,
    write_text,
    write_texts,
)
from evenhand.records.outputs import hold, keeps, settle, writes

NAMES = ("a.json", "a.html", "tables/one.csv", "tables/two.csv")
CONTENTS = Contents(("a.*", "tables/*"), lambda folder: (folder / "a.json").read_text().split())


def make(folder: Path, word: str, names: tuple[str, ...] = NAMES) -> None:
    """Write a folder as a verb does; every file but the first holds the word."""
    with hold(folder, folder=CONTENTS), whole_folder(folder, CONTENTS) as target:
        write_text(target / "a.json", " ".join(names))
        for name in names[1:]:
            write_text(target / name, word)


def words(folder: Path) -> set[str]:
    """Whatever is in the files but the first; "?" where they aren't those the first names."""
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    files = {name for name in files if name != "notes/mine.txt" and not name.startswith(".tried.")}
    if files != set((folder / "a.json").read_text().split()):
        return {"?"}
    return {(folder / name).read_text() for name in files - {"a.json"}}


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.fixture(params=["in one step", "in two"])
def swapping(request, monkeypatch) -> str:
    """With and without a system that swaps folders."""
    if request.param == "in two":
        monkeypatch.setattr(files, "_exchanged", lambda *_: False)
    return request.param


# A folder as one.


def test_only_the_new_files_are_there_and_others_stay_untouched(tmp_path, swapping):
    out = tmp_path / "out"
    make(out, "old")
    (out / "notes").mkdir(mode=0o700)
    (out / "notes" / "mine.txt").write_text("mine")
    (out / "empty").mkdir()
    (out / "link").symlink_to("notes")
    before = (out / "notes" / "mine.txt").stat()
    make(out, "new", NAMES[:3])
    assert (out / "notes" / "mine.txt").stat().st_ino == before.st_ino
    assert (out / "notes").stat().st_mode & 0o777 == 0o700
    assert (out / "empty").is_dir()
    assert os.readlink(out / "link") == "notes"
    assert not (out / "tables" / "two.csv").exists()
    assert (out / "tables" / "one.csv").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["a.html", "tables/mine.csv"])
def test_what_somebody_else_put_where_we_write_is_refused_before_any_work(tmp_path, name):
    out = tmp_path / "out"
    make(out, "old", ("a.json",))
    write_text(out / name, "mine")
    with pytest.raises(BadInput, match=f"{name} stands where this command writes"):
        make(out, "new")
    assert (out / name).read_text() == "mine"
    assert (out / "a.json").read_text() == "a.json"


def test_the_folder_one_is_in_is_not_pulled_away(tmp_path, monkeypatch):
    make(tmp_path / "out", "old")
    monkeypatch.chdir(tmp_path / "out" / "tables")
    with pytest.raises(BadInput, match="is the folder you are in"):
        make(Path(".."), "new")
    assert words(tmp_path / "out") == {"old"}


def test_a_failure_leaves_the_old_folder(tmp_path, swapping):
    out = tmp_path / "out"
    make(out, "old")

    def fail() -> None:
        with whole_folder(out, CONTENTS) as target:
            write_text(target / "a.json", "half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert words(out) == {"old"}
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("step", ["rename", "replace", "link", "mkdir", "fsync"])
def test_a_disk_that_fails_at_any_step_leaves_the_old_folder(tmp_path, monkeypatch, swapping, step):
    out = tmp_path / "out"
    make(out, "old")
    write_text(out / "notes" / "mine.txt", "mine")
    real, failed = getattr(os, step), 0
    for number in range(40):
        calls = 0

        def call(*given, number=number, **more):
            nonlocal calls
            calls += 1
            if calls == number + 1 and step != "link":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*given, **more)

        with monkeypatch.context() as patch:
            patch.setattr(os, step, call)
            try:
                make(out, "new")
            except StorageError as error:
                failed += "the disk is full" in str(error)
        assert words(out) in ({"old"}, {"new"})
        assert (out / "notes" / "mine.txt").read_text() == "mine"
        assert hidden(tmp_path) == []
        if calls <= number:
            break
    assert words(out) == {"new"}
    assert failed or step in ("link", "rename")


KILLED = """
import os, signal, sys
sys.path.insert(0, {here!r})
from test_folders import NAMES, files, hidden, make, settle, words, write_text
from pathlib import Path

home, two = Path(sys.argv[1]), sys.argv[2] == "in two"
out, mine = home / "out", home / "out" / "notes" / "mine.txt"
if two:
    files._exchanged = lambda *_: False

def killed_at(number):
    def traced(real):
        def call(*given, **more):
            nonlocal number
            if number == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            number -= 1
            return real(*given, **more)
        return call
    for name in ("rename", "replace", "link", "mkdir", "rmdir", "unlink", "fsync", "scandir"):
        setattr(os, name, traced(getattr(os, name)))
    files._exchanged = traced(files._exchanged)
    make(out, "new", NAMES[:3])

make(out, "old")
write_text(mine, "mine")
seen, number, status = [], 0, None
while status != 0:
    child = os.fork()
    if child == 0:
        killed_at(number)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), status
    assert two or out.is_dir()  # whoever looks, without us
    settle(out)
    seen += words(out)
    assert mine.read_text() == "mine"
    make(out, "old")
    assert words(out) == {{"old"}}
    assert mine.read_text() == "mine"
    assert hidden(home) == [], hidden(home)
    number += 1
print(number, *sorted(set(seen)))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be copied")
@pytest.mark.parametrize("how", ["in one step", "in two"])
def test_a_kill_at_any_step_leaves_one_whole_folder(tmp_path, how):
    """Every call that changes or reads a folder is the last of a process once."""
    program = KILLED.format(here=str(Path(__file__).parent))
    command = [sys.executable, "-c", program, str(tmp_path), how]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    number, *seen = done.stdout.split()
    assert seen == ["new", "old"]
    assert int(number) > 40


def test_a_reader_finds_the_old_folder_that_a_kill_left_beside_its_place(tmp_path):
    out = tmp_path / "out"
    make(out, "old")
    host = files._host()
    out.rename(tmp_path / f".out.99999999-00000000-{host}-00000000.old")
    (tmp_path / f".out.99999999-00000000-{host}-00000001.part").mkdir()
    settle(out)
    assert words(out) == {"old"}
    assert hidden(tmp_path) == []


# Files that belong together.


def test_two_files_are_never_of_two_writings(tmp_path, monkeypatch):
    pair = {tmp_path / "main": "old", tmp_path / "main.stats": "old"}
    new = dict.fromkeys(pair, "new")
    for step in ("fsync", "replace"):
        real = getattr(os, step)
        for number in range(8):
            write_texts(pair)
            left = number

            def call(*given, real=real):
                nonlocal left
                left -= 1
                if left < 0:
                    raise KeyboardInterrupt
                return real(*given)

            with monkeypatch.context() as patch:
                patch.setattr(os, step, call)
                with suppress(KeyboardInterrupt):
                    write_texts(new)
            there = {path.read_text() for path in pair if path.exists()}
            assert len(there) == 1
            assert (tmp_path / "main").exists()
            assert hidden(tmp_path) == []


def test_a_full_disk_in_the_second_of_two_leaves_both(tmp_path):
    write_texts({tmp_path / "a": "old", tmp_path / "b": "old"})

    def write() -> None:
        with atomic_paths(tmp_path / "a", tmp_path / "b") as (first, second):
            first.write_text("new")
            second.write_text("half")
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(StorageError, match="the disk is full"):
        write()
    assert (tmp_path / "a").read_text() == (tmp_path / "b").read_text() == "old"


# Before any work.


@pytest.mark.parametrize(
    ("path", "folder", "said"),
    [
        ("file", True, "is a file; name a folder"),
        ("file/below/out", True, "a part of the path is a file"),
        ("file/below.json", False, "a part of the path is a file"),
        ("folder", False, "is a folder; name a file"),
        ("x" * 300, True, "the name is too long"),
    ],
)
def test_a_path_that_can_hold_no_output_is_bad_input(tmp_path, path, folder, said):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadInput, match=said), hold(tmp_path / path, folder=folder):
        pytest.fail("work was begun")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_device_is_no_output():
    with pytest.raises(BadInput, match="is a device"), hold("/dev/null"):
        pytest.fail("work was begun")


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_place_that_refuses_the_first_file_is_said_before_work(tmp_path, monkeypatch, number):
    real = os.open

    def refuse(path, flags, *more, **other):
        if flags & os.O_CREAT and str(path).startswith(str(tmp_path)):
            raise OSError(number, os.strerror(number))
        return real(path, flags, *more, **other)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StorageError, match="cannot be written"), hold(tmp_path / "new" / "out"):
        pytest.fail("work was begun")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_only_be_read_is_said_before_work(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != out)
    with pytest.raises(StorageError, match="permission denied"), hold(out, folder=True):
        pytest.fail("work was begun")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_really_read_only_folder(tmp_path):
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    for path, folder in ((out, True), (out / "x.json", False)):
        with pytest.raises(StorageError, match="permission denied"), hold(path, folder=folder):
            pytest.fail("work was begun")


def test_folders_made_for_an_output_go_where_nothing_is_written(tmp_path):
    with hold(tmp_path / "a" / "b" / "out.json"):
        pass
    assert list(tmp_path.iterdir()) == []
    with hold(tmp_path / "a" / "b" / "out.json"):
        write_text(tmp_path / "a" / "b" / "out.json", "x")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["out.json"]


# One process at a time.

HOLDER = """
import sys, time
from evenhand.records.outputs import hold
with hold(sys.argv[1], folder=True):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "out")], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.wait(timeout=30)
    child.stdout.close()


def test_a_second_process_is_refused_with_the_firsts_id_until_that_is_gone(tmp_path, holder):
    out = tmp_path / "out"
    said = rf"is being written by process {holder.pid} since \d{{4}}-\d\d-\d\d \d\d:\d\d"
    with pytest.raises(StorageError, match=said), hold(out, folder=True):
        pytest.fail("both hold it")
    with pytest.raises(StorageError, match=said), hold(tmp_path / "x" / ".." / "out", folder=True):
        pytest.fail("both hold it")
    with hold(tmp_path / "other", folder=True):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait(timeout=30)
    assert hidden(tmp_path) == [".out.lock"]
    with hold(out, folder=True):
        assert f"process {os.getpid()} " in (tmp_path / ".out.lock").read_text()
    assert list(tmp_path.iterdir()) == []


def test_what_this_process_holds_may_be_held_again_within(tmp_path):
    with hold(tmp_path / "out", folder=True):
        with hold(tmp_path / "out", folder=True):
            pass
        assert hidden(tmp_path) == [".out.lock"]
    assert list(tmp_path.iterdir()) == []


def test_many_at_once_hold_it_one_after_the_other(tmp_path):
    """A lock that is taken away while another opens it must not be held by two."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom evenhand.errors import StorageError\n"
        "from evenhand.records.outputs import hold\nout = Path(sys.argv[1])\nheld = 0\n"
        "while held < 60:\n"
        "    try:\n"
        "        with hold(out):\n"
        "            inside = out.with_name('inside')\n"
        "            inside.touch(exist_ok=False)\n"
        "            inside.unlink()\n"
        "            held += 1\n"
        "    except StorageError:\n"
        "        pass\n"
    )
    many = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "o")]) for _ in "123"]
    assert [child.wait(timeout=120) for child in many] == [0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_locks_is_written_all_the_same(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(outputs.fcntl, "flock", refuse)
    with hold(tmp_path / "out"):
        write_text(tmp_path / "out", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


# Leftovers.

WRITER = """
import sys, time
from evenhand.records.files import atomic_path
with atomic_path(sys.argv[1]) as written:
    written.write_text("whole ads")
    print(written.name, flush=True)
    time.sleep(60)
"""


def test_leftovers_of_the_dead_go_with_the_next_output_and_the_livings_stay(tmp_path):
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / name)], stdout=subprocess.PIPE, text=True
        )
        for name in ("dead.jsonl", "alive.jsonl")
    ]
    dead, alive = (child.stdout.readline().strip() for child in children if child.stdout)
    try:
        children[0].kill()
        children[0].wait(timeout=30)
        assert sorted(hidden(tmp_path)) == sorted([dead, alive])
        with hold(tmp_path / "another.json"):
            assert sorted(hidden(tmp_path)) == sorted([alive, ".another.json.lock"])
    finally:
        for child in children:
            child.kill()
            child.wait(timeout=30)
            assert child.stdout is not None
            child.stdout.close()


def test_leftovers_from_elsewhere_go_only_with_the_output_they_were_for(tmp_path):
    """Another machine on a shared disk may be at it: only its lock tells."""
    theirs = tmp_path / ".rw.17-0123abcd-0123abcd-0123abcd.part.jsonl"
    plain = tmp_path / ".rw.9b1de2f0.part.jsonl"
    for path in (theirs, plain):
        path.write_text("whole ads")
    with hold(tmp_path / "other.jsonl"):
        pass
    assert theirs.exists()
    assert plain.exists()
    with hold(tmp_path / "rw.jsonl"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_files_that_only_look_like_it_stay(tmp_path):
    out = tmp_path / "out"
    kept = [tmp_path / ".out", tmp_path / "out.part", tmp_path / ".outer.abcd.part.jsonl"]
    kept += [out / ".song.part", out / "a.part"]
    for path in kept:
        write_text(path, "mine")
    with hold(out, folder=True):
        pass
    assert all(path.read_text() == "mine" for path in kept)


def test_a_long_name_leaves_room_for_who_writes(tmp_path):
    for name in ("é" * 100 + ".jsonl", "x" * 230 + ".json"):
        with hold(tmp_path / name), atomic_path(tmp_path / name) as written:
            written.write_text("x")
        assert (tmp_path / name).read_text() == "x"


# Stopped.


def test_what_was_kept_is_what_the_innermost_says_and_else_what_is_there(tmp_path):
    def stop(*paths: Path, inner: str = "", text: str = "") -> str:
        def work() -> None:
            with hold(*paths):
                if text:
                    write_text(paths[0], text)
                if inner:
                    with hold(tmp_path / "inner", folder=True):
                        keeps(tmp_path / "inner", lambda: inner)
                        raise Stopped(15)
                raise Stopped(15)

        with pytest.raises(Stopped) as caught:
            work()
        return caught.value.kept

    out = tmp_path / "out.json"
    assert stop() == "nothing was written"
    assert stop(out) == "nothing was written"
    out.write_text("old")
    assert stop(out) == f"nothing was written, {out} is as it was"
    assert stop(out, inner="3 of 4 are kept") == "3 of 4 are kept"
    assert stop(out, text="new") == f"{out} was written whole"


def test_a_function_holds_what_its_arguments_name(tmp_path):
    @writes("out", "html")
    def verb(out: Path, html: Path | None = None) -> list[str]:
        return sorted(hidden(tmp_path))

    assert verb(tmp_path / "a") == [".a.lock"]
    assert verb(tmp_path / "a", html=tmp_path / "b") == [".a.lock", ".b.lock"]
    refused = pytest.raises(StorageError, match="exists already and is left as it is")
    with refused, new_folder(tmp_path):
        pass
