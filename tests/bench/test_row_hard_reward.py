"""The overfit row: paid by single lists, the same states and gates, accepted by the tuner."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenhand
from evenhand.align.rollouts import read_rollouts
from evenhand.errors import BadInput, StorageError
from evenhand.language.mends import mends_behind
from evenhand.match.lexical import LexicalMatcher
from evenhand.records.files import read_json
from evenhand.records.job import Job
from evenhand.rewrite.result import read_rewrites
from evenhand.verbs.language_model import LanguageTools

TOP = 20


@pytest.fixture(scope="module")
def row() -> Any:
    return importlib.import_module("row_hard_reward")


@pytest.fixture(scope="module")
def config(small_case):
    return evenhand.load_config([small_case.config_file])


@pytest.fixture(scope="module")
def people(small_case):
    return small_case.fold("train")


@pytest.fixture(scope="module")
def hard(row, config, people):
    matcher = LexicalMatcher(people.documents())
    return row.HardReward(people, matcher, config.reward, top=TOP, seed=config.seed)


@pytest.fixture(scope="module")
def rollouts(small_case, config, people, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("hard") / "rollouts"
    evenhand.api.rollouts(small_case.split("train"), people, config, out=out)
    return out


@pytest.fixture(scope="module")
def paid(row, rollouts, small_case, config, people) -> Path:
    out = rollouts.parent / "rescored"
    return row.rescored(rollouts, small_case.split("train"), people, LexicalMatcher, config, out)


def plainer(job: Job) -> str:
    return job.text.replace("aggressively ", "").replace("fearlessly ", "").replace("ambitious", "")


def distance(job: Job, text: str, people, top: int) -> float:
    """By the engine's own list, counted one by one."""
    matcher = LexicalMatcher(people.documents())
    listed = set(matcher.rank([Job("q", text, job.title, job.fields)], top).ids_of(0))
    rates = []
    for gender in ("female", "male"):
        group = [
            person.id
            for person in people
            if person.fields["gender"] == gender and person.fields["occupation_group"] == job.group
        ]
        rates.append((len(listed & set(group)) + 0.5) / (len(group) + 0.5))
    return abs(np.log(rates[0] / rates[1]))


def test_it_is_the_change_of_one_list_towards_parity(hard, small_case, people):
    sales = [ad for ad in small_case.split("train") if ad.group == "sales"]
    found = hard.changes({ad.id: (ad, [plainer(ad), ad.text]) for ad in sales})
    for ad in sales:
        wanted = distance(ad, ad.text, people, TOP) - distance(ad, plainer(ad), people, TOP)
        assert found[ad.id][0].reward == pytest.approx(wanted, abs=1e-12)
        assert found[ad.id][1].reward == 0.0
        assert not any(found[ad.id][1].halves)
    assert any(found[ad.id][0].reward > 0.1 for ad in sales)


def test_the_order_of_the_people_does_not_matter(row, hard, small_case, config, people):
    turned = people.take(np.arange(len(people))[::-1])
    matcher = LexicalMatcher(turned.documents())
    other = row.HardReward(turned, matcher, config.reward, top=TOP, seed=config.seed)
    ad = small_case.split("train")[0]
    work = {ad.id: (ad, [plainer(ad)])}
    assert other.changes(work) == hard.changes(work)


def test_halves_are_of_people_who_share_nobody(hard):
    whole, *halves = hard._parts
    for first, second in zip(halves[::2], halves[1::2], strict=True):
        assert not set(first.columns) & set(second.columns)
        assert len(first.columns) + len(second.columns) == len(whole.columns)
        assert first.top == second.top == TOP // 2


def test_where_nobody_can_be_compared_nothing_is_paid(hard, small_case):
    ad = replace(small_case.ads[0], fields={"occupation_group": "other"})
    assert not hard.comparable(ad)
    assert hard.scorer(ad) is None
    assert hard.scorer(small_case.ads[0])([small_case.ads[0].text]) == [0.0]


def test_only_the_pay_differs(rollouts, paid):
    old, new = read_rollouts(rollouts), read_rollouts(paid)
    unpaid = {"reward": None, "reward_folds": (), "delta": None, "halves": ()}
    assert [replace(r, **unpaid) for r in old] == [replace(r, **unpaid) for r in new]
    assert [r.reward is None for r in old] == [r.reward is None for r in new]
    assert any(r.reward for r in new)
    for one in new:
        assert one.reward_folds == (() if one.reward is None else (one.reward,))
        if one.is_identity:
            assert one.reward == 0.0


def test_it_is_made_once_and_refuses_another_folder(
    row, rollouts, paid, small_case, config, people, tmp_path
):
    ads = small_case.split("train")
    before = (paid / "manifest.json").stat().st_mtime_ns
    assert row.rescored(rollouts, ads, people, LexicalMatcher, config, paid) == paid
    assert (paid / "manifest.json").stat().st_mtime_ns == before
    other = config.model_copy(update={"seed": 9})
    with pytest.raises(StorageError, match="paid_by changed"):
        row.rescored(rollouts, ads, people, LexicalMatcher, other, paid)
    with pytest.raises(BadInput, match="wasn't given"):
        row.rescored(rollouts, ads[:2], people, LexicalMatcher, config, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_tuned_and_rewritten_by_it(row, paid, small_case, config, people, tmp_path):
    found = row.tune_hard(paid, config, tmp_path / "run")
    assert "sales" in found["kept"]
    assert read_json(tmp_path / "run" / "config.json")["reward"]["min_reliability"] == -1.0
    ads, out = small_case.split("test"), tmp_path / "hard.jsonl"
    tools = LanguageTools.open(config)
    rewrites = row.rewrite_hard(
        ads, people, LexicalMatcher, config, tmp_path / "run",
        samples=2, tools=tools, seed=0, out=out,
    )  # fmt: skip
    assert read_rewrites(out) == rewrites
    assert [rewrite.id for rewrite in rewrites] == [ad.id for ad in ads]
    for ad, rewrite in zip(ads, rewrites, strict=True):
        assert all("gain" in e.proof or mends_behind(e.proof) for e in rewrite.edits)
        if any("gain" in edit.proof for edit in rewrite.edits):
            moved = distance(ad, ad.text, people, TOP) - distance(
                ad, rewrite.rewritten, people, TOP
            )
            assert moved > 0


def test_on_the_base_model_the_same_rollouts_need_no_alignment(rollouts, config, tmp_path):
    row = importlib.import_module("row_ilql_on_base")
    found = row.tune_on_base(rollouts, config, tmp_path / "run")
    assert found["examples"] == ()
    assert read_json(tmp_path / "run" / "config.json")["align"]["rounds"] == 0
