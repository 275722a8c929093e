"""``evenhand mitigate``: train a layer that evens out stereotyped preferences between people.

The base model stays as it is. Probes and places to keep are turned into answer states once, which
takes nearly all of the time; training runs on them and goes on from its last checkpoint.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.config.compose import resolved
from evenhand.config.schema import Config
from evenhand.errors import BadInput, StorageError, need
from evenhand.generate.weights import find_language_model, is_masked, weights_digest
from evenhand.mitigate.layer import AGAIN, CHECKPOINT, RUN, WORK
from evenhand.mitigate.probes.kinds import Source, probe_set
from evenhand.mitigate.probes.split import split
from evenhand.mitigate.probes.types import Example, ProbeSet
from evenhand.records.files import digest_of, read_json, write_json
from evenhand.records.outputs import keeps, writes
from evenhand.records.pace import Progress
from evenhand.records.seals import every_file, read_sealed, write_sealed
from evenhand.rehearsal import begin, foretell

if TYPE_CHECKING:
    from evenhand.mitigate.collect import Opened
    from evenhand.mitigate.scoring.states import AnswerStates

SPLIT = 2
"""Seed of the split into training and held-out probes; 0 and 1 were looked at while the layer was
designed."""
PROBE_STATES, KEEP_STATES = "probe_states.safetensors", "keep_states.safetensors"


@writes("out", folder=True)
def mitigate(
    model: str,
    kinds: Sequence[str],
    config: Config,
    *,
    out: str | Path,
    source: Source = "hiring",
    templates: Path | None = None,
    prose: Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train a layer on the training side of probes; resumable.

    Args:
        model: Name of a bundled model, a folder or a hub id.
        kinds: Kinds of bias to train on together.
        config: Its ``mitigate`` section and seed.
        out: The run: layer, states, settings and log. The same command goes on where it stopped.
        source: ``hiring``: our own templates; ``unqover``: files in UnQover's format.
        templates: Folder of such files.
        prose: Texts in which the model should stay as it is; the bundled market's by default.
        progress: Called as ``progress(stage, done, total)``.

    Returns:
        What was trained on and how it went.

    Raises:
        BadInput: A kind or setting is wrong, or the model is a masked one.
        ModelError: The model can't be used.
        StorageError: The folder belongs to another run, or can't be written.
    """
    need("training a layer", "train")
    if not kinds:
        raise BadInput("--kind: name at least one kind of bias")
    folder = Path(out)
    keeps(folder, lambda: _kept(folder))
    every = (training_examples(kind, config, source, templates) for kind in kinds)
    examples = [example for examples in every for example in examples]
    weights = find_language_model(model)
    if is_masked(weights):
        raise BadInput(f"{model}: is a masked model, which can only be probed; name a causal one")
    asked = {
        "model": model if not Path(model).exists() else Path(model).name,
        "weights": weights_digest(weights),
        "kinds": list(kinds),
        "source": source,
        "probes": _probes_digest(examples),
        "prose": digest_of(list(prose)) if prose else None,
        "settings": resolved(config)["mitigate"],
        "seed": config.seed,
    }
    foretell(reads=[weights])
    _claim(folder, asked)
    if (folder / RUN).exists():
        return read_mitigation(folder)
    from evenhand.mitigate.collect import open_model, usable_rows

    opened = open_model(model, config.model.device)
    probe = _probe_states(folder, opened, examples, config, progress)
    keep = _keep_states(folder, opened, prose, config, progress)
    from evenhand.mitigate.layer.train import train_layer

    usable = usable_rows(probe)
    settings, words = train_settings(config), opened.words
    layer = train_layer(usable, keep, opened.unembedding, settings, folder, progress, words=words)
    summary = {
        **asked,
        "examples": len(examples),
        "usable_examples": len(usable) // 4,
        "keep_rows": len(keep),
        "layer": layer.digest(),
        "training": read_json(folder / "training.json"),
    }
    write_sealed(folder / RUN, summary, every_file(folder, without=[CHECKPOINT, WORK]))
    shutil.rmtree(folder / WORK, ignore_errors=True)
    return summary


def read_mitigation(folder: Path) -> dict[str, Any]:
    """What a finished run was trained on and how it went.

    Raises:
        StorageError: A file of the run was changed.
    """
    return read_sealed(folder / RUN, AGAIN)


def training_examples(
    kind: str, config: Config, source: Source, templates: Path | None = None
) -> list[Example]:
    """Examples of the training side of one kind."""
    train, _ = sides(kind, config, source, templates)
    return list(train.examples(config.mitigate.examples, config.seed))


def sides(
    kind: str, config: Config, source: Source, templates: Path | None = None
) -> tuple[ProbeSet, ProbeSet]:
    """Probes to train on and probes that share no template, subject or attribute with them.

    The split depends on the kind alone, so that layers of several seeds are judged alike.
    """
    return split(probe_set(kind, source, templates), SPLIT, config.mitigate.held_out)


def train_settings(config: Config) -> Any:
    """The settings of training as the trainer takes them."""
    from evenhand.mitigate.layer.settings import TrainSettings

    wanted = config.mitigate
    return TrainSettings(
        kind="paper" if wanted.objective == "paper" else "residual",
        objective=wanted.objective,
        top_k=wanted.top_k,
        width=wanted.width,
        key_size=wanted.key_size,
        mentions=wanted.mentions,
        position_weight=wanted.position_weight,
        negation_weight=wanted.negation_weight,
        kl_weight=wanted.kl_weight,
        keep_weight=wanted.keep_weight,
        mass_weight=wanted.mass_weight,
        steps=wanted.steps,
        examples=wanted.batch_size,
        learning_rate=wanted.learning_rate,
        save_steps=wanted.save_steps,
        patience=0,
        seed=config.seed,
    )


def _probes_digest(examples: Sequence[Example]) -> str:
    """What is trained on, without its text."""
    return digest_of(
        [
            [[prompt.context, prompt.question] for prompt in one.prompts] + [list(one.choices)]
            for one in examples
        ]
    )


def _kept(folder: Path) -> str:
    """What a stopped run leaves."""
    if (folder / RUN).exists():
        return f"the run in {folder} is finished; run the same command again to see it"
    if any((folder / name).exists() for name in (PROBE_STATES, CHECKPOINT)) or any(
        (folder / WORK).glob("*")
    ):
        return f"the work so far is saved in {folder}; run the same command again to go on"
    return f"nothing to go on from is saved in {folder}; the same command starts over"


def _claim(folder: Path, asked: dict[str, Any]) -> None:
    """Refuse a folder that holds another run."""
    path = folder / "asked.json"
    if path.is_file():
        if digest_of(read_json(path)) != digest_of(asked):
            raise StorageError(
                f"{folder}: holds a mitigation of another model, kind, template, text or setting; "
                "it is left as it is; choose another folder"
            )
        begin()
        return
    begin()
    write_json(path, asked)


def _probe_states(
    folder: Path,
    opened: Opened,
    examples: Sequence[Example],
    config: Config,
    progress: Progress | None,
) -> AnswerStates:
    from evenhand.mitigate.collect import states_of
    from evenhand.mitigate.scoring.states import AnswerStates

    path = folder / PROBE_STATES
    if path.is_file():
        return AnswerStates.load(path)
    saved = folder / WORK / PROBE_STATES
    found = states_of(opened, examples, config.mitigate, progress, saved)
    found.save(path)
    return found


def _keep_states(
    folder: Path,
    opened: Opened,
    prose: Sequence[str],
    config: Config,
    progress: Progress | None,
) -> AnswerStates:
    from evenhand.mitigate.collect import keep_states
    from evenhand.mitigate.scoring.states import AnswerStates

    path = folder / KEEP_STATES
    if path.is_file():
        return AnswerStates.load(path)
    texts, saved = prose or bundled_prose(), folder / WORK
    found = keep_states(opened, texts, config.mitigate, config.seed, progress, saved)
    found.save(path)
    return found


def bundled_prose() -> list[str]:
    """Ads and profiles of the bundled market."""
    from evenhand.records.market import load_market

    market = load_market(0)
    return [*(job.text for job in market.jobs), *(one.text for one in market.pool)][:1000]
