"""``evenhand probe``, ``mitigate`` and ``probe-report``: stereotyped preferences of a model.

A probe asks underspecified questions; ids, names of groups, counts and figures of it are written,
and the texts of templates and attributes are not. A layer evens out what they show: the base model
stays as it is. Probes and places to keep are turned into answer states once, which takes nearly all
of the time; training runs on them and goes on from its last checkpoint.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evenhand.config.compose import resolved
from evenhand.config.schema import Config, MitigateConfig
from evenhand.errors import BadInput, FolderRefused, need
from evenhand.generate.model import (
    find_language_model,
    is_masked,
    load_language_model,
    weights_digest,
)
from evenhand.mitigate import AGAIN, CHECKPOINT, RUN, WORK
from evenhand.mitigate.bias import measure_probes
from evenhand.mitigate.probes import Example, ProbeSet, Source, probe_set, split
from evenhand.records.columns import several
from evenhand.records.files import digest_of, read_json, write_json, write_text
from evenhand.records.integrity import every_file, read_sealed, write_sealed
from evenhand.records.outputs import Progress, keeps, writes
from evenhand.records.result import Grid, Result, Row
from evenhand.rehearsal import begin, foretell
from evenhand.report.pages.probes import MEASURES, render_probes, sentences
from evenhand.verbs.inputs import refuse_text

if TYPE_CHECKING:
    from evenhand.mitigate.ask import Form, Scorer
    from evenhand.mitigate.states import AnswerStates

SPLIT = 2
"""Seed of the split into training and held-out probes; 0 and 1 were looked at while the layer was
designed."""
PROBE_STATES, KEEP_STATES = "probe_states.safetensors", "keep_states.safetensors"


@writes("out", folder=True)
def mitigate(
    model: str,
    kinds: str | Sequence[str],
    config: Config,
    *,
    out: str | Path,
    source: Source = "hiring",
    templates: str | Path | None = None,
    prose: Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train a layer on the training side of probes; resumable.

    Args:
        model: Name of a bundled model, a folder or a hub id.
        kinds: Kinds of bias to train on together, or one.
        config: Its ``mitigate`` section and seed.
        out: The run: layer, states, settings and log. The same command goes on where it stopped.
        source: ``hiring``: our own templates; ``unqover``: files in UnQover's format.
        templates: Folder of such files.
        prose: Texts in which the model should stay as it is; the bundled market's by default.
        progress: Called as ``progress(stage, done, total)``.

    Returns:
        What was trained on and how it went.

    Raises:
        BadInput: A kind or setting is wrong, or the model is a masked one or can't be used.
        StorageError: The folder belongs to another run, or can't be written.
    """
    need("training a layer", "train")
    refuse_text(config=config)
    kinds = several(kinds)
    if not kinds:
        raise BadInput("--kind: name at least one kind of bias")
    folder = Path(out)
    keeps(folder, lambda: _kept(folder))
    every = (training_examples(kind, config, source, templates) for kind in kinds)
    examples = [example for examples in every for example in examples]
    weights = find_language_model(model)
    if is_masked(weights):
        raise BadInput(f"{model}: is a masked model, which can only be probed; name a causal one")
    asked = _asked(model, weights, kinds, source, examples, prose, config)
    foretell(reads=[weights])
    _claim(folder, asked)
    if (folder / RUN).exists():
        return read_mitigation(folder)
    from evenhand.mitigate.train import (
        TrainSettings,
        keep_states,
        open_model,
        states_of,
        train_layer,
        usable_rows,
    )

    opened, work, wanted = open_model(model, config.model.device), folder / WORK, config.mitigate

    probe = _states(
        folder / PROBE_STATES,
        lambda: states_of(opened, examples, wanted, progress, work / PROBE_STATES),
    )
    keep = _states(
        folder / KEEP_STATES,
        lambda: keep_states(opened, prose or bundled_prose(), wanted, config.seed, progress, work),
    )
    usable = usable_rows(probe)
    of_model = (opened.unembedding, TrainSettings(wanted, config.seed))
    layer = train_layer(usable, keep, *of_model, folder, progress, words=opened.words)
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


def _asked(
    model: str,
    weights: Path,
    kinds: Sequence[str],
    source: Source,
    examples: Sequence[Example],
    prose: Sequence[str],
    config: Config,
) -> dict[str, Any]:
    """What a run is of: all of it the same, or another run."""
    return {
        "model": model if not Path(model).exists() else Path(model).name,
        "weights": weights_digest(weights),
        "kinds": list(kinds),
        "source": source,
        "probes": _probes_digest(examples),
        "prose": digest_of(list(prose)) if prose else None,
        "settings": resolved(config)["mitigate"],
        "seed": config.seed,
    }


def read_mitigation(folder: Path) -> dict[str, Any]:
    """What a finished run was trained on and how it went."""
    return read_sealed(folder / RUN, AGAIN)


def training_examples(
    kind: str, config: Config, source: Source, templates: str | Path | None = None
) -> list[Example]:
    """Examples of the training side of one kind."""
    train, _ = sides(kind, config, source, templates)
    return list(train.examples(config.mitigate.examples, config.seed))


def sides(
    kind: str, config: Config, source: Source, templates: str | Path | None = None
) -> tuple[ProbeSet, ProbeSet]:
    """Probes to train on and probes that share no template, subject or attribute with them."""
    return split(probe_set(kind, source, templates), SPLIT, config.mitigate.held_out)


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
            raise FolderRefused(
                f"{folder}: holds a mitigation of another model, kind, template, text or setting; "
                "it is left as it is; choose another folder"
            )
        begin()
        return
    begin()
    write_json(path, asked)


def _states(path: Path, make: Callable[[], AnswerStates]) -> AnswerStates:
    """The states in a file, made and saved where there is none."""
    from evenhand.mitigate.states import AnswerStates

    if path.is_file():
        return AnswerStates.load(path)
    found = make()
    found.save(path)
    return found


def bundled_prose() -> list[str]:
    """Ads and profiles of the bundled market."""
    from evenhand.records.market import load_market

    market = load_market(0)
    return [*(job.text for job in market.jobs), *(one.text for one in market.pool)][:1000]


Side = Literal["held-out", "training", "all"]
NAME = "probe.json"
STAGE = "probing"


class Probe(dict[str, Any], Result):
    """What ``probe.json`` holds, as data frames and in a notebook too."""

    def sentences(self) -> list[str]:
        """What was asked, and why figures are refused where they are."""
        metrics, model = self["metrics"], self["model"]["name"]
        said = f"{model}, {self['kind']}: {metrics['examples']:,} probes, {self['probes']['side']}."
        return [said, *([f"{metrics['refused']}."] if metrics["refused"] else [])]

    def tables(self) -> dict[str, list[Row]]:
        """The measures with their intervals."""
        metrics = self["metrics"]
        rows: list[Row] = [
            {"measure": name, "value": metrics[name], "interval": metrics["intervals"][name]}
            for name in MEASURES
        ]
        return {"metrics": rows}

    def shown_table(self) -> Grid:
        """The same rows in few digits."""
        rows: list[tuple[str, str, str]] = []
        for row in self.tables()["metrics"]:
            value, ends = row["value"], row["interval"]
            shown = "" if value is None else f"{value:.3f}"
            between = "" if not shown or None in ends else f"{ends[0]:.3f} to {ends[1]:.3f}"
            rows.append((row["measure"].replace("_", " "), shown, between))
        return ("measure", "value", "95 % interval"), rows


@writes("out", inside=NAME)
def probe(
    model: str,
    kind: str,
    *,
    templates: str | Path | None = None,
    source: Source = "hiring",
    mitigation: str | Path | None = None,
    examples: int = 1000,
    seed: int = 0,
    form: str = "shown",
    side: Side = "held-out",
    out: str | Path,
    progress: Progress | None = None,
) -> Probe:
    """Measure a model's preference between subjects that a text doesn't tell apart.

    Args:
        model: A bundled name, a folder of saved weights (causal or masked), or a hub id.
        kind: The kind of bias, one that the source knows.
        templates: A folder of templates, subjects and attributes; the bundled ones where None.
        source: "hiring" (bundled) or "unqover" (needs ``templates``).
        mitigation: The folder of a trained layer.
        examples: How many examples to draw; all, where there are fewer.
        seed: Of the draw and of the intervals.
        form: How prompts are put to a causal model (see ``mitigate.ask``); masked models
            always get theirs.
        side: Which probes are drawn from: ``held-out`` shares no template, subject or attribute
            with what ``mitigate`` trains on, so that a layer isn't asked what it learned;
            ``training`` is the other side, ``all`` is both. Probes that are too few to be split
            are asked all, for no layer can have been trained on them.
        out: A ``.json`` file, or a folder for ``probe.json``.
        progress: Called as ``progress(stage, done, total)``.

    Returns:
        What was written, as a mapping with ``to_frame``.

    Raises:
        BadInput: The kind, source, form or number of examples is wrong.
        RecordError: A line of a template file is malformed.
        ModelError: The model or the mitigation can't be used.
        StorageError: The file can't be written.
    """
    need("probing a model", "train")
    out = Path(out)
    templates = None if templates is None else Path(templates)
    mitigation = None if mitigation is None else Path(mitigation)
    if examples < 1:
        raise BadInput(f"{examples} examples can't be measured; ask for at least 1")
    from evenhand.mitigate.ask import require_form
    from evenhand.mitigate.layer import require_layer
    from evenhand.mitigate.states import staged

    folder = find_language_model(model)
    masked = is_masked(folder)
    chosen = require_form("mask" if masked else form)
    whole = probe_set(kind, source, templates, "lm" if masked else "qa")
    probes, asked = _side(whole, side, mitigation)
    drawn = probes.examples(examples, seed)
    if not drawn:
        raise BadInput(f"the probes of {kind} make no examples; give two subjects and a template")
    foretell(reads=[folder])
    if mitigation is not None:
        require_layer(mitigation)
    begin()
    scorer, layer = _scorer(folder, mitigation, masked, chosen)
    scores = scorer.score(drawn, staged(progress, STAGE))
    report = {
        "model": {"name": model if not Path(model).exists() else Path(model).name},
        "kind": kind,
        "source": source,
        "form": chosen,
        "seed": seed,
        "probes": {"side": asked, **_described(probes, drawn)},
        "mitigation": layer,
        "metrics": measure_probes(scores, drawn, seed=seed).to_json(),
    }
    report["model"] |= {"digest": weights_digest(folder), "type": "masked" if masked else "causal"}
    write_sealed(out if out.suffix == ".json" else out / NAME, report)
    return Probe(report)


def _side(whole: ProbeSet, side: Side, mitigation: Path | None) -> tuple[ProbeSet, Side]:
    """The probes to draw from, and which they are."""
    if side == "all":
        return whole, side
    share = MitigateConfig().held_out
    if mitigation is not None and (mitigation / RUN).is_file():
        share = float(read_mitigation(mitigation)["settings"]["held_out"])
    try:
        training, held_out = split(whole, SPLIT, share)
    except BadInput:
        if side == "training":
            raise
        return whole, "all"
    return (training, side) if side == "training" else (held_out, side)


def _scorer(
    folder: Path, mitigation: Path | None, masked: bool, chosen: Form
) -> tuple[Scorer, str | None]:
    """The model with its mitigation, ready to score, and the digest of the layer."""
    if masked:
        from evenhand.mitigate.ask import MaskedScorer, load_masked_model

        model, tokenizer = load_masked_model(folder)
        return MaskedScorer(model, tokenizer), _mitigated(model, mitigation)
    from evenhand.mitigate.ask import CausalScorer

    model, tokenizer = load_language_model(folder)
    layer = _mitigated(model, mitigation)
    return CausalScorer(model, tokenizer, chosen), layer


def _mitigated(model: Any, mitigation: Path | None) -> str | None:
    """Attach the layer; its digest, or None where there is none."""
    if mitigation is None:
        return None
    from evenhand.generate.regulator import RegulatedHead, output_head
    from evenhand.mitigate.layer import attach

    head = output_head(attach(model, mitigation))
    assert isinstance(head, RegulatedHead)
    return head.regulator.digest()


def _described(probes: ProbeSet, drawn: list[Example]) -> dict[str, Any]:
    """Counts, ids and a digest of what was asked; no text."""
    prompts = [[p.context, p.question] for example in drawn for p in example.prompts]
    return {
        "templates": len(probes.templates),
        "subjects": len(probes.subjects),
        "attributes": len(probes.attributes),
        "possible": len(probes),
        "examples": len(drawn),
        "template_ids": sorted({example.template for example in drawn}),
        "attribute_ids": sorted({example.attribute for example in drawn}),
        "digest": digest_of([prompts, [list(example.choices) for example in drawn]]),
    }


SAME = ("kind", "source", "form", "seed")
NEEDED = {*SAME, "probes", "model", "mitigation", "metrics"}
MEASURED = {"mu", "mu_crossed", "delta", "epsilon", "subject_mass"}
BESIDE = {"refused", "raw", "intervals", "chance", "examples", "table"}


@writes("out", suffixes={"out": [".html", ".htm"]})
def probe_report(before: str | Path, after: str | Path, *, out: str | Path) -> dict[str, Any]:
    """Write the page and return what it says first.

    Args:
        before: ``probe.json`` without a mitigation.
        after: ``probe.json`` with one.
        out: The page.

    Raises:
        BadInput: A file isn't a probe, or they asked different questions.
        StorageError: A file can't be read or was changed, or the page can't be written.
    """
    first, second = _read(before), _read(after)
    for name in SAME:
        if first[name] != second[name]:
            raise BadInput(
                f"{after}: {name} is {second[name]!r} and {first[name]!r} in {before}; probe both "
                "alike"
            )
    if first["probes"] != second["probes"]:
        raise BadInput(f"{after}: other probes were asked than in {before}; probe both alike")
    if first["model"] != second["model"]:
        raise BadInput(f"{after}: another model was asked than in {before}; probe the same model")
    foretell(takes="seconds")
    begin()
    write_text(out, render_probes(first, second))
    return {"sentences": list(sentences(first, second)), "out": str(out)}


def _read(path: str | Path) -> Mapping[str, Any]:
    found = read_sealed(path, "probe again")
    if not found.keys() >= NEEDED or not _measured(found["metrics"]):
        raise BadInput(f"{path}: isn't what evenhand probe writes; probe again")
    return found


def _measured(metrics: object) -> bool:
    return isinstance(metrics, dict) and metrics.keys() >= MEASURED | BESIDE
