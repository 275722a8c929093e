"""Ads that are endless, empty, foreign, or full of emoji and right-to-left text."""

from __future__ import annotations

import json
import time

import pytest

import evenhand as package
from evenhand.align.rollouts import read_rollouts
from evenhand.records.job import Job

CODED = "You will aggressively pursue new accounts in the region."
ENDLESS = "Sales agent\n\n" + " ".join(
    f"You will aggressively pursue account number {at} in the region." for at in range(3000)
)
ODD = {
    "emoji": f"Sales agent 🎉🎉\n\n🚀 Join us!\n\n{CODED}\n\n👩‍👩‍👧 Families welcome 🏳️‍🌈.\n",
    "hebrew": f"סוכן מכירות\n\nאנחנו מחפשים אנשי מכירות.\n\n{CODED}\n",
    "arabic": f"\u200fوكيل مبيعات\u200f\n\n{CODED}\n\nنبحث عن موظفين.\n",
    "combining": f"Cafe\u0301 manager\n\n{CODED}\n\u2028Zürich\u00a0\u202e.\n",
}
FOREIGN = {
    "german": "Verkäufer\n\nSie verfolgen aggressiv neue Kunden in der Region und berichten uns.\n",
    "french": "Vendeur\n\nVous poursuivez agressivement de nouveaux clients dans la région.\n",
    "chinese": "销售代表\n\n您将在该地区积极开拓新客户，并定期向董事会汇报进展情况。\n",
}


def lexicon(*ads: Job) -> list[package.Rewrite]:
    return package.api.rewrite(list(ads), system="lexicon")


def test_an_ad_of_thirty_thousand_words_is_matched_measured_and_reworded(small_case):
    assert len(ENDLESS.split()) > 27_000
    ad = Job("endless", ENDLESS, fields={"occupation_group": "sales"})
    settings = package.Config().matcher.model_copy(update={"name": "lexical", "top": 20})
    start = time.process_time()
    found = package.api.measure([*small_case.ads, ad], small_case.people, matcher=settings)
    assert found.attributes
    (reworded,) = lexicon(ad)
    assert time.process_time() - start < 60.0
    assert len(reworded.edits) == ENDLESS.count("aggressively pursue")
    cut = sum(len(edit.after) - len(edit.before) for edit in reworded.edits)
    assert len(reworded.rewritten) == len(ENDLESS) + cut


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_an_empty_ad_is_named_or_skipped(evenhand, tmp_path, text):
    jobs, out = tmp_path / "ads.jsonl", tmp_path / "r.jsonl"
    rows = [{"id": "a", "text": CODED}, {"id": "b", "text": text}]
    jobs.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ("rewrite", jobs, "--system", "lexicon", "--out", out)
    stopped = evenhand(*command)
    assert (stopped.code, stopped.out) == (2, "")
    assert stopped.err == f"{jobs}:2: text: is empty; write the text or remove the record\n"
    assert not out.exists()
    went_on = evenhand(*command, "--skip-bad")
    assert went_on.code == 0
    assert [one.id for one in package.read_rewrites(out)] == ["a"]
    alone = tmp_path / "ad.txt"
    alone.write_text(text)
    assert evenhand("rewrite", alone, "--system", "lexicon").code == 2


@pytest.mark.parametrize("language", FOREIGN)
def test_ads_in_other_languages_stay_as_they_are(language):
    (found,) = lexicon(Job(language, FOREIGN[language]))
    assert found.rewritten == found.original
    assert found.edits == ()


@pytest.mark.parametrize("kind", ODD)
def test_emoji_and_right_to_left_text_stay_around_what_is_reworded(kind, tmp_path):
    (found,) = lexicon(Job(kind, ODD[kind]))
    (edit,) = found.edits
    assert edit.before in CODED
    assert found.rewritten == ODD[kind].replace(edit.before, edit.after)
    path = tmp_path / "r.jsonl"
    package.write_rewrites(path, [found])
    assert package.read_rewrites(path) == [found]


def test_the_diff_of_an_odd_ad_can_be_printed(evenhand, tmp_path):
    path = tmp_path / "ad.txt"
    path.write_text(ODD["hebrew"], encoding="utf-8")
    found = evenhand("rewrite", path, "--system", "lexicon")
    assert found.code == 0
    assert "[-aggressively -]" in found.out


def test_odd_ads_go_through_rollouts_beside_others(small_case, tmp_path):
    config = package.load_config([small_case.config_file], ["sampling.samples=1"])
    texts = {**ODD, **FOREIGN, "title": "Sales agent"}
    ads = [Job(name, text, fields={"occupation_group": "sales"}) for name, text in texts.items()]
    folder = tmp_path / "rollouts"
    package.api.rollouts(
        [*ads, *small_case.split("train")[:6]], small_case.fold("train"), config, out=folder
    )
    rows = read_rollouts(folder)
    by_ad = {row.job_id for row in rows}
    assert set(ODD) <= by_ad
    assert not by_ad & {*FOREIGN, "title"}
    for row in rows:
        if row.job_id in texts:
            assert texts[row.job_id][row.start : row.end] == row.before
