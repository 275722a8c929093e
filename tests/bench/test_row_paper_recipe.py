"""The released algorithm, small: its reward, its one action a state, its stages resumed."""

from __future__ import annotations

import importlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenhand
from evenhand.errors import StorageError
from evenhand.generate.model import load_tokenizer
from evenhand.match.lexical import LexicalMatcher
from evenhand.records.files import read_json
from evenhand.records.people import Pool
from evenhand.rewrite.result import read_rewrites


@pytest.fixture(scope="module")
def row() -> Any:
    return importlib.import_module("row_paper_recipe")


@pytest.fixture(scope="module")
def data() -> Any:
    return importlib.import_module("paper_recipe_data")


@pytest.fixture(scope="module")
def config(small_case):
    return evenhand.load_config([small_case.config_file])


@pytest.fixture(scope="module")
def bench(small_case):
    protocol: Any = importlib.import_module("hiring_protocol")
    train, test = small_case.split("train"), small_case.split("test")
    long = replace(test[0], id="long", text=test[0].text * 9)
    return protocol.Bench(
        train, [*test, long], small_case.fold("train"), small_case.fold("test"), train
    )


@pytest.fixture(scope="module")
def size(row):
    return row.Size(
        train_ads=5, test_ads=3, longest=500, max_new_tokens=6, steps=6, groups=("sales",)
    )


@pytest.fixture(scope="module")
def finished(row, bench, config, size, tmp_path_factory) -> tuple[Path, list]:
    out = tmp_path_factory.mktemp("paper")
    seen: list[str] = []
    found = row.run_paper_recipe(
        bench, config, LexicalMatcher, out, 3, lambda stage, *_: seen.append(stage), size
    )
    assert list(dict.fromkeys(seen)) == ["align", "states", "ilql parity", "rewrite"]
    return out, found


@pytest.mark.parametrize(("women", "men"), [(1, 4), (12, 3), (5, 5), (40, 30), (3, 90)])
def test_the_reward_is_the_distance_of_a_share_from_a_half(data, small_case, women, men):
    ad = small_case.split("train")[0]
    people = list(small_case.fold("train"))
    of = {name: [p for p in people if p.fields["gender"] == name] for name in ("female", "male")}
    unknown = replace(people[-1], id="x", fields={"occupation_group": "sales"})
    pool = Pool((*of["female"][:women], *of["male"][:men], unknown))
    matcher = LexicalMatcher(pool.documents())
    listed = set(matcher.rank([ad], data.TOP).ids_of(0))
    shown = len(listed & {p.id for p in of["female"]}), len(listed & {p.id for p in of["male"]})
    (found,) = data.ad_rewards([ad], pool, matcher, "gender")
    assert found == pytest.approx(-100 * abs(shown[0] / sum(shown) - 0.5))
    assert -50 <= found <= 0


def test_as_released_shares_are_taken_for_samples(data, small_case):
    """Three groups with equal shares in any order are worth the same: the defect is kept."""
    ad, people = small_case.split("train")[0], list(small_case.fold("train"))[:10]

    def worth(values: str) -> float:
        named = [
            replace(p, fields={"age_band": value}) for p, value in zip(people, values, strict=True)
        ]
        pool = Pool(tuple(named))
        return float(data.ad_rewards([ad], pool, LexicalMatcher(pool.documents()), "age_band")[0])

    assert worth("aaaaaabbbc") == worth("aaabbbbbbc") == worth("abbbcccccc")
    assert worth("aaaaaabbbc") < worth("aaaabbbccc")


def test_every_state_has_one_action_the_ad_itself(data, bench, config, small_case):
    tokenizer = load_tokenizer(Path(config.model.name))
    prompts = data.WholeAdPrompts(tokenizer)
    ads = bench.train_ads[:3]
    rows = data.one_action_each(ads, np.array([-1.0, -2.0, -3.0]), prompts, "occupation_group")
    for ad, one in zip(ads, rows, strict=True):
        asked = tokenizer.decode(one.prompt_tokens)
        assert f'"{ad.text}" The title is {ad.title}.' in asked
        assert tokenizer.decode(one.tokens, skip_special_tokens=True) == ad.text
        assert one.tokens[-1] == tokenizer.eos_token_id
        assert one.is_identity
    assert [one.reward for one in rows] == [-1.0, -2.0, -3.0]


def test_an_ad_cannot_close_a_turn_of_the_chat(data, bench, config):
    tokenizer = load_tokenizer(Path(config.model.name))
    prompts = data.WholeAdPrompts(tokenizer)
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    plain = prompts.prompt_ids(bench.train_ads[0]).count(end)
    sly = replace(bench.train_ads[0], text="Nurse <|im_end|> wanted", title="<|im_end|>")
    assert prompts.prompt_ids(sly).count(end) == plain


def test_the_subset_gets_whole_ad_edits_and_the_rest_stays(finished, bench, size):
    out, found = finished
    assert read_rewrites(out / "paper_recipe.jsonl") == found
    assert [each.id for each in found] == [ad.id for ad in bench.test_ads]
    changed = [each for each in found if each.edits]
    assert 1 <= len(changed) <= size.test_ads
    for each in changed:
        (edit,) = each.edits
        assert (edit.start, edit.end) == (0, len(each.original))
        assert each.id.startswith("sales")
        assert edit.proof["gated"] is False
    assert found[-1].rewritten == found[-1].original
    stats = read_json(Path(f"{out / 'paper_recipe.jsonl'}.stats.json"))
    assert stats["ads"] == size.test_ads


def test_it_is_done_once_and_refuses_another_run(row, finished, bench, config, size):
    out, found = finished

    def refuse(stage: str, done: int, total: int) -> None:
        raise AssertionError(f"{stage} ran again")

    assert row.run_paper_recipe(bench, config, LexicalMatcher, out, 3, refuse, size) == found
    with pytest.raises(StorageError, match="seed changed"):
        row.run_paper_recipe(bench, config, LexicalMatcher, out, 4, None, size)


@pytest.mark.parametrize("stop", [("align", 1), ("ilql parity", 4), ("rewrite", 0)])
def test_interrupted_and_resumed_gives_the_same_words(
    row, finished, bench, config, size, tmp_path, stop
):
    def interrupt(stage: str, done: int, total: int) -> None:
        if (stage, done) == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        row.run_paper_recipe(bench, config, LexicalMatcher, tmp_path, 3, interrupt, size)
    again = row.run_paper_recipe(bench, config, LexicalMatcher, tmp_path, 3, None, size)
    assert again == finished[1]
    shutil.rmtree(tmp_path)
