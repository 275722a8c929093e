"""A folder that holds no usable model is one sentence, the same in every verb, and exit 2."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from evenhand.config.schema import Config
from evenhand.errors import EvenhandError, LibraryMissing
from evenhand.generate.model import find_language_model, load_language_model, quiet
from evenhand.verbs.language_model import LanguageTools
from evenhand.verbs.mitigate import mitigate, probe

from ..tiny_kinds import save_tiny_kind

LORA = {
    "peft_type": "LORA",
    "task_type": "CAUSAL_LM",
    "r": 2,
    "lora_alpha": 4,
    "target_modules": ["q_proj"],
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_kind(tmp_path_factory.mktemp("models") / "plain", "llama")


@pytest.fixture
def copy(plain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(plain, tmp_path / "model"))


def probed(model: Path, out: Path) -> object:
    return probe(str(model), "gender", examples=2, out=out / "m.json")


def trained(model: Path, out: Path) -> object:
    return mitigate(str(model), ["gender"], Config(), out=out / "layer", prose=["a b c d"])


def opened(model: Path, out: Path) -> object:
    """What ``rewrite``, ``rollouts`` and ``demo`` begin with."""
    return LanguageTools.open(Config.model_validate({"model": {"name": str(model)}}))


VERBS = (probed, trained, opened)


def no_tokenizer(folder: Path) -> str:
    for path in folder.glob("*token*"):
        path.unlink()
    return "there is no tokenizer in the folder"


def empty_tokenizer(folder: Path) -> str:
    (folder / "tokenizer.json").unlink()
    return "there is no tokenizer in the folder|loading the tokenizer in .* failed"


def pointer(folder: Path) -> str:
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n"
    (folder / "model.safetensors").write_text(text)
    return r"model\.safetensors: is a Git LFS pointer and not the file itself; run git lfs pull"


def pointed_tokenizer(folder: Path) -> str:
    (folder / "tokenizer.json").write_text("version https://git-lfs.github.com/spec/v1\n")
    return r"tokenizer\.json: is a Git LFS pointer"


def pickled(folder: Path) -> str:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    return r"pytorch_model\.bin: holds weights in a form that can run code"


def no_weights(folder: Path) -> str:
    (folder / "model.safetensors").unlink()
    return "holds no safetensors"


def cut_weights(folder: Path) -> str:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:2000])
    return "loading the language model in .* failed: SafetensorError"


def classifier(folder: Path) -> str:
    config = json.loads((folder / "config.json").read_text())
    config["architectures"] = ["LlamaForSequenceClassification"]
    (folder / "config.json").write_text(json.dumps(config))
    return "a model of kind LlamaForSequenceClassification can't be asked"


def adapter_of_nothing(folder: Path) -> str:
    settings = {**LORA, "base_model_name_or_path": "somebody/something"}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    (folder / "config.json").unlink()
    return "is an adapter of 'somebody/something', which isn't at hand; save that model"


def other_adapter(folder: Path) -> str:
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "PREFIX_TUNING"}))
    return "is an adapter of type PREFIX_TUNING, and evenhand merges only LORA"


def short(folder: Path) -> str:
    shutil.rmtree(folder)
    save_tiny_kind(folder, "gpt2", positions=32)
    return "and the language model reads 32; "


BROKEN = (
    no_tokenizer,
    empty_tokenizer,
    pointer,
    pointed_tokenizer,
    pickled,
    no_weights,
    cut_weights,
    classifier,
    adapter_of_nothing,
    other_adapter,
    short,
)


@pytest.mark.parametrize("broken", BROKEN)
def test_every_verb_says_one_sentence(
    broken: Callable[[Path], str], copy: Path, tmp_path: Path
) -> None:
    wanted = broken(copy)
    for verb in VERBS:
        with pytest.raises(EvenhandError, match=wanted) as found:
            verb(copy, tmp_path)
        assert found.value.exit_code == 2, verb
        assert "\n" not in str(found.value)


def save_adapter(model: Path, folder: Path) -> Any:
    """An adapter that does something, as ``save_pretrained`` writes it."""
    from peft import LoraConfig, get_peft_model

    base, tokenizer = load_language_model(model)
    with quiet():
        shape = LoraConfig(r=2, target_modules=["q_proj", "v_proj"])
        adapted: Any = get_peft_model(base, shape)
    for name, weights in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.constant_(weights, 0.1)
    adapted.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return adapted


def test_an_adapter_is_loaded_onto_its_base(plain: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("EVENHAND_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "adapter"
    adapted = save_adapter(plain, folder)
    merged = find_language_model(str(folder))
    ids = torch.tensor([[5, 6, 7]])
    found, _ = load_language_model(merged)
    base, _ = load_language_model(plain)
    with torch.no_grad():
        wanted = adapted.eval()(input_ids=ids).logits
        torch.testing.assert_close(found(input_ids=ids).logits, wanted, atol=1e-5, rtol=1e-5)
        assert not torch.allclose(base(input_ids=ids).logits, wanted, atol=1e-2)
    made = (merged / "model.safetensors").stat().st_mtime_ns
    assert find_language_model(str(folder)) == merged
    assert (merged / "model.safetensors").stat().st_mtime_ns == made
    assert probed(folder, tmp_path)["model"]["type"] == "causal"  # pyright: ignore


def test_an_adapter_runs_no_code(plain: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("EVENHAND_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "adapter"
    save_adapter(plain, folder)
    path = folder / "adapter_config.json"
    named = {"megatron_core": "planted.code", "megatron_config": {"x": 1}}
    auto = {"base_model_class": "Planted", "parent_library": "planted.code"}
    path.write_text(json.dumps({**json.loads(path.read_text()), **named, "auto_mapping": auto}))
    find_language_model(str(folder))
    path.write_text(
        json.dumps({**json.loads(path.read_text()), "base_model_name_or_path": "adapter"})
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EvenhandError, match="is an adapter of 'adapter', which isn't at hand"):
        find_language_model(str(folder))


@pytest.mark.parametrize("numbers", ["8bit", "4bit"])
def test_quantised_weights_need_their_library(plain: Path, numbers: Any) -> None:
    said = f"loading weights in {numbers} needs bitsandbytes, which isn't installed; run: pip"
    with pytest.raises(LibraryMissing, match=said):
        load_language_model(plain, numbers)


def test_a_gpu_that_is_not_there(plain: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is one here")
    with pytest.raises(
        EvenhandError, match=r"model\.device is 'cuda', and torch finds no such GPU"
    ):
        load_language_model(plain, "auto", "cuda")
