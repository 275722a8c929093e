"""``evenhand tune``: from rollouts to a run folder with weights, cards and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evenhand import __version__
from evenhand.align.rollouts import check_rollouts, read_summary
from evenhand.align.runs import RunFolder
from evenhand.align.tune import TuneReport
from evenhand.align.tune import tune as run
from evenhand.config.compose import load_config
from evenhand.config.schema import Config, LanguageModelConfig, MatcherConfig
from evenhand.errors import BadInput, need
from evenhand.records.files import read_json, write_json, write_text
from evenhand.records.outputs import Progress, keeps, writes
from evenhand.rehearsal import foretell
from evenhand.report.cards import PARTS, Licence, RunFacts, data_card, model_card
from evenhand.verbs.inputs import refuse_text
from evenhand.verbs.rollouts import ASKED, LABELS, LEAN, SETTINGS

BASE_MODEL, ENCODER = PARTS
_KEPT = (LEAN, LABELS, ASKED)
"""Files of the rollouts that a run needs as well."""
THEIRS = "under its makers' terms"


@writes("out", folder=True)
def tune(
    rollouts: str | Path,
    config: Config | None = None,
    *,
    out: str | Path,
    synthetic: bool = False,
    progress: Progress | None = None,
) -> dict[str, object]:
    """Align the model on rollouts, then learn the regulator; goes on where it was interrupted.

    Args:
        rollouts: Folder that ``evenhand rollouts`` finished.
        config: Every setting; those of the rollouts if None. The engine is that of the rollouts.
        out: The run folder.
        synthetic: Whether the ads and people are the bundled market's; the cards say so.
        progress: Called as ``progress(stage, done, total)``.

    Returns:
        What the run came to, with ``say``: sentences on reliability and abstentions.

    Raises:
        Abstained: There is nothing that may honestly be tuned.
        BadInput: ``config`` names another engine than the rollouts were scored in.
        StorageError: The rollouts aren't finished, or ``out`` holds another run.
        EvenhandError: Of the class of whatever boundary failed.
    """
    need("tuning", "match", "words", "train")
    refuse_text(config=config)
    from evenhand.generate.model import find_language_model

    source, folder = Path(rollouts), Path(out)
    settings = _with_their_engine(source, config)

    def finish(report: TuneReport) -> None:
        for name in _KEPT:
            write_json(folder / name, read_json(source / name))
        facts = _facts(report, read_summary(source), settings, synthetic)
        write_text(folder / "model_card.md", model_card(facts))
        write_text(folder / "data_card.md", data_card(facts))

    keeps(folder, RunFolder(folder).kept)
    weights = find_language_model(settings.model.name)
    foretell(reads=[weights])
    report = run(source, settings, folder, weights, progress, finish=finish)
    said = [*report.reliability, *(f"{g}: {why}" for g, why in sorted(report.abstained.items()))]
    return {**asdict(report), "root": str(folder), "say": said}


def settings_of_rollouts(
    rollouts: Path, paths: Sequence[Path] = (), overrides: Sequence[str] = ()
) -> Config:
    """The settings that rollouts were collected with, with files and overrides on top."""
    own = load_config(paths, overrides)  # What is wrong in them is said first.
    if not (rollouts / SETTINGS).exists():
        return own
    check_rollouts(rollouts, (*_KEPT, SETTINGS))
    return load_config([rollouts / SETTINGS, *paths], overrides)


def _with_their_engine(rollouts: Path, config: Config | None) -> Config:
    """The settings with the engine that the rollouts were scored in, which no setting changes."""
    check_rollouts(rollouts, (*_KEPT, SETTINGS))
    theirs = load_config([rollouts / SETTINGS])
    if config is None:
        return theirs
    for name, value in config.matcher.model_dump(exclude_unset=True).items():
        if value != (scored_in := getattr(theirs.matcher, name)):
            raise BadInput(
                f"matcher.{name}: is {value!r}, and the rollouts in {rollouts} were scored in an "
                f"engine with {scored_in!r}; leave it out, or collect rollouts in the other engine"
            )
    return config.model_copy(update={"matcher": theirs.matcher})


def _facts(
    report: TuneReport, summary: dict[str, object], config: Config, synthetic: bool
) -> RunFacts:
    """What the cards say of a run; aggregates alone."""
    folder = RunFolder(report.root)
    counts = {name: summary[name] for name in ("ads", "states", "rows")}
    sizes = {name: count for name, count in counts.items() if isinstance(count, int)}
    reliability = read_json(folder.reliability)["groups"]
    return RunFacts(
        name=folder.root.resolve().name,
        base_model=_shown(config.model.name),
        engine=str(read_json(folder.targets)["matcher"]),
        attributes=config.reward.attributes,
        version=__version__,
        seed=config.seed,
        digests=folder.read_digests(),
        sizes={**sizes, "examples": sum(report.examples), "tokens": report.steps},
        metrics={f"reliability, {each['group']}": each["reason"] for each in reliability},
        abstained=report.abstained,
        licences=_licences(config.model, config.matcher),
        synthetic=synthetic,
    )


def _licences(model: LanguageModelConfig, matcher: MatcherConfig) -> tuple[Licence, ...]:
    """Models made by others that this run used; those that aren't bundled have terms of theirs."""
    bundled = model.name == LanguageModelConfig().name
    found = [BASE_MODEL if bundled else Licence(_shown(model.name), THEIRS, BASE_MODEL.role)]
    if matcher.name == "dense":
        known = matcher.encoder == MatcherConfig().encoder
        found.append(ENCODER if known else Licence(_shown(matcher.encoder), THEIRS, ENCODER.role))
    return tuple(found)


def _shown(model: str) -> str:
    """A model's name without the folders above it, which are nobody's business."""
    path = Path(model).expanduser()
    return path.resolve().name if path.is_dir() else model
