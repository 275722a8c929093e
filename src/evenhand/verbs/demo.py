"""``evenhand demo``: the whole main job on the bundled, synthetic market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evenhand.align.runs import check_same
from evenhand.audit.evaluation import Evaluation
from evenhand.config.compose import resolved
from evenhand.config.schema import (
    AlignConfig,
    Config,
    GatesConfig,
    IlqlConfig,
    MatcherConfig,
    SamplingConfig,
    SpansConfig,
)
from evenhand.errors import FolderRefused, need
from evenhand.records.files import digest_of, read_json, write_json
from evenhand.records.job import Job
from evenhand.records.market import NOTICE, Market, load_market
from evenhand.records.outputs import Progress, keeps, writes
from evenhand.records.people import Pool
from evenhand.rehearsal import begin, foretell
from evenhand.rewrite.result import Rewrite, read_rewrites
from evenhand.verbs.evaluate import Systems, evaluate, read_systems
from evenhand.verbs.inputs import refuse_text
from evenhand.verbs.language_model import LanguageTools
from evenhand.verbs.measure import measure
from evenhand.verbs.rewrite import SCORED, System, rewrite
from evenhand.verbs.rollouts import rollouts
from evenhand.verbs.tune import tune

TRADES = ("financial_analyst", "lawyer")
"""Trades of the market whose ads lean the same way, so that their gaps add up to one that shows."""
ADS = 8
"""Ads of a trade in each split."""
SYSTEMS: Mapping[str, tuple[System, int]] = {
    "mended": ("lexicon", 1),
    "random_edit": ("random", 1),
    "best_of_4": ("best-of", 4),
    "align_only": ("align", 4),
    "tuned": ("tuned", 4),
}
"""Rows of the table: which rewriter, and how many samples a span."""
TAKES = "about 3 minutes on two cores with the demo's own settings"


def demo_config() -> Config:
    """Settings that two cores get through in about three minutes."""
    return Config(
        matcher=MatcherConfig(name="lexical"),
        spans=SpansConfig(per_ad=2),
        sampling=SamplingConfig(samples=4, max_new_tokens=40),
        gates=GatesConfig(lean_people=8),
        align=AlignConfig(max_examples=8, batch_size=4),
        ilql=IlqlConfig(steps=40),
    )


def said(folder: Path) -> list[str]:
    """Where tuning had a gap to close and where it hadn't, a sentence a trade."""
    lines: list[str] = read_json(folder / "say.json")["rollouts"]
    return lines


@writes("out", folder=True)
def demo(
    out: str | Path, config: Config | None = None, progress: Progress | None = None
) -> tuple[Evaluation, Path]:
    """Read, match, measure, roll out, tune, rewrite held-out ads and evaluate on other people.

    Args:
        out: Folder of the whole run; finished stages in it are gone on from.
        config: Settings; ``demo_config`` if None.
        progress: Called as ``progress(stage, done, total)``.

    Returns:
        The evaluation and the path of the HTML report.

    Raises:
        EvenhandError: Of the class of whatever boundary failed.
    """
    need("the demo", "match", "words", "embed", "train")
    refuse_text(config=config)
    folder, settings = Path(out), config or demo_config()
    keeps(folder, lambda: _kept(folder))
    foretell(reads=[LanguageTools.find(settings)], takes=TAKES)
    _claim(folder, digest_of(resolved(settings)))
    market = load_market()
    train_ads, test_ads = (_ads(market, split) for split in ("train", "test"))
    train_people, test_people = (_people(market, fold) for fold in ("train", "test"))
    measure(
        train_ads,
        train_people,
        by=settings.reward.attributes,
        matcher=settings.matcher,
        qualified_by=settings.reward.qualified_by,
        out=folder / "measures.json",
        progress=progress,
    )
    gaps = rollouts(train_ads, train_people, settings, out=folder / "rollouts", progress=progress)
    tuned = tune(
        folder / "rollouts", settings, out=folder / "run", synthetic=True, progress=progress
    )
    write_json(folder / "say.json", {"rollouts": gaps["say"], "tune": tuned["say"]})
    systems = _rewrite_all(test_ads, train_people, folder, settings, progress)
    report = folder / "report.html"
    evaluation = evaluate(
        test_ads,
        test_people,
        systems,
        by=settings.reward.attributes,
        matcher=settings.matcher,
        qualified_by=settings.reward.qualified_by,
        out=folder / "evaluation.json",
        html=report,
        notice=NOTICE,
        provenance={"digest of the settings": digest_of(resolved(settings))},
        progress=progress,
    )
    return evaluation, report


def _claim(folder: Path, settings: str) -> None:
    """Take the folder for a run, or go on with the same one."""
    path = folder / "demo.json"
    claimed = path.exists()
    if claimed:
        check_same(folder, read_json(path), {"settings": settings})
    elif folder.exists() and any(folder.iterdir()):
        raise FolderRefused(f"{folder}: is not empty and holds no demo; choose another folder")
    begin()
    if not claimed:
        write_json(path, {"settings": settings})


def _kept(folder: Path) -> str:
    """What a stopped demo leaves beside what its stages say."""
    stages = ("measures.json", "rollouts/lean.json", "run/tuned.json", "report.html")
    done = sum((folder / name).exists() for name in stages)
    return (
        f"{done} of its {len(stages)} stages {'is' if done == 1 else 'are'} finished in {folder}; "
        "run the same command again to go on"
    )


def _rewrite_all(
    ads: Sequence[Job],
    people: Pool,
    folder: Path,
    config: Config,
    progress: Progress | None,
) -> Systems:
    """All systems' rewritings of the held-out ads; those on disk already are kept."""
    tools: LanguageTools | None = None
    files = {name: folder / f"{name}.jsonl" for name in SYSTEMS}
    # Whoever draws most goes first: fewer draws of the same model are the first of these.
    for name, (system, samples) in sorted(SYSTEMS.items(), key=lambda row: -row[1][1]):
        if files[name].exists() and _same_ads(read_rewrites(files[name]), ads):
            continue
        tools = tools or LanguageTools.open(config)
        rewrite(
            ads,
            system=system,
            run=folder / "run",
            pool=people if system in SCORED else None,
            config=config,
            samples=samples,
            tools=tools,
            seed=config.seed,
            out=files[name],
            progress=_named(progress, name),
        )
    return read_systems({name: str(path) for name, path in files.items()})


def _named(progress: Progress | None, system: str) -> Progress | None:
    """The same callback with the system's name in the stage's."""
    if progress is None:
        return None
    return lambda stage, done, total: progress(
        f"{stage} {system}" if stage == "rewrite" else stage, done, total
    )


def _same_ads(rewrites: Sequence[Rewrite], ads: Sequence[Job]) -> bool:
    return [(found.id, found.original) for found in rewrites] == [(ad.id, ad.text) for ad in ads]


def _ads(market: Market, split: str) -> list[Job]:
    """The first ads of the demo's trades in one split, trade by trade."""
    here = [job for job in market.jobs if job.fields["split"] == split]
    return [job for trade in TRADES for job in [j for j in here if j.group == trade][:ADS]]


def _people(market: Market, fold: str) -> Pool:
    """The people of the demo's trades in one fold."""
    return market.pool.where(
        lambda one: one.fields.get("fold") == fold and one.fields["occupation_group"] in TRADES
    )
