"""The verb probe: what it writes, for causal and masked models, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evenhand.errors import BadInput, ModelError
from evenhand.verbs.probe import is_masked, probe

from ..tiny_llama import save_tiny_llama


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_llama(
        tmp_path_factory.mktemp("probe"),
        ["Who was kind? Answer:"] * 3,
        vocabulary=300,
        positions=1024,
    )


def test_it_writes_figures_and_ids_and_no_texts(tiny: Path, tmp_path: Path):
    told: list[tuple[str, int, int]] = []
    found = probe(
        str(tiny),
        "gender",
        examples=6,
        out=tmp_path / "before.json",
        progress=lambda *step: told.append(step),
    )
    text = (tmp_path / "before.json").read_text()
    assert json.loads(text) == found
    assert found["probes"]["examples"] == 6
    assert found["metrics"]["examples"] == 6
    assert found["model"]["type"] == "causal"
    assert found["mitigation"] is None
    assert found["form"] == "shown"
    assert 0 < found["metrics"]["subject_mass"] < 1
    assert {"mu", "delta", "epsilon", "subject_mass"} <= set(found["metrics"]["intervals"])
    assert told[-1] == ("probing", 48, 48)
    assert str(tiny) not in text
    assert "Who " not in text


def test_the_same_seed_gives_the_same_bytes(tiny: Path, tmp_path: Path):
    for name in ("one", "two"):
        probe(str(tiny), "gender", examples=4, seed=3, out=tmp_path / name)
    assert (tmp_path / "one/probe.json").read_bytes() == (tmp_path / "two/probe.json").read_bytes()


def test_bad_asks_are_refused_before_a_model_is_loaded(tiny: Path, tmp_path: Path):
    with pytest.raises(BadInput, match="at least 1"):
        probe(str(tiny), "gender", examples=0, out=tmp_path)
    with pytest.raises(BadInput, match="unknown kind"):
        probe(str(tiny), "shoes", out=tmp_path)
    with pytest.raises(BadInput, match="folder"):
        probe(str(tiny), "gender", source="unqover", out=tmp_path)
    with pytest.raises(BadInput, match="form 'sung' is unknown"):
        probe(str(tiny), "gender", form="sung", examples=1, out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_models_are_told_apart_by_their_configuration(tmp_path: Path):
    config = tmp_path / "config.json"
    for name, masked in (("BertForMaskedLM", True), ("LlamaForCausalLM", False)):
        config.write_text(json.dumps({"architectures": [name]}))
        assert is_masked(tmp_path) is masked
    config.write_text(json.dumps({"architectures": ["BertModel"]}))
    with pytest.raises(ModelError, match="BertModel can't be asked"):
        is_masked(tmp_path)
