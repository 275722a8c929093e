"""Ask a model underspecified questions and write what it prefers, as ``probe.json``.

Ids, names of groups, counts and figures are written; the texts of templates and attributes are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evenhand.audit.page.probes import MEASURES
from evenhand.config.schema import MitigateConfig
from evenhand.errors import BadInput, need
from evenhand.generate.weights import (
    find_language_model,
    is_masked,
    load_language_model,
    weights_digest,
)
from evenhand.mitigate.layer import RUN
from evenhand.mitigate.metrics.summary import measure_probes
from evenhand.mitigate.probes.kinds import Source, probe_set
from evenhand.mitigate.probes.split import split
from evenhand.mitigate.probes.types import Example, ProbeSet
from evenhand.records.files import digest_of
from evenhand.records.outputs import writes
from evenhand.records.pace import Progress
from evenhand.records.result import Grid, Result, Row
from evenhand.records.seals import write_sealed
from evenhand.rehearsal import begin, foretell
from evenhand.verbs.mitigate import SPLIT, read_mitigation

if TYPE_CHECKING:
    from evenhand.mitigate.scoring.causal import Scorer
    from evenhand.mitigate.scoring.prompts import Form


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


@dataclass(frozen=True)
class _Probed:
    """A scorer with what the report says about it."""

    scorer: Scorer
    form: str
    layer: str | None


@writes("out", inside=NAME)
def probe(
    model: str,
    kind: str,
    *,
    templates: Path | None = None,
    source: Source = "hiring",
    mitigation: Path | None = None,
    examples: int = 1000,
    seed: int = 0,
    form: str = "shown",
    side: Side = "held-out",
    out: Path,
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
        form: How prompts are put to a causal model (see ``scoring.prompts``); masked models
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
    if examples < 1:
        raise BadInput(f"{examples} examples can't be measured; ask for at least 1")
    from evenhand.mitigate.scoring.prompts import require_form
    from evenhand.mitigate.scoring.tree import staged

    folder = find_language_model(model)
    masked = is_masked(folder)
    chosen = require_form("mask" if masked else form)
    whole = probe_set(kind, source, templates, "lm" if masked else "qa")
    probes, asked = _side(whole, side, mitigation)
    drawn = probes.examples(examples, seed)
    if not drawn:
        raise BadInput(f"the probes of {kind} make no examples; give two subjects and a template")
    foretell(reads=[folder])
    begin()
    found = _scorer(folder, mitigation, masked, chosen)
    scores = found.scorer.score(drawn, staged(progress, STAGE))
    report = {
        "model": {"name": model if not Path(model).exists() else Path(model).name},
        "kind": kind,
        "source": source,
        "form": found.form,
        "seed": seed,
        "probes": {"side": asked, **_described(probes, drawn)},
        "mitigation": found.layer,
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


def _scorer(folder: Path, mitigation: Path | None, masked: bool, chosen: Form) -> _Probed:
    """The model with its mitigation, ready to score."""
    if masked:
        from evenhand.mitigate.scoring.masked import MaskedScorer, load_masked_model

        model, tokenizer = load_masked_model(folder)
        return _Probed(MaskedScorer(model, tokenizer), chosen, _mitigated(model, mitigation))
    from evenhand.mitigate.scoring.causal import CausalScorer

    model, tokenizer = load_language_model(folder)
    layer = _mitigated(model, mitigation)
    return _Probed(CausalScorer(model, tokenizer, chosen), chosen, layer)


def _mitigated(model: Any, mitigation: Path | None) -> str | None:
    """Attach the layer; its digest, or None where there is none."""
    if mitigation is None:
        return None
    from evenhand.generate.regulator import RegulatedHead, output_head
    from evenhand.mitigate.layer.attach import attach

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
