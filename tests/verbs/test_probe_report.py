"""Two files of probes become a page only where they answer the same questions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evenhand.errors import BadInput, StorageError
from evenhand.records.integrity import write_sealed
from evenhand.verbs.mitigate import probe_report

from ..made_up_probes import probed, scores

BASE = probed(scores(0.4, 0.2, 0.1, 0.8))
Saved = Callable[..., Path]


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    """Write a probe, changed, under a name."""

    def save(name: str, **changed: Any) -> Path:
        path = tmp_path / name
        write_sealed(path, BASE | changed)
        return path

    return save


def test_the_page_and_its_sentences(saved: Saved, tmp_path: Path):
    after = probed(scores(0.2, 0.1, 0.05, 0.8), mitigation="e5")
    files = saved("before.json"), saved("after.json", **after)
    found = probe_report(*files, out=tmp_path / "new" / "report.html")
    page = (tmp_path / "new" / "report.html").read_bytes()
    assert found["sentences"][0] == (
        "Bias intensity μ: 0.400 (0.400 to 0.400) to 0.200 (0.200 to 0.200), a change of −0.200 "
        "(−0.200 to −0.200), 50% less; without preference it would be at most 0.202 and 0.101."
    )
    assert "none of which a layer is trained on" in page.decode()
    assert found["out"] == str(tmp_path / "new" / "report.html")
    assert page.startswith(b"<!doctype html>") or page.startswith(b"<!DOCTYPE html>")
    probe_report(*files, out=tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == page


def test_no_share_is_printed_where_intervals_overlap(saved: Saved, tmp_path: Path):
    after = probed(scores(0.2, 0.1, 0.05, 0.8), mitigation="e5")
    wide = {name: [0.05, 0.6] for name in ("mu", "delta", "epsilon", "subject_mass")}
    after["metrics"]["intervals"] = wide
    found = probe_report(saved("a.json"), saved("b.json", **after), out=tmp_path / "r.html")
    changes = found["sentences"][:3]
    assert not [said for said in changes if "less" in said or "%" in said]
    assert all("the intervals overlap, so no change is claimed" in said for said in changes)
    assert "a change of −0.200 (−0.350 to +0.200)" in changes[0]


def test_nothing_normalised_is_said_of_a_model_that_answers_something_else(
    saved: Saved, tmp_path: Path
):
    after = probed(scores(0.2, 0.1, 0.05, 0.003), mitigation="e5")
    assert after["metrics"]["mu"] is after["metrics"]["delta"] is None
    assert after["metrics"]["raw"]["mu"] > 0
    found = probe_report(saved("a.json"), saved("b.json", **after), out=tmp_path / "r.html")
    said = " ".join(found["sentences"])
    assert "Bias intensity μ: no change is given." in said
    assert "the two subjects hold 0.003 of the probability" in said
    assert probed(scores(0.2, 0.1, 0.05, 0.06))["metrics"]["mu"] > 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "religion"}, "kind is 'religion' and 'gender' in"),
        ({"seed": 1}, "seed is 1 and 0 in"),
        ({"form": "chat"}, "form is 'chat'"),
        ({"source": "unqover"}, "source is 'unqover'"),
        ({"probes": {**BASE["probes"], "digest": "p2"}}, "other probes were asked"),
        ({"model": {**BASE["model"], "digest": "d2"}}, "another model was asked"),
    ],
)
def test_probes_that_asked_otherwise_are_refused(
    saved: Saved, tmp_path: Path, changed: dict[str, Any], said: str
):
    with pytest.raises(BadInput, match=said) as refused:
        probe_report(saved("a.json"), saved("b.json", **changed), out=tmp_path / "r.html")
    assert str(tmp_path / "b.json") in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("content", [{}, {"metrics": 1}, BASE | {"metrics": {}}])
def test_what_is_no_probe_is_refused(saved: Saved, tmp_path: Path, content: dict[str, Any]):
    other = tmp_path / "other.json"
    write_sealed(other, content)
    with pytest.raises(BadInput, match=r"other\.json: isn't what evenhand probe writes"):
        probe_report(saved("a.json"), other, out=tmp_path / "r.html")


@pytest.mark.parametrize("text", ["[]", "{}", json.dumps(BASE)])
def test_a_probe_without_a_seal_is_refused(saved: Saved, tmp_path: Path, text: str):
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(StorageError, match=r"other\.json: has no seal.*; probe again$"):
        probe_report(saved("a.json"), tmp_path / "other.json", out=tmp_path / "r.html")


def test_a_file_that_is_not_there_or_no_json(saved: Saved, tmp_path: Path):
    with pytest.raises(StorageError, match="no such file"):
        probe_report(tmp_path / "none.json", saved("a.json"), out=tmp_path / "r.html")
    (tmp_path / "cut.json").write_text('{"kind"')
    with pytest.raises(StorageError, match="is not JSON"):
        probe_report(saved("a.json"), tmp_path / "cut.json", out=tmp_path / "r.html")
