"""Pooling and caching of long texts, with a model of eight dimensions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.match.conftest import WordModel, word_vector

from evenhand.errors import ModelError
from evenhand.match.dense import Encoder, on_grid

LONG = "one two three four. five six seven. eight nine ten eleven. twelve thirteen. fourteen. end."


def test_a_text_that_fits_has_the_models_vector(words: WordModel):
    (vector,) = Encoder(words, None).encode(["one two three"])
    np.testing.assert_allclose(vector, word_vector("one two three"), atol=1e-7)


def test_a_long_text_is_the_mean_of_its_chunks_weighted_by_tokens(words: WordModel):
    encoder = Encoder(words, None)
    (chunks,) = encoder.chunks([LONG])
    assert len(chunks) >= 2
    assert len({chunk.tokens for chunk in chunks}) > 1
    mean = sum(
        chunk.tokens * word_vector(LONG[chunk.start : chunk.end]).astype(float) for chunk in chunks
    )
    expected = mean / np.linalg.norm(mean)
    np.testing.assert_allclose(encoder.encode([LONG])[0], expected, atol=1e-7)


def test_vectors_have_length_one_and_lie_on_the_grid(words: WordModel):
    vectors = Encoder(words, None).encode([LONG, "short", "🧮", ""]).astype(np.float64)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-7)
    assert (vectors == on_grid(vectors)).all()


def test_only_the_chunk_that_changed_is_encoded(words: WordModel):
    encoder = Encoder(words, None)
    encoder.encode([LONG])
    before = encoder.encoded_chunks
    encoder.encode([LONG.replace("fourteen", "fifteen"), LONG])
    assert encoder.encoded_chunks == before + 1
    assert "fifteen" in words.seen[-1]


def test_equal_texts_are_encoded_once(words: WordModel):
    vectors = Encoder(words, None).encode(["same", "same", "other", "same"])
    assert sorted(words.seen) == ["other", "same"]
    assert (vectors[0] == vectors[1]).all()
    assert (vectors[0] == vectors[3]).all()


def test_another_process_starts_where_this_one_stopped(words: WordModel, cache: Path):
    first = Encoder(words, cache).encode([LONG, "short"])
    again = WordModel()
    second = Encoder(again, cache).encode(["short", LONG])
    assert again.seen == []
    assert (first == second[::-1]).all()


def test_an_interrupted_encode_keeps_its_finished_parts(words: WordModel, cache: Path):
    texts = [f"text number {n}" for n in range(600)]

    def stop(stage: str, done: int, total: int) -> None:
        assert (stage, total) == ("encode", 600)
        if done >= 512:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Encoder(words, cache).encode(texts, stop)
    again = WordModel()
    resumed = Encoder(again, cache).encode(texts)
    assert len(again.seen) == 600 - 512
    assert (resumed == Encoder(WordModel(), None).encode(texts)).all()


def test_progress_counts_what_is_not_cached(words: WordModel):
    encoder = Encoder(words, None)
    encoder.encode(["known"])
    calls: list[tuple[str, int, int]] = []
    encoder.encode(["known", "new", "newer"], lambda *call: calls.append(call))
    encoder.encode(["known"], lambda *call: calls.append(call))
    assert calls == [("encode", 2, 2)]


def test_numbers_that_are_not_finite_never_reach_the_cache(words: WordModel, cache: Path):
    words.broken = True
    with pytest.raises(ModelError, match=r"aren't finite.*install them again"):
        Encoder(words, cache).encode(["text"])
    words.broken = False
    assert np.isfinite(Encoder(words, cache).encode(["text"])).all()


def test_a_text_of_thirty_thousand_words(words: WordModel):
    text = " ".join(f"word{n}" if n % 11 else "end." for n in range(30_000))
    encoder = Encoder(words, None)
    assert np.linalg.norm(encoder.encode([text])) == pytest.approx(1, abs=1e-6)
    assert encoder.encoded_chunks > 3000
    before = encoder.encoded_chunks
    encoder.encode([text.replace("word12345 ", "other ")])
    assert 1 <= encoder.encoded_chunks - before <= 5


def test_no_texts_is_an_empty_array(words: WordModel):
    assert Encoder(words, None).encode([]).shape == (0, 8)


def test_the_digest_follows_the_model(words: WordModel):
    before = Encoder(words, None).digest
    words.digest = "words-2"
    assert Encoder(words, None).digest != before
