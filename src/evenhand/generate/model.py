"""The language model as a folder of weights: found by name, converted once, digested, loaded.

A model is a folder of safetensors with its tokenizer. The bundled one is published as a
quantised GGUF file inside a Python package; it is converted once into the cache folder, so that
every later load takes a fraction of a second. Not a sampler and not a prompt; importing this file
loads no torch.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import logging
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evenhand.errors import (
    ModelError,
    ModelRefused,
    StorageError,
    boundary,
    require,
)
from evenhand.records.files import read_json, remove_leftovers, temporary
from evenhand.records.integrity import (
    ADAPTER,
    SMOLLM2,
    PinnedWeights,
    as_data,
    refuse_no_folder,
    refuse_own_code,
    require_data,
    sha256_of,
)
from evenhand.rehearsal import begin, is_rehearsal

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
NumberType = Literal["auto", "bfloat16", "float32", "8bit", "4bit"]
_QUANTISED = ("8bit", "4bit")
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""Names of processors' instructions in ``/proc/cpuinfo``."""


BUNDLED: dict[str, PinnedWeights] = {SMOLLM2.model: SMOLLM2}
"""Models that need no download of their own, by the name a configuration uses."""

_SUMS = "SHA256SUMS"
_SMOLLM2 = ("HuggingFaceTB/SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct")
"""What its adapters call the bundled model."""
_TOKENIZER = ("tokenizer", "vocab", "merges", "spiece", "sentencepiece")
"""How files begin without which there is no tokenizer; others may lie beside them."""
_BESIDE = ("special_tokens_map.json", "added_tokens.json", "chat_template.jinja")
_CAUSAL = ("ForCausalLM", "LMHeadModel", "WithLMHead", "GenerationDecoder")
"""How the library's causal models end."""
_LORA = (
    "r lora_alpha target_modules exclude_modules layers_to_transform layers_pattern rank_pattern "
    "alpha_pattern fan_in_fan_out bias lora_bias use_rslora use_dora modules_to_save "
    "target_parameters task_type"
).split()
"""Settings of an adapter that are numbers and names of layers; others may name code."""


def cache_folder() -> Path:
    """Where converted weights live: ``$EVENHAND_CACHE``, else ``~/.cache/evenhand``."""
    chosen = os.environ.get("EVENHAND_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "evenhand"


def number_type(asked: NumberType | bool, device: str) -> NumberType:
    """What is asked by name, or by whether it is bfloat16; ``auto`` by what the device has.

    A processor without the instructions emulates them: a layer of SmolLM2 takes 22 ms instead of
    5 (64 rows, one core with AVX2). Processors are told apart on Linux alone.
    """
    if asked in _QUANTISED:
        return asked
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

    ``name`` is a bundled name, a folder that holds a saved model, or a hub id. Bundled models are
    converted at the first call (about 15 seconds); hub models are downloaded by Hugging Face's own
    client into its own cache. The folder of a LoRA adapter stands for its base with the adapter
    merged into it, made once in the cache.
    """
    if name in BUNDLED:
        return _converted(name, BUNDLED[name])
    folder = Path(name).expanduser()
    refuse_no_folder("language model", name, BUNDLED)
    if not folder.is_dir():
        return _checked(_from_hub(name))
    if (folder / ADAPTER).is_file():
        return _merged(folder)
    if not (folder / "config.json").is_file():
        raise ModelRefused(
            f"the folder {name} holds no config.json; name a folder that save_pretrained wrote"
        )
    return _checked(folder)


def _checked(folder: Path) -> Path:
    """The folder, once it is sure that it holds data, weights, a tokenizer and a language model."""
    require_data(folder)
    weights_digest(folder)
    is_masked(folder)
    if not _has_tokenizer(folder):
        raise _no_tokenizer(folder)
    return folder


def _has_tokenizer(folder: Path) -> bool:
    return any(_of_tokenizer(path.name) for path in folder.iterdir())


def _of_tokenizer(name: str) -> bool:
    return name.startswith(_TOKENIZER) or name.endswith((".model", ".tiktoken"))


def _no_tokenizer(folder: Path) -> ModelRefused:
    return ModelRefused(
        f"there is no tokenizer in the folder {folder}; save the model's tokenizer there as well "
        "(its save_pretrained)"
    )


def is_masked(folder: Path) -> bool:
    """Whether the weights in ``folder`` are those of a masked language model."""
    names = read_json(folder / "config.json").get("architectures") or []
    if any(name.endswith("ForMaskedLM") for name in names):
        return True
    if not names or any(name.endswith(_CAUSAL) for name in names):
        return False
    refuse_own_code(folder)
    raise ModelRefused(
        f"a model of kind {names[0]} can't be asked; use a causal or a masked language model"
    )


def _converted(name: str, model: PinnedWeights) -> Path:
    """The cache folder of a bundled model."""
    source = model.check() / model.weights
    target = cache_folder() / "models" / f"{name}-{model.files[model.weights][:16]}"
    return _made(name, target, lambda folder: _convert(source, folder))


def _merged(folder: Path) -> Path:
    """The cache folder of an adapter merged into its base."""
    require_data(folder, adapter=True)
    settings = read_json(folder / ADAPTER)
    if settings.get("peft_type") != "LORA":
        raise ModelRefused(
            f"{folder / ADAPTER}: is an adapter of type {settings.get('peft_type')}, and evenhand "
            "merges only LORA; merge it into its model (merge_and_unload), save that and name its "
            "folder"
        )
    base = _base_of(folder, str(settings.get("base_model_name_or_path") or ""))
    kept = {name: settings[name] for name in _LORA if settings.get(name) is not None}
    digest = hashlib.sha256(f"{weights_digest(folder)}{weights_digest(base)}".encode()).hexdigest()
    target = cache_folder() / "models" / f"adapter-{digest[:16]}"
    return _made(f"the adapter {folder}", target, lambda out: _merge(folder, base, kept, out))


def _base_of(folder: Path, name: str) -> Path:
    """The model that an adapter belongs to; nothing is downloaded because an adapter names it."""
    if name in (SMOLLM2.model, *_SMOLLM2):
        return find_language_model(SMOLLM2.model)
    for place in (folder / name, Path(name).expanduser()):
        held = name and (place / "config.json").is_file()
        if held and not (place / ADAPTER).is_file():
            return find_language_model(str(place))
    raise ModelRefused(
        f"{folder / ADAPTER}: is an adapter of {name or 'no model'!r}, which isn't at hand; save "
        "that model to a folder and write it there as base_model_name_or_path, or merge the two "
        "(merge_and_unload), save that and name its folder"
    )


def _merge(folder: Path, base: Path, settings: dict[str, Any], out: Path) -> None:
    """Write the base with the adapter's numbers added, and the tokenizer of either."""
    peft = require("peft", "merging an adapter")
    model, tokenizer = load_language_model(base)
    with boundary(ModelRefused, f"merging the adapter {folder}"), quiet():
        config = peft.LoraConfig(**settings)
        merged = peft.PeftModel.from_pretrained(model, str(folder), config=config)
        merged.merge_and_unload().save_pretrained(out)
    if not _has_tokenizer(folder):
        tokenizer.save_pretrained(out)
        return
    for path in folder.iterdir():
        if _of_tokenizer(path.name) or path.name in _BESIDE:
            shutil.copyfile(path, out / path.name)
    load_tokenizer(out)


def _made(name: str, target: Path, make: Callable[[Path], None]) -> Path:
    """A folder of the cache, made where it isn't there, once its files are as they were made."""
    if not target.is_dir():
        _install(name, target, make)
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


def _install(name: str, target: Path, make: Callable[[Path], None]) -> None:
    """Make it beside the target, then rename; whoever renames first wins, all get the same."""
    begin()
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
        make(beside)
        (beside / _SUMS).write_text(_sums_of(beside), encoding="utf-8")
        try:
            beside.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    except OSError as cause:
        raise StorageError(f"{name} can't be saved in {target}: {cause}") from cause
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
    from huggingface_hub import model_info, snapshot_download

    try:
        with quiet():
            if is_rehearsal():
                model_info(name)
                begin()
            return Path(
                snapshot_download(
                    name, allow_patterns=["*.json", "*.safetensors", "*.model", "*.jinja", "*.txt"]
                )
            )
    except Exception as cause:
        raise ModelRefused(
            f"the language model {name!r} is neither a bundled name, a folder here (looked for "
            f"{Path(name).absolute()}), nor a hub model that can be reached "
            f"({type(cause).__name__}); use {SMOLLM2.model} ({SMOLLM2.install}) or a local folder"
        ) from cause


def weights_digest(folder: Path) -> str:
    """Hex digest of the weights, the configuration and the tokenizer in ``folder``."""
    files = tuple(
        (path.name, path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix in {".safetensors", ".json", ".jinja", ".model"}
    )
    if not any(name.endswith(".safetensors") for name, _, _ in files):
        raise ModelRefused(f"the folder {folder} holds no safetensors; save the model there first")
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

    ``folder`` is what ``find_language_model`` returned, or any folder of saved weights; ``8bit``
    and ``4bit`` need bitsandbytes.
    """
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    require_data(folder)
    if (folder / "config.json").is_file() and is_masked(folder):
        raise ModelRefused(
            f"{folder}: is a masked model, which can only be probed; name a causal one"
        )
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise ModelRefused(
            f"model.device is {device!r}, and torch finds no such GPU here; set it to 'cpu', or "
            "install a torch that was built for your GPU"
        )
    numbers = number_type(dtype, device)
    how: dict[str, Any] = {}
    if numbers in _QUANTISED:
        require("bitsandbytes", f"loading weights in {numbers}")
        asked: dict[str, Any] = {f"load_in_{numbers}": True}
        how["quantization_config"] = BitsAndBytesConfig(**asked)
        how["device_map"] = {"": device}
        # It says in every layer of every pass that it computes in 16 bits.
        logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    else:
        how["dtype"] = getattr(torch, numbers)
    with boundary(ModelRefused, f"loading the language model in {folder}"), opened(folder):
        model: Any = AutoModelForCausalLM.from_pretrained(folder, **how, **DATA_ALONE)
        if numbers not in _QUANTISED:
            model.to(device)
        model.eval().requires_grad_(False)
    return model, load_tokenizer(folder)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer saved beside the weights."""
    from transformers import AutoTokenizer

    if not _has_tokenizer(folder):
        raise _no_tokenizer(folder)
    with boundary(ModelRefused, f"loading the tokenizer in {folder}"), opened(folder):
        found = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        if not found("team", add_special_tokens=False)["input_ids"]:
            raise _no_tokenizer(folder)
        return found


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Have transformers open a folder of weights, quietly and as data."""
    with quiet(), as_data(folder):
        yield


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' bars, advice and deprecations off the terminal; errors still raise."""
    from transformers.utils import logging as library

    verbosity, bars = library.get_verbosity(), library.is_progress_bar_enabled()
    library.set_verbosity_error()
    library.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.filterwarnings("ignore", "fan_in_fan_out is set to False")  # and sets it
            yield
    finally:
        library.set_verbosity(verbosity)
        if bars:
            library.enable_progress_bar()
