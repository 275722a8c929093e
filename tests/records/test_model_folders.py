"""Folders of weights from somebody else are opened as data, or refused before a library does."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

from evenhand.errors import ModelError
from evenhand.generate.model import load_language_model, load_tokenizer
from evenhand.match.dense import load_encoder

from ..planted import NAME, Plant
from ..tiny_llama import save_tiny_llama

CODE = dict.fromkeys(("AutoConfig", "AutoModelForCausalLM", "AutoTokenizer"), f"{NAME}.Planted")
ADAPTER = {
    "peft_type": "LORA",
    "base_model_name_or_path": "somewhere/else",
    "auto_mapping": {"base_model_class": "Planted", "parent_library": NAME},
}


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    return Plant(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_llama(
        tmp_path_factory.mktemp("model") / "tiny", ["a b c"], vocabulary=300, positions=64
    )


@pytest.fixture
def model(tiny: Path, tmp_path: Path, plant: Plant) -> Path:
    """A model of one's own with the code beside its weights."""
    folder = Path(shutil.copytree(tiny, tmp_path / "model"))
    plant.into(folder)
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text(plant.code)
    return folder


def change(path: Path, **changes: Any) -> None:
    found = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**found, **changes}))


def refused(folder: Path, load: Any = load_language_model) -> str:
    with pytest.raises(ModelError) as found:
        load(folder)
    assert "\n" not in str(found.value)
    return str(found.value)


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch '{self.mark}'",)


def test_a_plain_model_loads_whatever_code_lies_beside_it(model: Path, plant: Plant):
    change(model / "config.json", auto_map=CODE)
    change(model / "tokenizer_config.json", auto_map=CODE)
    loaded, _ = load_language_model(model)
    assert type(loaded).__module__.startswith("transformers.")
    assert type(load_tokenizer(model)).__module__.startswith("transformers.")
    assert not plant.ran


def test_a_kind_that_only_the_folder_knows(model: Path, plant: Plant, capfd):
    change(model / "config.json", auto_map=CODE, model_type="strange", architectures=["Strange"])
    said = refused(model)
    assert said.startswith(f"{model / 'config.json'}: names code of the model's own (auto_map)")
    assert capfd.readouterr().out == ""  # the library would ask whether to run it
    assert not plant.ran


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl", "model.ckpt"])
def test_pickled_weights_are_never_read(model: Path, plant: Plant, name: str):
    (model / "model.safetensors").unlink()
    (model / name).write_bytes(pickle.dumps({"x": Evil(plant.mark)}))
    assert refused(model).startswith(f"{model / name}: holds weights in a form that can run code")
    assert not plant.ran


def test_safetensors_are_read_where_both_are_there(model: Path, plant: Plant):
    (model / "pytorch_model.bin").write_bytes(pickle.dumps({"x": Evil(plant.mark)}))
    load_language_model(model)
    assert not plant.ran


def test_an_adapter_is_refused(model: Path, plant: Plant):
    change(model / "adapter_config.json", **ADAPTER)
    assert "adapter_config.json: is an adapter, which names another model" in refused(model)
    assert not plant.ran


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("attn_implementation", "somebody/kernel"),
        ("_attn_implementation", {"": "somebody/kernel:run"}),
        ("experts_implementation", "somebody/kernel"),
        ("trust_remote_code", True),
        ("use_safetensors", False),
    ],
)
def test_settings_that_ask_for_code(model: Path, key: str, value: object):
    change(model / "config.json", text_config={"deep": [{key: value}]})
    assert f"config.json: asks for code that isn't the library's ({key} is" in refused(model)


def test_what_is_no_file_is_not_waited_for(model: Path):
    os.mkfifo(model / "generation_config.json.tmp")
    assert "generation_config.json.tmp: is no file that can be read" in refused(model)
    assert "is no file that can be read" in refused(model, load_tokenizer)


def test_masked_models_are_opened_in_the_same_way(model: Path, plant: Plant):
    from evenhand.mitigate.ask import load_masked_model

    change(model / "adapter_config.json", **ADAPTER)
    assert "adapter_config.json: is an adapter" in refused(model, load_masked_model)
    assert not plant.ran


ENCODER = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_More", "type": "sentence_transformers.models.Dense"},
]


def encoder(folder: Path, parts: object, **more: Any) -> Path:
    folder.mkdir()
    (folder / "1_More").mkdir()
    (folder / "modules.json").write_text(json.dumps(parts))
    (folder / "1_More" / "config.json").write_text(json.dumps(more))
    return folder


@pytest.mark.parametrize(
    "kind",
    [
        f"{NAME}.Planted",
        f"sentence_transformers.{NAME}.Planted",
        "sentence_transformers.models.Router",
        "sentence_transformers_more.models.Dense",
        "os.system",
        "",
    ],
)
def test_an_encoder_whose_parts_are_not_the_library_s(tmp_path: Path, plant: Plant, kind: str):
    folder = encoder(tmp_path / "encoder", [ENCODER[0], {**ENCODER[1], "type": kind}])
    plant.into(folder)
    said = refused(folder, lambda path: load_encoder(str(path), None))
    assert said.startswith(f"{folder / 'modules.json'}: names {kind or 'no class'!r}")
    assert not plant.ran


@pytest.mark.parametrize("parts", [None, {}, 3, [3], ["planted"]])
def test_an_encoder_whose_list_of_parts_is_no_list(tmp_path: Path, parts: object):
    folder = encoder(tmp_path / "encoder", parts)
    assert "modules.json: names 'no class'" in refused(folder, lambda p: load_encoder(str(p), None))


def test_an_encoder_whose_part_names_a_function(tmp_path: Path, plant: Plant):
    folder = encoder(tmp_path / "encoder", ENCODER, activation_function=f"{NAME}.Planted")
    said = refused(folder, lambda path: load_encoder(str(path), None))
    assert "1_More/config.json: asks for code that isn't the library's" in said
    assert not plant.ran


def test_an_encoder_with_a_pickled_part(tmp_path: Path, plant: Plant):
    folder = encoder(tmp_path / "encoder", ENCODER)
    (folder / "1_More" / "pytorch_model.bin").write_bytes(pickle.dumps(Evil(plant.mark)))
    said = refused(folder, lambda path: load_encoder(str(path), None))
    assert "1_More/pytorch_model.bin: holds weights in a form that can run code" in said
    assert not plant.ran


def test_an_encoder_that_leaves_its_folder(tmp_path: Path):
    folder = encoder(tmp_path / "encoder", [{**ENCODER[0], "path": "../elsewhere"}])
    said = refused(folder, lambda path: load_encoder(str(path), None))
    assert "modules.json: names a place outside its folder" in said
