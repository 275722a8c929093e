"""Reward hacking, looked for: where the gain of rewordings comes from and who else sees it.

    python bench/hiring/hacking.py --systems tuned best_of_4 --people-states 600

Reads finished rewordings of the benchmark (``--run``), judges them on test ads × test people with
the known-gap engine and in other encoders, and prints JSON; ``--out`` keeps it. No ad text and no
person comes out. Chooses nothing: test people are looked at once, after everything is fixed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evenhand.config import Config, load_config
from evenhand.errors import BadInput
from evenhand.match.dense import Encoder, load_encoder
from evenhand.records.files import write_json
from evenhand.records.job import Job
from evenhand.records.people import Pool
from evenhand.reward.gates import Encode
from evenhand.reward.model import RewardModel
from evenhand.rewrite.result import Rewrite, read_rewrites
from evenhand.verbs.engine import AnyEngine
from evenhand.verbs.language_model import LanguageTools
from hacking_edits import effects_of, summarise_effects
from hacking_people import (
    Setting,
    Systems,
    agreement,
    judged,
    lean_in,
    masked,
    movements,
    ratios,
    sample,
    some,
    telling_lemmas,
)
from hacking_wear import wear
from hiring_protocol import JUDGED, SCALES, Bench, engines, load, training_reward
from spaces import Space, encoder_space, lsa_space, state_space

ROOT = Path(__file__).resolve().parents[2]
KNOWN = "known_gap"
FITTED_PER_CELL = 12
"""Training people of each occupation and gender that slow encoders fit a direction on."""


def hacking(
    bench: Bench,
    config: Config,
    engines: Mapping[str, AnyEngine],
    rewrites_by_system: Mapping[str, Sequence[Rewrite]],
    out: Path | None = None,
    *,
    encoder: Encoder | None = None,
    embed: Encode | None = None,
    people_states: int = 600,
    people_masked: int = 600,
    masked_lemmas: int = 200,
) -> dict[str, Any]:
    """Look for reward hacking in the rewordings of some systems.

    Args:
        bench: Training ads and people to fit on, test ads and people to judge on.
        config: Reward settings, length of the lists, seed.
        engines: By name; ``known_gap`` is the one that is looked into.
        rewrites_by_system: Rewordings of the test ads; ads outside the judged groups are left out.
        out: Where the findings are written, if anywhere.
        encoder: The engine's own encoder; the bundled one if None.
        embed: The language model's states; that encoder is left out if None.
        people_states: Most test people read by the language model.
        people_masked: Most test people encoded anew with harder masks.
        masked_lemmas: How many lemmas harder masks take out.

    Returns:
        ``edits``, ``wear``, ``movement``, ``agreement``, ``masking`` by system or space, and
        ``protocol``.

    Raises:
        BadInput: A system lacks a judged test ad.
    """
    jobs = [ad for ad in bench.test_ads if ad.group in JUDGED]
    systems = {name: _of(jobs, found, name) for name, found in rewrites_by_system.items()}
    setting = Setting(
        bench, config.matcher.top, config.reward.min_group, config.reward.resamples, config.seed
    )
    reward = reward_on(bench, config, engines[KNOWN], bench.test_people)
    clock: dict[str, float] = {}
    report: dict[str, Any] = {
        "edits": {
            name: summarise_effects(effects_of(jobs, found, reward), jobs, config.seed)
            for name, found in systems.items()
        },
        "wear": {name: wear(jobs, found, config.seed) for name, found in systems.items()},
    }
    own = encoder_space(encoder or load_encoder())
    report |= _other_spaces(setting, jobs, systems, own, embed, people_states, clock)
    started = time.monotonic()
    report["masking"] = _masking(
        setting, jobs, systems, engines[KNOWN], own, people_masked, masked_lemmas
    )
    clock["masking"] = round(time.monotonic() - started, 1)
    report["protocol"] = {
        "engine": KNOWN,
        "ads": len(jobs),
        "top": config.matcher.top,
        "movement": "spreads of training ads; positive is towards women's profiles",
        "seconds": clock,
    }
    if out is not None:
        write_json(out, report)
    return report


def reward_on(bench: Bench, config: Config, engine: AnyEngine, people: Pool) -> RewardModel:
    """Targets from training ads and people, used on other people."""
    fitted = training_reward(bench, config, engine)
    return RewardModel.with_targets(
        fitted.to_json(), people, engine(people.documents()), config.reward, seed=config.seed
    )


def _of(jobs: Sequence[Job], found: Sequence[Rewrite], name: str) -> list[Rewrite]:
    by_id = {one.id: one for one in found}
    missing = [job.id for job in jobs if job.id not in by_id]
    if missing:
        raise BadInput(f"{name}: {len(missing)} judged test ads have no rewriting; rewrite them")
    return [by_id[job.id] for job in jobs]


def _other_spaces(
    setting: Setting,
    jobs: Sequence[Job],
    systems: Systems,
    own: Space,
    embed: Encode | None,
    people_states: int,
    clock: dict[str, float],
) -> dict[str, Any]:
    """Movement in every space and R in those that aren't the engine's."""
    bench = setting.bench
    train = [*bench.train_people, *(ad for ad in bench.centre_ads or bench.train_ads)]
    lsa = lsa_space([one.text for one in train])
    few = sample(bench.train_people, FITTED_PER_CELL, setting.seed)
    spaces: list[tuple[Space, Pool, Pool]] = [
        (own, bench.train_people, bench.test_people),
        (lsa, bench.train_people, bench.test_people),
    ]
    if embed is not None:
        read = some(judged(bench.test_people), people_states, setting.seed)
        spaces.append((state_space(embed), few, read))
    moved, agreed = {}, {}
    for space, fitted, pool in spaces:
        started = time.monotonic()
        moved[space.name] = movements(space, setting, jobs, systems, fitted)
        if space is not own:
            lean = lean_in(space, own, setting, fitted)
            agreed[space.name] = agreement(space, setting, jobs, systems, pool, lean)
        clock[space.name] = round(time.monotonic() - started, 1)
    return {"movement": moved, "agreement": agreed}


def _masking(
    setting: Setting,
    jobs: Sequence[Job],
    systems: Systems,
    engine: AnyEngine,
    own: Space,
    people_masked: int,
    lemmas: int,
) -> dict[str, Any]:
    """R on profiles as they are and masked harder: the engine on a sample, LSA on everybody."""
    bench = setting.bench
    telling = telling_lemmas(bench.train_people, lemmas)
    read = some(judged(bench.test_people), people_masked, setting.seed)
    top = max(5, round(setting.top * len(read) / len(judged(bench.test_people))))
    found: dict[str, Any] = {"lemmas": len(telling), "people": len(read), "top": top}
    after = {
        name: [job.reworded(one.rewritten) for job, one in zip(jobs, rewrites, strict=True)]
        for name, rewrites in systems.items()
    }
    for how, pool in (("as they are", read), ("masked harder", masked(read, telling))):
        matcher = engine(pool.documents())
        lists = {name: matcher.rank(ads, max(top, 50)) for name, ads in after.items()}
        found[how] = ratios(matcher.rank(jobs, max(top, 50)), lists, setting, jobs, pool, top)
    lsa = lsa_space([person.text for person in masked(bench.train_people, telling)])
    lean = lean_in(lsa, own, setting, bench.train_people)
    everybody = masked(bench.test_people, telling)
    found["masked harder, tf-idf/lsa"] = agreement(lsa, setting, jobs, systems, everybody, lean)
    return found


def main() -> None:
    """Read rewordings and print the findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", choices=sorted(SCALES), default="pilot")
    parser.add_argument("--run", type=Path, help="default: runs/hiring_bench/<scale>")
    parser.add_argument("--systems", nargs="+", default=["tuned", "best_of_4"])
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "hiring_bench.toml")
    parser.add_argument("--people-states", type=int, default=600, help="0: no language model")
    parser.add_argument("--people-masked", type=int, default=600)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    run = options.run or ROOT / "runs" / "hiring_bench" / options.scale
    config = load_config([options.config])
    bench, encoder = load(SCALES[options.scale]), load_encoder()
    report = hacking(
        bench,
        config,
        engines(bench, encoder),
        {name: read_rewrites(run / f"{name}.jsonl") for name in options.systems},
        options.out,
        encoder=encoder,
        embed=LanguageTools.open(config).embed if options.people_states else None,
        people_states=options.people_states,
        people_masked=options.people_masked,
    )
    sys.stdout.write(json.dumps(report, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
