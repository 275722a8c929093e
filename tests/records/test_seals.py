"""Seals: what is changed, missing, added or no file is refused by name; nothing else is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from evenhand.errors import StorageError
from evenhand.records.files import digest_file, read_json
from evenhand.records.integrity import SEAL, every_file, is_regular, read_sealed, write_sealed

from ..planted import flip

DOCUMENT = {"kept": ["é", "b"], "seed": 3, "share": 0.1, "none": None}


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A folder of two files, one of them below, and the document that seals it."""
    folder = tmp_path / "a folder"
    (folder / "below").mkdir(parents=True)
    (folder / "one.json").write_text("{}\n")
    (folder / "below" / "two.bin").write_bytes(bytes(range(200)))
    write_sealed(folder / "done.json", DOCUMENT, every_file(folder))
    return folder / "done.json"


def test_what_was_written_is_read_back(sealed: Path):
    assert read_sealed(sealed, "again", needed=["one.json"]) == DOCUMENT
    held = read_json(sealed)
    assert held["written"] == {
        name: digest_file(sealed.parent / name) for name in ("below/two.bin", "one.json")
    }


def test_a_seal_says_nothing_of_where_it_is_and_is_always_the_same(sealed: Path, tmp_path: Path):
    other = sealed.parent.rename(tmp_path / "moved") / sealed.name
    assert read_sealed(other, "again") == DOCUMENT
    before = other.read_bytes()
    write_sealed(other, DOCUMENT, [path for path in every_file(other.parent) if path != other])
    assert other.read_bytes() == before
    assert str(tmp_path).encode() not in before


@pytest.mark.parametrize("name", ["one.json", "below/two.bin", "done.json"])
def test_every_bit_counts(sealed: Path, name: str):
    path = sealed.parent / name
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(StorageError) as refused:
            read_sealed(sealed, "make it again")
        # A document whose own list was changed may name a file that isn't there.
        assert name == "done.json" or str(refused.value).startswith(f"{path}: was changed")
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["one.json", "below/two.bin"])
@pytest.mark.parametrize("instead", ["nothing", "a pipe", "a device", "a folder"])
def test_what_is_no_file_is_refused_without_reading_it(sealed: Path, name: str, instead: str):
    path = sealed.parent / name
    path.unlink()
    if instead == "a pipe":
        os.mkfifo(path)
    elif instead == "a device":
        path.symlink_to("/dev/zero")
    elif instead == "a folder":
        path.mkdir()
    with pytest.raises(StorageError) as refused:
        read_sealed(sealed, "make it again")
    wanted = f"{path}: there is no such file; put it back or make it again"
    assert str(refused.value) == wanted


def test_a_file_that_was_added_beside_others_below_is_refused(sealed: Path):
    (sealed.parent / "mine.txt").write_text("the folder is its owner's")
    (sealed.parent / "below" / ".hidden").write_text("")
    assert read_sealed(sealed, "again") == DOCUMENT
    (sealed.parent / "below" / "adapter_config.json").write_text("{}")
    with pytest.raises(StorageError, match=r"adapter_config\.json: wasn't there when"):
        read_sealed(sealed, "again")


def test_a_part_can_be_checked_alone(sealed: Path):
    flip(sealed.parent / "below" / "two.bin")
    (sealed.parent / "below" / "strange").write_text("")
    assert read_sealed(sealed, "again", only=lambda name: name == "one.json") == DOCUMENT
    with pytest.raises(StorageError, match=r"two\.bin: was changed"):
        read_sealed(sealed, "again", only=lambda name: name.startswith("below/"))


def test_a_file_that_must_be_named_and_is_not(sealed: Path):
    with pytest.raises(StorageError, match=r"done\.json: says nothing of lean\.json; put it back"):
        read_sealed(sealed, "again", needed=["lean.json"])


@pytest.mark.parametrize("content", ["[]", "3", "{}", '{"written": {}}', json.dumps(DOCUMENT)])
def test_a_document_without_a_seal_says_how_to_make_a_new_one(sealed: Path, content: str):
    sealed.write_text(content)
    with pytest.raises(StorageError, match=r"done\.json: has no seal, .*; tune again$"):
        read_sealed(sealed, "tune again")


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "C:\\x", "below/../../x", ""])
def test_names_that_leave_the_folder_are_refused(sealed: Path, name: str):
    from evenhand.records.files import digest_of, write_json

    (sealed.parent.parent / "outside").write_text("x")
    whole = {**DOCUMENT, "written": {name: digest_of("x")}}
    write_json(sealed, {**whole, SEAL: digest_of(whole)})
    with pytest.raises(StorageError, match=r"done\.json: was changed"):
        read_sealed(sealed, "again")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no such system files here")
def test_files_of_the_system_are_no_files(tmp_path: Path):
    (tmp_path / "link").symlink_to("/proc/self/status")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "plain").write_text("")
    (tmp_path / "to plain").symlink_to(tmp_path / "plain")
    found = {name: is_regular(tmp_path / name) for name in ("link", "loop", "plain", "to plain")}
    assert found == {"link": False, "loop": False, "plain": True, "to plain": True}
    assert not is_regular("/dev/null")
    assert not is_regular("\0")
