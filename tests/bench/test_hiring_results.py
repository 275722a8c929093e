"""The results file and its page on an invented evaluation, and sentences that follow figures."""

from __future__ import annotations

import copy
import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evenhand.audit import evaluate
from evenhand.config import Config
from evenhand.measure.figure import holm
from evenhand.measure.measures import measure_rankings
from evenhand.records.files import write_json
from evenhand.records.job import Job
from evenhand.records.people import Candidate, Pool, qualification

from ..audit.example import ToneEngine, example_jobs, example_pool, reword

GROUPS = {
    "bookkeeping": "accounting_finance",
    "gardening": "psychology_counseling",
    "nursing": "writing",
    "surveying": "software_it",
}
KEYS = {
    "commit", "protocol", "engines", "gaps", "reliability", "systems", "paired",
    "ndcg_noninferiority", "qualified_hits", "facts", "abstained", "cost",
}  # fmt: skip
SYSTEM_KEYS = {
    "R", "R_interval", "macro_R", "ndcg20", "mrr", "ads_changed", "edits_per_ad",
    "gate_pass_rate", "seconds_per_ad",
}  # fmt: skip
SYSTEMS = {
    "best_of_4": [0],
    "best_of_4_seed1": [1],
    "random_edit": [],
    "tuned": [0, 1, 2],
    "tuned_seed1": [0, 1],
    "extra": [2],
}

_CELL = {"R": 0.5, "interval": [0.3, 0.8]}
CEILING = {
    "protocol": {"ads": 3, "alternatives": 80},
    **{
        name: {"train": _CELL, "held_out": {**_CELL, "closed_share": {"mean": 0.1}}}
        for name in ("oracle", "best_of_16", "shift_to_target", "best_of_2", "original")
    },
}


def module(name: str) -> Any:
    return importlib.import_module(name)


def jobs_of() -> list[Job]:
    return [
        replace(job, fields={"occupation_group": GROUPS[str(job.group)]}) for job in example_jobs()
    ]


def pool_of() -> Pool:
    return Pool(
        tuple(
            Candidate(
                one.id,
                one.text,
                {**one.fields, "occupation_group": GROUPS[str(one.fields["occupation_group"])]},
            )
            for one in example_pool()
        )
    )


def evaluation_of(lean: float, gap: Any, jobs: list[Job], systems: dict[str, list[int]]) -> Any:
    pool = pool_of()
    judged = [*GROUPS.values()][:3]
    rewrites = {name: [reword(job, which) for job in jobs] for name, which in systems.items()}
    rows = module("hiring_claims").rows_of(systems, gap)
    stats = {name: {"seconds": 10.0, "ads": len(jobs), "samples": 4} for name in systems}
    return evaluate(
        jobs,
        pool,
        ToneEngine(pool, lean=lean),
        rewrites,
        by=["gender"],
        judged_groups=judged,
        resamples=200,
        stats=stats,
        rows=rows,
    ).to_json()


def gap_of(lean: float, jobs: list[Job]) -> dict[str, Any]:
    pool = pool_of()
    lists = ToneEngine(pool, lean=lean).rank(jobs, 50)
    found = measure_rankings(
        lists, jobs, pool, qualification(jobs, pool), by=["gender"], resamples=200
    )
    return {"train": found.to_json(), "test": found.to_json()}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("bench")
    write_json(out / "run" / "reliability.json", {"groups": [{"reason": "fine"}], "kept": ["a"]})
    write_json(out / "run" / "returns.json", {"pass_rate": 0.5})
    jobs = jobs_of()
    leans = {"known_gap": 0.9, "minilm": 0.9, "bm25": 0.0}
    gaps = {name: gap_of(lean, jobs) for name, lean in leans.items()}
    evaluations = {
        name: evaluation_of(lean, gaps["known_gap"], jobs, SYSTEMS) for name, lean in leans.items()
    }
    gate = {"judged": 4, "pass_rate": 0.5, "reasons": {"adds …": 2}}
    rollouts = {
        "say": ["…"],
        "overall": {"passed": 2, "rows": 4},
        "gates": {"facts": gate},
        "sources": {"model": {"pass_rate": 0.5}},
    }
    subset = evaluation_of(
        0.9, gaps["known_gap"], jobs[:24], {"tuned": [0, 1, 2], "tuned_seed1": [0], "rloo": [0]}
    )
    return {
        "gaps": gaps,
        "evaluations": evaluations,
        "rollouts": rollouts,
        "out": out,
        "subsets": {"rloo": {"why": "18 judged ads only", "evaluation": subset}},
        "ceiling": CEILING,
    }


@pytest.fixture(scope="module")
def report(found: dict[str, Any]) -> dict[str, Any]:
    return report_of(found)


def report_of(found: dict[str, Any]) -> dict[str, Any]:
    program, jobs, pool = module("hiring_results"), jobs_of(), pool_of()
    bench = module("hiring_protocol").Bench(jobs, jobs, pool, pool)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "read_rollouts", lambda folder: [])
        made = program.results(found, bench, Config(), {"tune": 60.0}, 1.5, "abc1234", "tiny")
    return json.loads(json.dumps(made, allow_nan=False))


def test_the_results_have_the_keys_agreed_on(report):
    assert set(report) >= KEYS
    for engine in (report, *report["engines"].values()):
        assert set(engine["systems"]) >= {"original", *SYSTEMS}
        assert all(set(found) >= SYSTEM_KEYS for found in engine["systems"].values())
        assert all(
            {"abs_log_R_change", "interval"} <= set(one) for one in engine["paired"].values()
        )
    assert set(report["engines"]) == {"minilm", "bm25"}
    assert set(report["paired"]) == {
        "primary", "tuned vs best_of_4", "tuned vs original", "tuned vs random_edit",
        "tuned vs extra", "tuned vs rloo",
    }  # fmt: skip
    assert report["cost"]["minutes"] == 1.0
    assert report["cost"]["peak_gib"] == 1.5
    assert 0 <= report["systems"]["tuned"]["ads_changed"] <= 1


def test_the_primary_is_the_mean_of_the_seeds(report):
    primary = report["paired"]["primary"]
    assert primary == report["paired"]["tuned vs best_of_4"]
    seeds = primary["per_seed"]
    assert [one["systems"] for one in seeds] == [
        ["tuned", "best_of_4"],
        ["tuned_seed1", "best_of_4_seed1"],
    ]
    mean = sum(one["abs_log_R_change"] for one in seeds) / 2
    assert primary["abs_log_R_change"] == pytest.approx(mean)
    assert primary["deviation"] > 0
    assert primary["p"] is not None
    assert primary["p_holm"] is None


def test_holm_is_over_the_planned_comparisons_alone(report):
    paired, other = report["paired"], report["engines"]["minilm"]["paired"]
    family = [paired[f"tuned vs {row}"] for row in ("original", "random_edit", "rloo")]
    family.append(other["tuned vs best_of_4"])
    expected = holm([one["p"] for one in family])
    assert [one["p_holm"] for one in family] == pytest.approx(list(expected))
    assert paired["tuned vs extra"]["p"] is not None
    assert paired["tuned vs extra"]["p_holm"] is None
    assert other["tuned vs original"]["p_holm"] is None


def test_engines_without_a_gap_on_training_people_are_abstained_from(report):
    assert report["engines"]["bm25"]["abstained"] is True
    assert report["engines"]["minilm"]["abstained"] is False
    assert {one["p"] for one in report["engines"]["bm25"]["paired"].values()} == {None}
    assert {one["p_holm"] for one in report["engines"]["bm25"]["paired"].values()} == {None}


def test_rows_of_some_ads_say_so(report):
    assert report["systems"]["rloo"]["ads"] == report["paired"]["tuned vs rloo"]["ads"] == 18
    assert "ads" not in report["systems"]["tuned"]
    assert report["subsets"] == {"rloo": "18 judged ads only"}


def test_the_gap_closed_is_over_all_and_over_the_tuned_groups(report):
    assert set(report["gap_closed"]) == {"overall", "tuned groups"}
    row = report["gap_closed"]["overall"]["rows"]["tuned"]
    original = report["gap_closed"]["overall"]["rows"]["original"]
    assert row["gap_closed"] == pytest.approx(1 - row["abs_log_R"] / original["abs_log_R"])
    assert report["gap_closed"]["tuned groups"]["groups"]


def test_facts_are_the_reading_by_eye_where_there_is_one(found, report, tmp_path):
    assert report["facts"]["by"] == "second checker"
    assert set(report["facts_by_checker"]) == {"original", *SYSTEMS}
    read = {"read": 150, "changed_meaning": 1, "upper_bound": 0.03, "kinds": {"order": 1}}
    out = tmp_path / "run-with-facts"
    for name in ("reliability.json", "returns.json"):
        content = (found["out"] / "run" / name).read_text("utf-8")
        write_json(out / "run" / name, json.loads(content))
    write_json(out / "facts.json", read)
    by_eye = report_of({**found, "out": out})
    assert by_eye["facts"] == {**read, "by": "eye"}
    assert by_eye["facts_by_checker"] == report["facts_by_checker"]
    assert "Read by eye, 1 of 150" in module("hiring_tables").markdown(by_eye)


def test_the_page_says_what_was_asked_and_how_to_run_it_again(report):
    page = module("hiring_results").markdown(report)
    for said in (
        "## The question, fixed in advance",
        "python bench/hiring/hiring_bench.py --scale tiny --only ROW",
        "| tuned vs best_of_4 (primary) |",
        "## The primary comparison by seed",
        "### tuned groups",
        "## The ceiling",
        "| rloo (18 ads) |",
        "shows no detectable gap on training people",
    ):
        assert said in page, said
    assert "None" not in page
    assert "nan" not in page.lower().replace("finance", "")


def test_rows_that_are_absent_are_absent(found):
    jobs = jobs_of()
    bare = {
        **{key: found[key] for key in ("gaps", "rollouts", "out")},
        "evaluations": {
            name: evaluation_of(0.9, found["gaps"]["known_gap"], jobs, {"tuned": [0]})
            for name in ("known_gap", "bm25")
        },
    }
    report = report_of(bare)
    assert set(report["paired"]) == {"tuned vs original"}
    page = module("hiring_tables").markdown(report)
    assert "The primary comparison was not run" in page
    assert "ceiling" not in page
    assert module("hiring_sentences").claims(report)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((-0.3, -0.1), "narrowed the gap by more than luck explains"),
        ((0.1, 0.3), "widened the gap by more than luck explains"),
        ((-0.3, 0.1), "made no difference that can be told from luck, so none is claimed"),
        ((-0.3, 0.0), "made no difference that can be told from luck, so none is claimed"),
    ],
)
@pytest.mark.parametrize("name", ["tuned vs best_of_4", "tuned vs original"])
def test_plain_words_claim_no_more_than_the_interval(report, name, ends, said):
    other = copy.deepcopy(report)
    for each in ("tuned vs best_of_4", "tuned vs original"):
        other["paired"][each] |= {"interval": [None, None]}
    other["paired"][name] |= {"interval": list(ends)}
    told = module("hiring_sentences").plain(other)
    verbs = ("narrowed", "widened", "no difference")
    assert said in told
    assert sum(told.count(verb) for verb in verbs) == 1
    ratio = other["systems"]["tuned"]["R"]
    assert f"about {100 * ratio:.0f} (95 % interval" in told


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((-0.3, -0.1), "is closer to parity than"),
        ((0.1, 0.3), "is further from parity than"),
        ((-0.3, 0.1), "shows no effect that its interval allows to be claimed"),
        ((-0.3, 0.0), "shows no effect that its interval allows to be claimed"),
        (None, "against best of 4 samples of the untuned model: undefined"),
    ],
)
def test_an_effect_is_claimed_only_where_the_interval_excludes_0(report, ends, said):
    sentences = module("hiring_sentences")
    other = copy.deepcopy(report)
    interval = list(ends) if ends else None
    other["paired"]["tuned vs best_of_4"] |= {"interval": interval}
    told = sentences.change_sentence(other, "tuned vs best_of_4")
    assert said in told
    others = {"is closer to", "is further from", "shows no effect"} - {said[:14], said[:12]}
    assert not any(words in told for words in others if words not in said)


def test_the_share_closed_is_hedged_where_its_interval_holds_0(report):
    sentences = module("hiring_sentences")
    other = copy.deepcopy(report)
    row = other["gap_closed"]["overall"]["rows"]["tuned"]
    other["gap_closed"] = {"overall": {"groups": [], "rows": {"tuned": row}}}
    row |= {"gap_closed": 0.5, "gap_closed_interval": [0.2, 0.7]}
    assert "50% (20% to 70%)." in sentences.closed_sentence(other)
    row |= {"gap_closed_interval": [-0.2, 0.7]}
    assert "(−20% to 70%), which shows no effect" in sentences.closed_sentence(other)


def test_the_readme_block_is_the_one_that_the_results_give():
    path = Path(__file__).resolve().parents[2] / "docs" / "build_results.py"
    spec = importlib.util.spec_from_file_location("build_results", path)
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    readme = build.README.read_text(encoding="utf-8")
    assert build.replaced(readme, build.block()) == readme, "run `make docs`"
    with pytest.raises(ValueError, match="substring"):
        build.replaced("no marks", build.block())


def test_the_ceiling_is_shown_from_the_original_to_the_shift(report):
    page = module("hiring_results").markdown(report)
    section = page[page.index("## The ceiling") :]
    names = ["original", "best_of_2", "best_of_16", "oracle", "shift_to_target"]
    places = [section.index(f"| {name} |") for name in names]
    assert places == sorted(places)
    assert "0.50 (0.30 to 0.80)" in section
