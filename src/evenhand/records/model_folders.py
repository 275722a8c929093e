"""Whether a folder of model weights is data alone, asked before a library opens it.

Weights come from elsewhere, and the libraries that read them load more than numbers where the
folder says so: pickled weights run code when they are read, ``modules.json`` names classes to
import, adapters and attention kernels name other places to load from. Such folders are refused.
Not a loader, and no judge of what a model says.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from evenhand.errors import ModelError, ModelRefused
from evenhand.records.seals import is_regular

_PICKLED = {".bin", ".ckpt", ".h5", ".joblib", ".msgpack", ".pickle", ".pkl", ".pt", ".pth"}
_PARTS = {
    "Dense",
    "Dropout",
    "LayerNorm",
    "Normalize",
    "Pooling",
    "Transformer",
    "WeightedLayerPooling",
}
"""Parts of an encoder that are made of numbers and of no further names."""
ADAPTER = "adapter_config.json"
"""Marks an adapter's folder."""
_LFS, _POINTER = b"version https://git-lfs", 1024
"""How a pointer begins, and bytes that none has."""
_LARGEST = 4 << 20
"""Bytes of a file of settings; vocabularies are larger and name no code."""


@contextmanager
def as_data(folder: str | Path) -> Generator[None]:
    """Refuse a folder whose files could have code run, then let the block open it.

    Where the block fails since the model needs code of its own, the error says so.

    Raises:
        ModelRefused: One sentence that names the file and what to do.
    """
    root = Path(folder)
    if not root.is_dir():
        yield
        return
    require_data(root)
    try:
        yield
    except Exception as cause:
        if not isinstance(cause, ModelError):
            refuse_own_code(root, cause)
        raise


def refuse_own_code(root: Path, cause: Exception | None = None) -> None:
    """Say so where a model that the library doesn't know names code of its own.

    Raises:
        ModelRefused: One sentence that names the file.
    """
    path = root / "config.json"
    if any(key == "auto_map" for key, _ in _pairs(_settings(path))):
        raise ModelRefused(
            f"{path}: names code of the model's own (auto_map), which evenhand never runs; "
            "choose a model that the library knows by itself"
        ) from cause


def require_data(root: Path, *, adapter: bool = False) -> None:
    """Refuse a folder whose files could have code run, or aren't there but for a pointer.

    Args:
        root: The folder.
        adapter: Whether it may be an adapter: its own numbers for another model.

    Raises:
        ModelRefused: One sentence that names the file and what to do.
    """
    for part in (root, *_parts_of(root)):
        if part.is_dir():
            _refuse_files(part)
            for path in sorted(part.glob("*.json")):
                if not (adapter and path.name == ADAPTER):
                    _refuse_names(path)


def _parts_of(root: Path) -> Iterator[Path]:
    """Folders of the parts of an encoder; a part that is no plain one is refused."""
    path = root / "modules.json"
    if not path.exists():
        return
    parts = _settings(path)
    for part in cast("list[object]", parts) if isinstance(parts, list) else [None]:
        told = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
        kind, place = str(told.get("type", "")), Path(str(told.get("path", "")))
        library, _, name = kind.partition(".")
        if library != "sentence_transformers" or name.rpartition(".")[2] not in _PARTS:
            raise ModelRefused(
                f"{path}: names {kind or 'no class'!r}, and evenhand loads only "
                f"{', '.join(sorted(_PARTS))} of sentence_transformers; choose another encoder"
            )
        if place.is_absolute() or ".." in place.parts:
            raise ModelRefused(f"{path}: names a place outside its folder; choose another encoder")
        if place != Path():
            yield root / place


def _refuse_files(folder: Path) -> None:
    """Weights as Python objects, files that don't end, and pointers in place of files."""
    plain = any(folder.glob("*.safetensors"))
    for path in sorted(folder.iterdir()):
        if not path.is_dir() and not is_regular(path):
            raise ModelRefused(f"{path}: is no file that can be read; remove it")
        if path.is_file() and path.stat().st_size < _POINTER and _is_pointer(path):
            raise ModelRefused(
                f"{path}: is a Git LFS pointer and not the file itself; run git lfs pull where the "
                "folder came from, or download the model again"
            )
        if path.suffix.lower() in _PICKLED and not plain:
            raise ModelRefused(
                f"{path}: holds weights in a form that can run code when it is read; save the "
                "model as safetensors (save_pretrained does) and name that folder"
            )


def _is_pointer(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_LFS)) == _LFS


def _refuse_names(path: Path) -> None:
    """Settings that have a library load from another place, or code."""
    if path.name == ADAPTER:
        raise ModelRefused(
            f"{path}: is an adapter, which names another model to load; merge it into its model "
            "(merge_and_unload), save that and name its folder"
        )
    for key, value in _pairs(_settings(path)):
        kernel = key.endswith(("attn_implementation", "experts_implementation"))
        activation = key == "activation_function" and "." in str(value)
        if (
            (key == "trust_remote_code" and value)
            or (key == "use_safetensors" and value is False)
            or (kernel and "/" in str(value))
            or (activation and not str(value).startswith("torch.nn."))
        ):
            raise ModelRefused(
                f"{path}: asks for code that isn't the library's ({key} is {value!r}), which "
                "evenhand never runs; take the setting out, or choose another model"
            )


def _settings(path: Path) -> object:
    """What a file of settings holds; None where it is none."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        return cast("object", json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):  # whoever loads it says what is wrong
        return None


def _pairs(found: object) -> Iterator[tuple[str, object]]:
    """Every key with its value, however deep."""
    waiting = [found]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key, below in cast("dict[str, object]", value).items():
                yield key, below
                waiting.append(below)
        elif isinstance(value, list):
            waiting += cast("list[object]", value)
