"""The run folder: nothing half-written, nothing mixed."""

from __future__ import annotations

import pytest

from evenhand.align.runs import RunFolder, check_same
from evenhand.config.schema import Config
from evenhand.errors import StorageError
from evenhand.records.files import new_folder


def test_a_new_folder_appears_whole(tmp_path):
    with new_folder(tmp_path / "model") as folder:
        (folder / "weights").write_text("w")
        assert not (tmp_path / "model").exists()
    assert (tmp_path / "model" / "weights").read_text() == "w"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_failure_leaves_nothing(tmp_path):
    def interrupted() -> None:
        with new_folder(tmp_path / "model") as folder:
            (folder / "weights").write_text("w")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_a_kill_are_replaced(tmp_path):
    (tmp_path / ".model.part").mkdir()
    (tmp_path / ".model.part" / "half").write_text("h")
    with new_folder(tmp_path / "model") as folder:
        assert list(folder.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_an_existing_folder_is_left_alone(tmp_path):
    with pytest.raises(StorageError, match="exists already"), new_folder(tmp_path):
        pass


def test_a_disk_error_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(StorageError, match="cannot be written"),
        new_folder(tmp_path / "file" / "model"),
    ):
        pass


def test_a_run_is_claimed_once(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.claim({"pool": "a", "rollouts": "b"}, Config(seed=3))
    run.claim({"pool": "a", "rollouts": "b"}, Config(seed=3))
    assert run.read_config() == Config(seed=3)
    run.work.mkdir()
    with pytest.raises(StorageError, match="pool changed"):
        run.claim({"pool": "z", "rollouts": "b"}, Config(seed=3))


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StorageError, match="holds no run"):
        RunFolder(tmp_path).claim({"pool": "a"}, Config())


def test_a_run_is_used_only_when_finished_and_with_what_it_was_made_from(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.claim({"pool": "a", "matcher": "m"}, Config())
    with pytest.raises(StorageError, match="isn't finished"):
        run.read_finished()
    saved = run.read_digests()
    check_same(run.root, saved, {"pool": "a", "matcher": "m"})
    with pytest.raises(StorageError, match="matcher changed"):
        check_same(run.root, saved, {"pool": "a", "matcher": "other"})
