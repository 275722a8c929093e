"""Engines, ads and people for the tests of matching."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evenhand.match.dense import Encoder, SentenceModel, find_encoder
from evenhand.records.job import Job
from evenhand.records.people import Document

TEXTS = (
    "I keep the books of a small bakery and prepare its yearly accounts.",
    "Ten years of audits for hospitals, now treasurer of a rowing club.",
    "Novelist and editor; I teach short stories on weekends.",
    "Reporter for a regional paper, mostly courts and budgets.",
    "Counsellor at a school: grief, exams, and quarrels.",
    "I write device drivers in C and test them on real boards.",
    "Payroll clerk, exact with deadlines, fond of spreadsheets 📊.",
    "مترجمة ومحررة، أعمل مع دور نشر صغيرة منذ سنوات.",
)
ADS = (
    ("books", "We seek an accountant to keep our books and prepare statements.", "accounting"),
    ("words", "Write and edit stories for our magazine, with care for facts.", "writing"),
    ("minds", "Listen to pupils and help them through hard weeks.", "counselling"),
    ("emoji", "🧮📚 ✨", "accounting"),
    ("rtl", "نبحث عن كاتبة تحب التحرير والدقة", "writing"),
)


@pytest.fixture(scope="session")
def model() -> SentenceModel:
    """The real MiniLM."""
    return SentenceModel(find_encoder("all-minilm-l6-v2"))


@pytest.fixture(scope="session")
def encoder(model: SentenceModel) -> Encoder:
    """The real MiniLM, remembering in memory alone."""
    return Encoder(model, None)


@pytest.fixture
def documents() -> list[Document]:
    return [Document(f"p{n}", text) for n, text in enumerate(TEXTS)]


@pytest.fixture
def jobs() -> list[Job]:
    return [Job(name, text, fields={"occupation_group": group}) for name, text, group in ADS]


class WordModel:
    """A tiny ``TextModel``: tokens are words, vectors are drawn from the text's hash."""

    digest = "words-1"
    dimensions = 8

    def __init__(self, window: int = 10) -> None:
        self.window = window
        self.seen: list[str] = []
        self.broken = False

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        return [word_starts(text) for text in texts]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.seen += texts
        if self.broken:
            return np.full((len(texts), 8), np.nan, dtype=np.float32)
        assert all(len(text.split()) <= self.window for text in texts)
        return np.stack([word_vector(text) for text in texts])


def word_starts(text: str) -> list[int]:
    return [n for n, c in enumerate(text) if not c.isspace() and (n == 0 or text[n - 1].isspace())]


def word_vector(text: str) -> NDArray[np.float32]:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
    vector = np.random.default_rng(seed).standard_normal(8)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.fixture
def words() -> WordModel:
    return WordModel()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"
