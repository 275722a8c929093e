"""Whether files are what they were: sealed folders, pinned weights, folders that are data alone.

A sealed document is written last and holds the digest of every file beside it (``written``) and of
itself (``seal``); it is no signature, since whoever changes a file can write a new seal. Weights
that Python packages carry are checked by SHA-256 at every load, before any library reads them.
Folders of weights whose files could have code run (pickled weights, classes to import, adapters,
kernels from elsewhere) are refused. Loads no model and imports no package of weights.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import tomllib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, cast

from evenhand.errors import ModelError, ModelRefused, StorageError
from evenhand.records.files import digest_file, digest_of, read_json, write_json

WRITTEN, SEAL = "written", "seal"
_NO_FILES = ("/proc/", "/sys/", "/dev/")
"""Folders of the system whose files are devices, or without end, whatever they say they are."""


def write_sealed(
    path: str | Path, document: Mapping[str, Any], files: Iterable[str | Path] = ()
) -> None:
    """Write a JSON document with the digests of files in its folder and its own."""
    folder = Path(path).parent
    named = {Path(each).relative_to(folder).as_posix(): Path(each) for each in files}
    digests = {name: digest_file(each) for name, each in sorted(named.items())}
    whole = {**document, WRITTEN: digests}
    write_json(path, {**whole, SEAL: digest_of(whole)})


def read_sealed(
    path: str | Path,
    again: str,
    *,
    needed: Iterable[str] = (),
    only: Callable[[str], bool] | None = None,
) -> dict[str, Any]:
    """A sealed document, once it and the files that it names are found to be as they were."""
    source = Path(path)
    if not is_regular(source):
        raise StorageError(f"{source}: there is no such file; put it back or {again}")
    document, digests = _parts(read_json(source), source, again)
    for name in needed:
        if name not in digests:
            raise StorageError(f"{source}: says nothing of {name}; put it back or {again}")
    wanted = {name: digest for name, digest in digests.items() if only is None or only(name)}
    for name, digest in wanted.items():
        file = source.parent / name
        if not is_regular(file):
            raise StorageError(f"{file}: there is no such file; put it back or {again}")
        if digest_file(file) != digest:
            raise StorageError(f"{file}: was changed after it was written; put it back or {again}")
    for stranger in _strangers(source.parent, wanted):
        raise StorageError(f"{stranger}: wasn't there when the folder was written; remove it")
    return document


def is_regular(path: str | Path) -> bool:
    """Whether there is a file that ends: no device, no pipe, and nothing that stands for one."""
    try:
        found = Path(path).resolve()
        return found.is_file() and not str(found).startswith(_NO_FILES)
    except (OSError, ValueError, RuntimeError):  # a loop of links, or no name for a file
        return False


def every_file(folder: Path, *, without: Iterable[str] = ()) -> list[Path]:
    """All files of a folder and below, but hidden ones and those in the folders ``without``."""
    left_out = set(without)
    found: list[Path] = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and parts[0] not in left_out and not hidden:
            found.append(path)
    return found


def _parts(found: object, source: Path, again: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The document and its digests, its own checked."""
    document = dict(cast("Mapping[str, Any]", found)) if isinstance(found, dict) else {}
    seal, digests = document.pop(SEAL, None), document.get(WRITTEN)
    if seal is None or not isinstance(digests, dict):
        raise StorageError(
            f"{source}: has no seal, so an earlier version or something else wrote it; {again}"
        )
    names = cast("dict[str, str]", digests)
    if seal != digest_of(document) or not all(map(_inside, names)):
        raise StorageError(f"{source}: was changed after it was written; put it back or {again}")
    del document[WRITTEN]
    return document, names


def _inside(name: str) -> bool:
    """Whether a name stays in the folder, on any system."""
    path = PurePosixPath(name)
    odd = {"..", "\\", ":"} & {*path.parts, *name}
    return bool(path.parts) and not path.is_absolute() and not odd


def _strangers(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """What stands beside the named files in folders below: libraries look at all of it."""
    known = {each for name in names for each in (PurePosixPath(name), *PurePosixPath(name).parents)}
    for below in sorted(each for each in known if each != PurePosixPath(".")):
        if (folder / below).is_dir():
            for path in sorted((folder / below).iterdir()):
                if not path.name.startswith(".") and below / path.name not in known:
                    yield path


@dataclass(frozen=True)
class PinnedWeights:
    """A model inside a Python package."""

    model: str  # what the model is called
    package: str  # import name of the package; it is located, never imported
    distribution: str  # its name for pip
    version: str  # the version that the digests are of
    files: Mapping[str, str]  # path inside the package to SHA-256, the weights first
    install: str  # what to run where it is missing or differs

    @property
    def weights(self) -> str:
        """Path of the weights inside the package."""
        return next(iter(self.files))

    def folder(self) -> Path | None:
        """The package's folder; None where it isn't installed."""
        spec = importlib.util.find_spec(self.package)
        found = list(spec.submodule_search_locations or ()) if spec else []
        return next((Path(one) for one in found if (Path(one) / self.weights).is_file()), None)

    def check(self) -> Path:
        """The package's folder, once every pinned file in it has been read and compared."""
        folder = self.folder()
        if folder is None:
            raise ModelError(f"the weights of {self.model} are not installed; run: {self.install}")
        for name, expected in self.files.items():
            path = folder / name
            if not path.is_file() or sha256_of(path) != expected:
                raise ModelError(
                    f"{self.model}: {path} isn't the file of {self.distribution}=="
                    f"{self.version} that evenhand knows (SHA-256 {expected[:16]}…), so it isn't "
                    f"loaded; run: {self.install} --force-reinstall"
                )
        return folder


_PINS = tomllib.loads(Path(__file__).with_name("weights.toml").read_text("utf-8"))
MINILM, SMOLLM2 = PinnedWeights(**_PINS["minilm"]), PinnedWeights(**_PINS["smollm2"])


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, read once a process while its size and time stay."""
    stat = path.stat()
    return _sha256(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=32)
def _sha256(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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


def refuse_no_folder(what: str, name: str, bundled: Iterable[str]) -> None:
    """Refuse a name that only a folder has and that none here has, before any network is tried.

    Args:
        what: What it was to be the folder of ("language model").
        name: As the user gave it; an absolute path, or from the folder that the command runs in.
        bundled: Names that stand for no folder.

    Raises:
        ModelRefused: It says what was looked for.
    """
    path = Path(name).expanduser()
    of_folder = name.startswith((".", "~")) or path.is_absolute() or name.endswith(("/", "\\"))
    of_folder = of_folder or "\\" in name or name.count("/") > 1  # a hub's has one slash at most
    if not path.exists() and (of_folder or ("/" in name and path.parent.is_dir())):
        raise ModelRefused(
            f"the {what} {name!r}: there is no such folder here (looked for {path.absolute()}); "
            f"name a folder of weights, a hub id (owner/name), or {' or '.join(bundled)}"
        )


@contextmanager
def as_data(folder: str | Path) -> Generator[None]:
    """Refuse a folder whose files could have code run, then let the block open it."""
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
    """Say so where a model that the library doesn't know names code of its own."""
    path = root / "config.json"
    if any(key == "auto_map" for key, _ in _pairs(_settings(path))):
        raise ModelRefused(
            f"{path}: names code of the model's own (auto_map), which evenhand never runs; "
            "choose a model that the library knows by itself"
        ) from cause


def require_data(root: Path, *, adapter: bool = False) -> None:
    """Refuse a folder whose files could have code run, or aren't there but for a pointer."""
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
