"""Using evenhand to widen a gap: what is refused, and what the evaluation then shows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import evenhand
from evenhand.align.rollouts import read_targets
from evenhand.errors import ConfigError, StorageError
from evenhand.language.gates import text_gates
from evenhand.match.lexical import LexicalMatcher
from evenhand.records.files import read_json, write_json
from evenhand.records.people import Pool


@pytest.fixture
def copied(honest_run, tmp_path) -> Path:
    """A run of one's own to tamper with."""
    return Path(shutil.copytree(honest_run, tmp_path / "run"))


@pytest.fixture
def reword(small_case) -> Callable[..., list[evenhand.Rewrite]]:
    """Reword the ads of the group with a gap, as many as it takes to see the gap."""
    ads = [ad for ad in small_case.split("train") if ad.group == "sales"]

    def rewrite(**options: Any) -> list[evenhand.Rewrite]:
        given = {"pool": small_case.fold("train"), **options}
        return evenhand.api.rewrite(ads, system="best-of", **given)

    return rewrite


def claimed(rewrites: list[evenhand.Rewrite]) -> int:
    """Edits that are said to narrow a gap."""
    return sum("gain" in edit.proof for found in rewrites for edit in found.edits)


def swapped(pool: Pool) -> Pool:
    """The same people with the labels of the two groups exchanged."""
    other = {"female": "male", "male": "female"}

    def exchange(person):
        return replace(person, fields={**person.fields, "gender": other[person.fields["gender"]]})

    return Pool(tuple(map(exchange, pool)))


def negated(path: Path) -> None:
    """Turn every target of a file round."""
    targets = read_json(path)
    for group in targets["groups"].values():
        for found in group["contrasts"]:
            found["shift"] = -found["shift"]
            found["fold_shifts"] = [-shift for shift in found["fold_shifts"]]
    write_json(path, targets)


def test_the_honest_run_is_not_refused(reword, copied):
    assert claimed(reword(run=copied)) > 0


@pytest.mark.parametrize("weight", ["-1", "nan", "inf"])
def test_a_weight_that_pays_for_a_gap_is_refused(weight):
    with pytest.raises(ConfigError, match="weights"):
        evenhand.load_config([], [f"reward.weights={{gender = {weight}}}"])


def test_paying_for_refused_rewordings_is_refused():
    with pytest.raises(ConfigError, match="failed_gate"):
        evenhand.load_config([], ["reward.failed_gate=2.5"])


def test_targets_turned_round_in_a_run_are_refused(reword, copied):
    negated(copied / "targets.json")
    with pytest.raises(StorageError, match=r"targets\.json: was changed after it was written"):
        reword(run=copied)


def test_targets_turned_round_in_rollouts_are_refused(honest_run, tmp_path):
    rollouts = Path(shutil.copytree(honest_run.parent / "rollouts", tmp_path / "rollouts"))
    assert read_targets(rollouts)["groups"]
    negated(rollouts / "targets.json")
    with pytest.raises(StorageError, match="was changed after the rollouts"):
        read_targets(rollouts)


def test_swapped_labels_are_refused_with_a_run(reword, copied, small_case):
    with pytest.raises(StorageError, match="other values of gender, occupation_group"):
        reword(run=copied, pool=swapped(small_case.fold("train")))


def test_the_digest_of_labels_names_nobody(copied, small_case):
    saved = (copied / "labels.json").read_text()
    assert "male" not in saved
    assert not any(person in saved for person in small_case.people.ids)


class Liar(LexicalMatcher):
    """An engine that says the opposite of what it thinks, under another digest."""

    def __init__(self, documents):
        super().__init__(documents)
        self.digest = f"{self.digest}-negated"

    def scores(self, queries):
        return -super().scores(queries)


def test_another_engine_is_refused_with_a_run(reword, copied):
    with pytest.raises(StorageError, match="another engine"):
        reword(run=copied, engine=Liar)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("Only men may apply.", "'men', which names a group"),
        ("Women are encouraged to apply.", "'women', which names a group"),
        ("The ideal candidate is a digital native.", "'digital native', which is age wording"),
        ("We want a dominant rockstar.", "'rockstar', which is culture wording"),
    ],
)
def test_approved_statements_may_not_target_a_group(statement, why):
    with pytest.raises(ConfigError, match=why):
        text_gates(evenhand.Config().gates, (statement,))


@pytest.mark.parametrize(
    "statement",
    ["We offer flexible hours.", "We welcome people of any gender, age, race or religion."],
)
def test_approved_statements_may_welcome_everybody(statement):
    assert text_gates(evenhand.Config().gates, (statement,))


def test_swapping_all_labels_changes_nothing(reword, small_config, small_case):
    """Parity is symmetric: target and change turn round together."""
    people = small_case.fold("train")
    honest, swap = (reword(config=small_config, pool=pool) for pool in (people, swapped(people)))
    assert claimed(honest) > 0
    assert [one.rewritten for one in swap] == [one.rewritten for one in honest]


def test_men_at_the_top_called_women_leave_nothing_to_claim(reword, small_config, small_case):
    """Forged labels can't be told from true ones, but here they leave no gap to learn from."""
    people = small_case.fold("train")
    ads = [ad for ad in small_case.split("train") if ad.group == "sales"]
    shown = LexicalMatcher(people.documents()).rank(ads, 40)
    top = {person for row in range(len(ads)) for person in shown.ids_of(row)}

    def forged(person):
        fields = {**person.fields, "gender": "female"}
        return replace(person, fields=fields) if person.id in top else person

    assert claimed(reword(config=small_config)) > 0
    assert claimed(reword(config=small_config, pool=Pool(tuple(map(forged, people))))) == 0
