"""The verb probe: what it writes, for causal and masked models, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evenhand.errors import BadInput, ModelError
from evenhand.generate.model import is_masked
from evenhand.records.integrity import read_sealed
from evenhand.verbs.mitigate import probe

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
    assert read_sealed(tmp_path / "before.json", "probe again") == found
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


def test_held_out_probes_share_nothing_with_those_that_layers_are_trained_on(tiny, tmp_path: Path):
    asked = {
        side: probe(str(tiny), "gender", examples=8, side=side, out=tmp_path / f"{side}.json")
        for side in ("held-out", "training", "all")
    }
    by_default = probe(str(tiny), "gender", examples=8, out=tmp_path / "d.json")
    assert by_default["probes"] == asked["held-out"]["probes"]
    held, trained, whole = (asked[side]["probes"] for side in ("held-out", "training", "all"))
    for name in ("template_ids", "attribute_ids"):
        assert not set(held[name]) & set(trained[name])
    assert held["templates"] + trained["templates"] == whole["templates"]
    assert whole["possible"] > held["possible"] + trained["possible"]


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


def test_a_trained_layer_is_attached_and_named_by_its_digest(tiny: Path, tmp_path: Path):
    import torch

    from evenhand.generate.model import load_language_model
    from evenhand.mitigate.layer import LayerConfig, MitigationLayer

    weights = load_language_model(tiny)[0].get_output_embeddings().weight
    layer = MitigationLayer(LayerConfig(weights.shape[1], len(weights), top_k=64), weights)
    torch.manual_seed(0)
    for part in layer.parameters():
        part.data.normal_(0.0, 2.0)
    (tmp_path / "run").mkdir()
    layer.save(tmp_path / "run")
    before = probe(str(tiny), "gender", examples=4, out=tmp_path / "before.json")
    after = probe(
        str(tiny), "gender", examples=4, mitigation=tmp_path / "run", out=tmp_path / "after.json"
    )
    assert after["mitigation"] == layer.digest()
    assert after["probes"] == before["probes"]
    assert after["metrics"]["subject_mass"] != before["metrics"]["subject_mass"]


def test_a_masked_model_is_asked_with_gaps(tmp_path: Path):
    import string

    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

    letters = string.ascii_lowercase + ".,?'-"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, ":"]
    vocabulary = {word: at for at, word in enumerate([*words, *(f"##{x}" for x in letters)])}
    inner = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    inner.normalizer = normalizers.BertNormalizer()
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    PreTrainedTokenizerFast(
        tokenizer_object=inner, **{f"{name}_token": word for name, word in special.items()}
    ).save_pretrained(tmp_path / "bert")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=32,
        max_position_embeddings=512,
    )
    BertForMaskedLM(config).save_pretrained(tmp_path / "bert")
    found = probe(str(tmp_path / "bert"), "gender", examples=2, out=tmp_path / "masked.json")
    assert found["model"]["type"] == "masked"
    assert found["form"] == "mask"
    assert found["metrics"]["subject_mass"] > 0
