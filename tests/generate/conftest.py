"""A tiny random Llama with a byte-level tokenizer, and the real bundled model."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.errors import ModelError

from ..tiny_llama import CHAT, save_tiny_llama


def save_tiny_model(folder: Path, seed: int = 0, *, chat: str | None = CHAT) -> Path:
    """Three layers, grouped key heads, the bytes as vocabulary plus three special tokens."""
    return save_tiny_llama(
        folder,
        ["the driver and the cook know the city and the kitchen"],
        vocabulary=300,
        positions=1024,
        layers=3,
        spread=0.2,
        chat=chat,
        seed=seed,
    )


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def smollm() -> Path:
    """The bundled model, converted into the user's cache at the first run."""
    from evenhand.generate.model import find_language_model

    try:
        return find_language_model("smollm2-135m-instruct")
    except ModelError as missing:
        pytest.skip(str(missing))
