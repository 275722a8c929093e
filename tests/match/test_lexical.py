"""BM25 over the people's texts."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

from evenhand.errors import MatcherError
from evenhand.match.check import check_matcher, trusted
from evenhand.match.lexical import LexicalMatcher
from evenhand.records.job import Job
from evenhand.records.people import Document


def test_it_conforms(documents: list[Document], jobs: list[Job]):
    findings = check_matcher(LexicalMatcher(documents), jobs)
    assert trusted(findings), [finding for finding in findings if not finding.passed]


def test_scores_are_bm25_by_hand():
    texts = ["ledger ledger tax", "tax", "poem rhyme verse song"]
    matcher = LexicalMatcher([Document(str(n), text) for n, text in enumerate(texts)])
    lengths = [len(text.split()) for text in texts]

    def weight(word: str, row: int) -> float:
        found = sum(word in text.split() for text in texts)
        idf = math.log(1 + (len(texts) - found + 0.5) / (found + 0.5))
        times = texts[row].split().count(word)
        return idf * times / (times + 1.5 * (0.25 + 0.75 * lengths[row] / np.mean(lengths)))

    expected = [weight("ledger", row) + 2 * weight("tax", row) for row in range(3)]
    got = matcher.scores([Job("j", "Tax, ledger and TAX")])[0]
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_no_shared_word_is_zero_for_everybody_and_goes_by_id(documents: list[Document]):
    matcher = LexicalMatcher(documents[::-1])
    job = Job("j", "zyx 🧮")
    assert not matcher.scores([job]).any()
    assert matcher.rank([job], 3).ids_of(0) == ["p0", "p1", "p2"]


def test_any_script_has_words(documents: list[Document]):
    job = Job("j", "مترجمة")
    assert LexicalMatcher(documents).rank([job], 1).ids_of(0) == ["p7"]


def test_people_whose_texts_have_no_word():
    matcher = LexicalMatcher([Document("b", "📊"), Document("a", "...")])
    assert matcher.rank([Job("j", "book")], 5).ids_of(0) == ["a", "b"]


def test_empty_ads_are_named(documents: list[Document]):
    with pytest.raises(MatcherError, match="job 'void' has an empty text"):
        LexicalMatcher(documents).scores([Job("void", "")])


def test_an_ad_of_thirty_thousand_words(documents: list[Document]):
    job = Job("long", " ".join(f"word{n} books" for n in range(15_000)))
    assert LexicalMatcher(documents).rank([job], 1).ids_of(0) == ["p0"]


def test_the_digest_follows_the_people(documents: list[Document]):
    one, other = LexicalMatcher(documents), LexicalMatcher(documents[1:])
    assert one.digest == LexicalMatcher(documents).digest != other.digest


def test_scores_do_not_depend_on_the_hash_seed():
    program = (
        "from evenhand.match.lexical import LexicalMatcher as L\n"
        "from evenhand.records.people import Document as D\n"
        "from evenhand.records.job import Job\n"
        "d = [D(str(n), ' '.join(f'w{n * k % 17}' for k in range(20))) for n in range(30)]\n"
        "print(L(d).scores([Job('j', ' '.join(f'w{k % 17}' for k in range(200)))]).tobytes().hex())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert outputs != {b""}
