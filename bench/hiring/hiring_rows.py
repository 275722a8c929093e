"""The rows of the benchmark: which rewriter each one is, and how its file is made.

Every file stands in the run's folder and is kept once it is there. Nothing is evaluated here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from evenhand.config import Config
from evenhand.records.outputs import Progress
from evenhand.verbs.engine import AnyEngine
from evenhand.verbs.language_model import LanguageTools
from evenhand.verbs.rewrite import SCORED, System, rewrite
from hiring_protocol import JUDGED, Bench, evenly
from row_hard_reward import rewrite_hard
from row_paper_recipe import run_paper_recipe

SAMPLES = 4
SUBSET = 40
"""Judged test ads that the row ``best_of_16`` covers."""


@dataclass(frozen=True)
class Row:
    """One way to reword the test ads.

    Attributes:
        system: Which rewriter.
        run: Folder of the run whose weights, targets and gates it uses.
        samples: Rewordings proposed per span.
        seed: Of the samples; rows that share system, samples' seed and weights share samples.
        rules: Whether the wording rules propose beside the model.
        free: Whether the model writes freely instead of choosing among listed rewordings.
        few: Whether it covers ``SUBSET`` ads only.
    """

    system: System
    run: str = "run"
    samples: int = SAMPLES
    seed: int = 0
    rules: bool = False
    free: bool = False
    few: bool = False


PILOT: Mapping[str, Row] = {
    "best_of_4": Row("best-of"),
    "random_edit": Row("random"),
    "align_only": Row("align"),
    "tuned": Row("tuned"),
    "best_of_4_and_rules": Row("best-of", rules=True),
    "tuned_and_rules": Row("tuned", rules=True),
}
FULL: Mapping[str, Row] = {
    "best_of_4": Row("best-of"),
    "best_of_4_seed1": Row("best-of", seed=1),
    "best_of_4_seed2": Row("best-of", seed=2),
    "best_of_1": Row("best-of", samples=1),
    "best_of_16": Row("best-of", samples=16, few=True),
    "best_of_4_free": Row("best-of", free=True),
    "even_of_4": Row("even"),
    "random_edit": Row("random"),
    "lexicon_swap": Row("lexicon"),
    "prompt_only": Row("prompt", samples=1, free=True),
    "align_only": Row("align"),
    "tuned": Row("tuned"),
    "tuned_seed1": Row("tuned", run="run_seed1", seed=1),
    "tuned_seed2": Row("tuned", run="run_seed2", seed=2),
    "tuned_of_1": Row("tuned", samples=1),
    "ilql_on_base": Row("tuned", run="run_on_base"),
    "rloo": Row("align", run="run_rloo"),
}
"""Rows made by ``rewrite``; ``tuned_hard_reward`` and ``paper_recipe`` are made by their own
programs, and ``rerank_detgreedy`` changes no words."""


@dataclass(frozen=True)
class Case:
    """What all rows share.

    Attributes:
        bench: The data.
        config: Settings.
        engine: The engine tuned on.
        out: Folder of the run.
        progress: Called as ``progress(stage, done, total)``.
    """

    bench: Bench
    config: Config
    engine: AnyEngine
    out: Path
    progress: Progress

    def path(self, name: str) -> Path:
        """Where a row stands."""
        return self.out / f"{name}.jsonl"


def make(name: str, row: Row, case: Case, tools: LanguageTools) -> None:
    """Reword the test ads as one row does."""
    bench, settings = case.bench, case.config
    jobs = bench.test_ads
    if row.few:
        jobs = evenly([ad for ad in jobs if ad.group in JUDGED], SUBSET)
    sampling = settings.sampling.model_copy(
        update={"decoding": "free" if row.free else settings.sampling.decoding}
    )
    rules = settings.rewrite.model_copy(update={"rules": row.rules})
    config = settings.model_copy(update={"rewrite": rules, "sampling": sampling})
    rewrite(
        jobs,
        system=row.system,
        run=case.out / row.run,
        config=config,
        pool=bench.train_people if row.system in SCORED else None,
        samples=row.samples,
        engine=case.engine,
        tools=tools if tools.config.sampling == sampling else tools.with_config(config),
        seed=row.seed,
        out=case.path(name),
        progress=case.progress,
    )


def make_hard(case: Case, tools: LanguageTools) -> None:
    """The row ``tuned_hard_reward``."""
    rewrite_hard(
        case.bench.test_ads,
        case.bench.train_people,
        case.engine,
        case.config.model_copy(
            update={"rewrite": case.config.rewrite.model_copy(update={"rules": False})}
        ),
        case.out / "run_hard",
        samples=SAMPLES,
        tools=tools,
        seed=0,
        out=case.path("tuned_hard_reward"),
        progress=case.progress,
    )


def make_paper(case: Case, tools: LanguageTools) -> None:
    """The row ``paper_recipe``."""
    del tools
    run_paper_recipe(
        case.bench, case.config, case.engine, case.out, case.config.seed, case.progress
    )


OWN_PROGRAMS: Mapping[str, Callable[[Case, LanguageTools], None]] = {
    "tuned_hard_reward": make_hard,
    "paper_recipe": make_paper,
}
