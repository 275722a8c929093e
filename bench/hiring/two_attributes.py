"""Two attributes at once by max-min, on the bundled synthetic market; writes JSON.

    python bench/hiring/two_attributes.py --out two_attributes.json

Tunes twice on the same ads and people: for gender alone, and for gender and age together with
``reward.combine = "worst"`` (an edit is paid for how much smaller the largest gap gets). Every
row is judged in both attributes on people that made none of the rewordings. The market is made
up and its gap was put in: the figures show what the reward does, never a real engine or market.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from evenhand.config import Config
from evenhand.config.schema import (
    AlignConfig,
    IlqlConfig,
    RewriteConfig,
    SamplingConfig,
    SpansConfig,
)
from evenhand.errors import Abstained
from evenhand.records.files import write_json
from evenhand.records.job import Job
from evenhand.records.market import NOTICE, load_market
from evenhand.records.outputs import Progress
from evenhand.records.people import Pool
from evenhand.rewrite.result import Rewrite, read_rewrites
from evenhand.verbs.evaluate import evaluate
from evenhand.verbs.language_model import LanguageTools
from evenhand.verbs.rewrite import System, rewrite
from evenhand.verbs.rollouts import rollouts
from evenhand.verbs.tune import tune
from two_attributes_report import report_of

ATTRIBUTES = ("gender", "age_band")
ONE, BOTH = "one", "both"
SAMPLES = 4


@dataclass(frozen=True)
class Size:
    """How much of the market is used; what two cores get through in about eight minutes.

    Attributes:
        train_ads: Ads rolled out, evenly from the judged occupations.
        test_ads: Ads reworded and judged.
        spans: Most spans of an ad that may be reworded.
        samples: Rewordings of a span in the rollouts.
        examples: Most examples of the alignment.
        steps: Of ILQL, per objective.
        resamples: Of the bootstrap, and permutations of the null.
        occupations: Whose ads are used: those that the market's tone leans in, with pools that
            are large enough to judge.
    """

    train_ads: int = 36
    test_ads: int = 24
    spans: int = 3
    samples: int = 5
    examples: int = 64
    steps: int = 200
    resamples: int = 1000
    occupations: tuple[str, ...] = (
        "financial_analyst",
        "lawyer",
        "marketing_manager",
        "real_estate_agent",
    )


def two_attributes(
    out: str | Path,
    seed: int = 0,
    *,
    size: Size | None = None,
    base: Config | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run everything; what is finished beside ``out`` is kept.

    Args:
        out: The JSON file; runs stand in a folder of the same name without the suffix.
        seed: Of everything random but the market, which is that of seed 0.
        size: How much of the market.
        base: Settings of model, engine, gates and the rest; the defaults if None.
        progress: Called as ``progress(stage, done, total)``.

    Returns:
        What the file holds: by system and attribute R with its interval and chance band, paired
        changes, what each tuning said, and the sizes.

    Raises:
        EvenhandError: Of the class of whatever boundary failed.
    """
    chosen, folder = size or Size(), Path(out).with_suffix("")
    market = load_market()
    ads = [job for job in market.jobs if job.group in chosen.occupations]
    train = _evenly([job for job in ads if job.fields["split"] == "train"], chosen.train_ads)
    test = _evenly([job for job in ads if job.fields["split"] == "test"], chosen.test_ads)
    people = {fold: _fold(market.pool, fold) for fold in ("train", "test")}
    said: dict[str, Any] = {}
    systems: dict[str, list[Rewrite]] = {}
    for name, attributes in ((ONE, ATTRIBUTES[:1]), (BOTH, ATTRIBUTES)):
        config = _settings(base or Config(), chosen, attributes, seed)
        run, said[name] = _tuned(train, people["train"], config, folder / name, progress)
        systems |= _reworded(test, people["train"], config, name, run, folder, progress)
    report: dict[str, Any] = {
        "notice": NOTICE,
        "attributes": list(ATTRIBUTES),
        "combine": "worst",
        "seed": seed,
        "size": asdict(chosen),
        "people": {fold: len(pool) for fold, pool in people.items()},
        "said": said,
    }
    if systems:  # none where neither tuning found anything that may be tuned
        config = _settings(base or Config(), chosen, ATTRIBUTES, seed)
        found = evaluate(
            test,
            people["test"],
            systems,
            by=ATTRIBUTES,
            matcher=config.matcher,
            min_group=config.reward.min_group,
            resamples=chosen.resamples,
            seed=seed,
            progress=progress,
        )
        report |= report_of(found, ATTRIBUTES)
    write_json(out, report)
    return report


def _settings(base: Config, size: Size, attributes: Sequence[str], seed: int) -> Config:
    """The base with this program's sizes and attributes."""
    sampling = {**base.sampling.model_dump(), "samples": size.samples}
    return base.model_copy(
        update={
            "seed": seed,
            "spans": SpansConfig(**{**base.spans.model_dump(), "per_ad": size.spans}),
            "sampling": SamplingConfig(**sampling),
            "align": AlignConfig(**{**base.align.model_dump(), "max_examples": size.examples}),
            "ilql": IlqlConfig(**{**base.ilql.model_dump(), "steps": size.steps}),
            "rewrite": RewriteConfig(**{**base.rewrite.model_dump(), "rules": False}),
            "reward": base.reward.model_copy(
                update={"attributes": tuple(attributes), "combine": "worst"}
            ),
        }
    )


def _tuned(
    ads: Sequence[Job],
    people: Pool,
    config: Config,
    folder: Path,
    progress: Progress | None,
) -> tuple[Path | None, dict[str, Any]]:
    """A tuned run and what was said on the way; no run where nothing may be tuned."""
    rolled = rollouts(ads, people, config, out=folder / "rollouts", progress=progress)
    said: dict[str, Any] = {"gaps": rolled["say"]}
    try:
        tuned = tune(
            folder / "rollouts", config, out=folder / "run", synthetic=True, progress=progress
        )
    except Abstained as why:
        return None, {**said, "abstained": str(why)}
    return folder / "run", {**said, "tune": tuned["say"], "kept": tuned["kept"]}


def _reworded(
    ads: Sequence[Job],
    people: Pool,
    config: Config,
    name: str,
    run: Path | None,
    folder: Path,
    progress: Progress | None,
) -> dict[str, list[Rewrite]]:
    """The rewordings that were chosen for one or for both attributes, by system."""
    if run is None:
        return {}
    tools: LanguageTools | None = None
    made: dict[str, list[Rewrite]] = {}
    ways: dict[str, System] = {"best_of_4": "best-of", "tuned": "tuned"}
    for way, system in ways.items():
        path = folder / f"{way}_{name}.jsonl"
        if not path.exists():
            tools = tools or LanguageTools.open(config)
            rewrite(
                ads,
                system=system,
                run=run,
                config=config,
                pool=people,
                samples=SAMPLES,
                tools=tools,
                seed=config.seed,
                out=path,
                progress=progress,
            )
        made[path.stem] = read_rewrites(path)
    return made


def _fold(pool: Pool, fold: str) -> Pool:
    return pool.where(lambda person: person.fields["fold"] == fold)


def _evenly(jobs: Sequence[Job], wanted: int) -> list[Job]:
    """At most ``wanted`` ads, in turn from every occupation, in file order."""
    turns: dict[str | None, int] = {}
    ranked: list[tuple[int, int]] = []
    for at, job in enumerate(jobs):
        ranked.append((turns.setdefault(job.group, 0), at))
        turns[job.group] += 1
    return [jobs[at] for at in sorted(at for _, at in sorted(ranked)[:wanted])]


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help="a few ads, to try the program out")
    options = parser.parse_args()
    small = Size(12, 6, spans=1, samples=3, examples=16, steps=10, resamples=100)
    small = replace(small, occupations=("financial_analyst", "marketing_manager"))
    report = two_attributes(
        options.out, options.seed, size=small if options.small else None, progress=_tell
    )
    sys.stdout.write(json.dumps(report, indent=2, sort_keys=True) + "\n")


def _tell(stage: str, done: int, total: int) -> None:
    if done == total:
        sys.stderr.write(f"  {stage} {done}/{total}\n")


if __name__ == "__main__":
    main()
