"""What the full benchmark looks into beside its rows: the ceiling, reward hacking, two attributes.

Each is a program of its own, run here at the benchmark's sizes; no row is made and nothing chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ceiling import COUNTS, ceiling
from ceiling_case import Case as CeilingCase
from evenhand.match.dense import load_encoder
from evenhand.rewrite.guard import Guard
from evenhand.rewrite.result import read_rewrites
from evenhand.verbs.engine import AnyEngine
from evenhand.verbs.language_model import LanguageTools, open_generator
from evenhand.verbs.rollouts import load_lean_gate
from hacking import hacking
from hiring_rows import Case
from two_attributes import two_attributes

Engines = Mapping[str, AnyEngine]
CEILING_ADS = 10
LOOKED_INTO = ("tuned", "best_of_4", "random_edit")
PEOPLE_STATES = 240
PEOPLE_MASKED = 600


def find_ceiling(case: Case, engines: Engines) -> dict[str, Any]:
    """Best of n of the untuned model, the oracle and the shift, on a few training ads."""
    del engines
    config, run = case.config, case.out / "run"
    few = CeilingCase.of(case.bench, config, case.engine, CEILING_ADS)
    tools = LanguageTools.open(config)
    guard = Guard(tuple(tools.gates()), (*tools.batch_gates(), load_lean_gate(run, tools.embed)))
    sample = tools.sampler(open_generator("best-of", tools, run, config), max(COUNTS), config.seed)
    listed = config.sampling.alternatives
    found = ceiling(few, guard, sample, COUNTS, case.bench.test_people, listed)
    return {**found, "protocol": {"ads": len(few.ads), "alternatives": listed}}


def find_hacking(case: Case, engines: Engines) -> dict[str, Any]:
    """Where the gain comes from and who else sees it, on test ads × test people."""
    return hacking(
        case.bench,
        case.config,
        engines,
        {name: read_rewrites(case.path(name)) for name in LOOKED_INTO},
        encoder=load_encoder(),
        embed=LanguageTools.open(case.config).embed,
        people_states=PEOPLE_STATES,
        people_masked=PEOPLE_MASKED,
    )


def find_two_attributes(case: Case, engines: Engines) -> dict[str, Any]:
    """Two attributes at once on the bundled market, another engine and other people."""
    del engines
    return two_attributes(case.out / "extras" / "two" / "market.json", case.config.seed)


EXTRAS: Mapping[str, Callable[[Case, Engines], dict[str, Any]]] = {
    "ceiling": find_ceiling,
    "hacking": find_hacking,
    "two_attributes": find_two_attributes,
}
