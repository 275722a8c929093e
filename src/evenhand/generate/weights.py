"""Weights of the language model: found by name, converted once, digested, loaded.

A model is a folder of safetensors with its tokenizer. The bundled one is published as a
quantised GGUF file inside a Python package; it is converted once into the cache folder, so that
every later load takes a fraction of a second. Not a sampler and not a prompt.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evenhand.errors import ModelError, StorageError, boundary
from evenhand.records.leftovers import remove_leftovers, temporary
from evenhand.records.model_folders import as_data
from evenhand.records.pinned import SMOLLM2, PinnedWeights, sha256_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# Before any library of theirs is imported: what people run here is nobody's business.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

DATA_ALONE: dict[str, Any] = {
    "local_files_only": True,
    "trust_remote_code": False,
    "use_safetensors": True,
}
"""How transformers is told to load weights and to run nothing that comes with them."""
NumberType = Literal["auto", "bfloat16", "float32"]
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""Names of processors' instructions in ``/proc/cpuinfo``."""


BUNDLED: dict[str, PinnedWeights] = {SMOLLM2.model: SMOLLM2}
"""Models that need no download of their own, by the name a configuration uses."""

_SUMS = "SHA256SUMS"


def cache_folder() -> Path:
    """Where converted weights live: ``$EVENHAND_CACHE``, else ``~/.cache/evenhand``."""
    chosen = os.environ.get("EVENHAND_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "evenhand"


def number_type(asked: NumberType | bool, device: str) -> Literal["bfloat16", "float32"]:
    """What is asked by name, or by whether it is bfloat16; ``auto`` where the device has it.

    A processor without the instructions emulates them: a layer of SmolLM2 takes 22 ms instead of
    5 (64 rows, one core with AVX2). Processors are told apart on Linux alone.
    """
    if asked != "auto":
        return "bfloat16" if asked in (True, "bfloat16") else "float32"
    if device != "cpu":
        return "bfloat16"
    try:
        words = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        words = []
    return "float32" if _BFLOAT16.isdisjoint(words) else "bfloat16"


def find_language_model(name: str) -> Path:
    """The folder of safetensors that ``name`` stands for.

    Args:
        name: A bundled name, a folder that holds a saved model, or a hub id. Bundled models are
            converted at the first call (about 15 seconds); hub models are downloaded by
            Hugging Face's own client into its own cache.

    Raises:
        ModelError: The weights can't be found, or the conversion failed.
        StorageError: The cache folder can't be written.
    """
    if name in BUNDLED:
        return _converted(name, BUNDLED[name])
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ModelError(
                f"the folder {name} holds no config.json; name a folder that save_pretrained wrote"
            )
        return folder
    return _from_hub(name)


def _converted(name: str, model: PinnedWeights) -> Path:
    """The cache folder of a bundled model, converted where that hasn't happened yet, checked."""
    source = model.check() / model.weights
    target = cache_folder() / "models" / f"{name}-{model.files[model.weights][:16]}"
    if not target.is_dir():
        _install(source, target)
    sums = target / _SUMS
    if not sums.is_file() or sums.read_text(encoding="utf-8") != _sums_of(target):
        raise ModelError(
            f"the converted weights of {name} in {target} have changed since they were made, so "
            "they aren't loaded; remove that folder of the cache, it is made again"
        )
    return target


def _sums_of(folder: Path) -> str:
    """SHA-256 of every file, as ``sha256sum --check`` reads them."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != _SUMS)
    return "".join(f"{sha256_of(path)}  {path.name}\n" for path in files)


def _install(source: Path, target: Path) -> None:
    """Convert beside the target, then rename; whoever renames first wins, all get the same."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target.parent)
        beside = temporary(target, folder=True)
        beside.mkdir()
    except OSError as cause:
        raise StorageError(
            f"the folder {target.parent} can't be written ({cause}); set EVENHAND_CACHE to one "
            "that can"
        ) from cause
    try:
        _convert(source, beside)
        (beside / _SUMS).write_text(_sums_of(beside), encoding="utf-8")
        try:
            beside.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    except OSError as cause:
        raise StorageError(f"the converted model can't be saved in {target}: {cause}") from cause
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _convert(source: Path, folder: Path) -> None:
    """Write ``source`` (GGUF) as float32 safetensors with its tokenizer into ``folder``."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    unheard = contextlib.redirect_stderr(io.StringIO())
    with boundary(ModelError, f"converting {source.name}"), quiet(), unheard:
        where, file = str(source.parent), source.name
        tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=file)
        model: Any = AutoModelForCausalLM.from_pretrained(
            where, gguf_file=file, dtype=torch.float32
        )
        # The weights were dequantised on loading; saved as quantised they could not be reread.
        model.hf_quantizer = None
        model.is_quantized = False
        model.quantization_method = None
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        with quiet():
            return Path(
                snapshot_download(
                    name, allow_patterns=["*.json", "*.safetensors", "*.model", "*.jinja", "*.txt"]
                )
            )
    except Exception as cause:
        raise ModelError(
            f"the language model {name!r} is neither a bundled name, a folder, nor a hub model "
            f"that can be reached ({type(cause).__name__}); use {SMOLLM2.model} "
            f"({SMOLLM2.install}) or a local folder"
        ) from cause


def weights_digest(folder: Path) -> str:
    """Hex digest of the weights, the configuration and the tokenizer in ``folder``.

    Raises:
        ModelError: The folder holds no weights.
    """
    files = tuple(
        (path.name, path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix in {".safetensors", ".json", ".jinja", ".model"}
    )
    if not any(name.endswith(".safetensors") for name, _, _ in files):
        raise ModelError(f"the folder {folder} holds no safetensors; save the model there first")
    return _digest_of_files(folder.resolve(), files)


@functools.lru_cache(maxsize=32)
def _digest_of_files(folder: Path, files: tuple[tuple[str, int, int], ...]) -> str:
    """Digest by content; sizes and times only key the cache."""
    total = hashlib.sha256()
    for name, _, _ in files:
        with (folder / name).open("rb") as stream:
            total.update(name.encode() + b"\0")
            total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()


def load_language_model(
    folder: Path, dtype: NumberType = "float32", device: str = "cpu"
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model (evaluation mode, frozen) and its tokenizer.

    Args:
        folder: What ``find_language_model`` returned, or any folder of saved weights.
        dtype: Number type of the weights.
        device: A torch device.

    Raises:
        ModelError: The folder can't be loaded as a causal language model.
    """
    import torch
    from transformers import AutoModelForCausalLM

    with boundary(ModelError, f"loading the language model in {folder}"), opened(folder):
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=getattr(torch, number_type(dtype, device)), **DATA_ALONE
        )
        model.to(device).eval().requires_grad_(False)
    return model, load_tokenizer(folder)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer saved beside the weights.

    Raises:
        ModelError: The folder has no usable tokenizer.
    """
    from transformers import AutoTokenizer

    with boundary(ModelError, f"loading the tokenizer in {folder}"), opened(folder):
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Have transformers open a folder of weights, quietly and as data."""
    with quiet(), as_data(folder):
        yield


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' progress bars and advice off the terminal; errors still raise."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
