"""Our count of agentic and communal wording beside the plain Gender Decoder stem count.

The stem count over-fires on the plain speech of ads and counts nested stems twice; each case
shows both values. On real ads the two are set side by side.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from evenhand.language.style import profile

pytestmark = pytest.mark.real_data
Stems = dict[str, list[str]]


@pytest.fixture(scope="module")
def stems(shared_data: Path) -> Stems:
    path = shared_data / "lexicons" / "gender_decoder_words.json"
    listed = json.loads(path.read_text(encoding="utf-8"))
    return {
        "agentic": listed["masculine_coded_words"],
        "communal": listed["feminine_coded_words"],
    }


def decoder_hits(text: str, stems: list[str]) -> list[str]:
    """Words that begin with a stem, once for every stem, as the Gender Decoder counts."""
    found = re.sub(r"[^a-z'-]+", " ", text.lower()).split()
    return [word for stem in stems for word in found if word.startswith(stem)]


@pytest.mark.parametrize(
    ("text", "lean", "theirs", "why"),
    [
        ("Your responsibilities are listed below.", "communal", 1, "respon* is in every ad"),
        ("We pay a competitive salary.", "agentic", 1, "compet* is about pay here"),
        ("You support our customers by phone.", "communal", 1, "support* is a duty"),
        ("Hiring a data analyst in Porto.", "agentic", 1, "analy* is a job title"),
        ("You lead the payroll team.", "agentic", 1, "lead is a duty"),
        ("Decide which invoices are due.", "agentic", 1, "decid* is a duty"),
        ("We share an office near the station.", "communal", 1, "share isn't tone here"),
        ("Objectives are set each spring.", "agentic", 1, "objective* is a noun of planning"),
        ("This depends on the individual case.", "communal", 1, "depend* isn't tone here"),
        ("We are not aggressive in sales.", "agentic", 1, "it is negated"),
    ],
)
def test_the_stem_count_fires_on_plain_speech_and_ours_does_not(
    text: str, lean: str, theirs: int, why: str, stems: Stems
) -> None:
    assert len(decoder_hits(text, stems[lean])) == theirs, why
    assert profile(text).counts[lean] == 0, why


@pytest.mark.parametrize(
    ("text", "lean", "theirs"),
    [
        ("We are dominant in maps.", "agentic", 2),
        ("We are a collaborative, supportive and warm team.", "communal", 3),
    ],
)
def test_nested_stems_count_twice_there_and_once_here(
    text: str, lean: str, theirs: int, stems: Stems
) -> None:
    assert len(decoder_hits(text, stems[lean])) == theirs
    found = [one for one in profile(text).found if one.kind == lean]
    assert len(found) == len({one.start for one in found}) == (3 if "warm" in text else 1)


@pytest.mark.parametrize(
    ("text", "lean"),
    [
        ("We want a rugged go-getter.", "agentic"),
        ("You are hungry to win and crush it.", "agentic"),
        ("A tight-knit team with a big heart.", "communal"),
    ],
)
def test_wording_that_stems_miss(text: str, lean: str, stems: Stems) -> None:
    assert decoder_hits(text, stems[lean]) == []
    assert profile(text).counts[lean] >= 1


def test_on_real_ads_most_stem_hits_are_plain_speech(hiring_bench: Path, stems: Stems) -> None:
    """Every tenth ad: the counts agree in direction, and a few stems make most of theirs."""
    lines = (hiring_bench / "jobs.jsonl").read_text(encoding="utf-8").strip().split("\n")[::10]
    texts = [json.loads(line)["text"] for line in lines]
    plain = (
        "respon", "support", "analy", "compet", "lead", "individual", "understand", "decision",
        "challeng", "commit", "share", "connect", "objective", "depend", "force", "active",
    )  # fmt: skip
    for lean, least_share in (("agentic", 0.5), ("communal", 0.4)):
        hits = [decoder_hits(text, stems[lean]) for text in texts]
        theirs = np.array([len(found) for found in hits])
        ours = np.array([profile(text).counts[lean] for text in texts])
        words = Counter(word for found in hits for word in found)
        share = sum(n for w, n in words.items() if w.startswith(plain)) / words.total()
        assert share > least_share
        assert theirs.sum() > 3 * ours.sum()
        assert np.corrcoef(theirs, ours)[0, 1] > 0.2
