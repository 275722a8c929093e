"""What a mitigation layer does to the product: ads reworded with it and without it.

The untuned model writes freely, four samples a span, chosen with training people and judged with
test people in the known-gap engine; the one difference is the layer in the output head. Needs the
finished run of ``hiring_bench`` for its targets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evenhand.config import Config, load_config
from evenhand.generate.draw import LocalGenerator
from evenhand.generate.regulator import Regulator
from evenhand.language.findings import find_wording
from evenhand.match.dense import load_encoder
from evenhand.rewrite.result import Rewrite
from evenhand.verbs.evaluate import evaluate
from evenhand.verbs.language_model import LanguageTools
from evenhand.verbs.rewrite import rewrite
from hiring_protocol import JUDGED, SCALES, engines, evenly, load

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / "runs" / "hiring_bench" / "full" / "run"
PLAIN, MITIGATED = "best_of_4", "best_of_4_mitigated"
ADS = 12


@dataclass(frozen=True)
class MitigatedTools(LanguageTools):
    """Language tools whose sampler has a mitigation layer in its output head."""

    layers: list[Regulator] = field(default_factory=list[Regulator])
    top_k: int = 64

    def generator(self, folder: Path | None = None) -> LocalGenerator:
        """A sampler steered by the layer."""
        made = super().generator(folder)
        made.steer(self.layers[0], beta=1.0, top_k=self.top_k)
        return made


def product(layer: Regulator, top_k: int, shared: Path, ads: int = ADS) -> dict[str, Any]:
    """Both rewriters on the same ads.

    Args:
        layer: Trained.
        top_k: Tokens it moves.
        shared: The shared folder.
        ads: Judged test ads.

    Returns:
        By system: R, |log R|'s inputs, gate pass rate, coded wording and edits; and why not.
    """
    if not (RUN / "config.json").is_file():
        return {"skipped": "no finished run of bench/hiring/hiring_bench.py --scale full is here"}
    bench = load(SCALES["full"], shared)
    engine = engines(bench, load_encoder())["known_gap"]
    config = _config()
    jobs = evenly([ad for ad in bench.test_ads if ad.group in JUDGED], ads)
    plain = LanguageTools.open(config)
    steered = MitigatedTools(
        plain.folder, plain.prompts, plain.judge, config, verdicts=plain.verdicts, layers=[layer],
        top_k=top_k,
    )  # fmt: skip
    rewrites = {
        name: rewrite(
            jobs,
            system="best-of",
            run=RUN,
            config=config,
            pool=bench.train_people,
            samples=4,
            engine=engine,
            tools=tools,
            seed=0,
        )
        for name, tools in ((PLAIN, plain), (MITIGATED, steered))
    }
    found = evaluate(jobs, bench.test_people, rewrites, engine=engine, resamples=1000)
    return {"ads": len(jobs), "systems": {name: _row(found, rewrites, name) for name in rewrites}}


def _config() -> Config:
    config = load_config([ROOT / "configs" / "hiring_bench.toml"], ["sampling.decoding=free"])
    return config.model_copy(update={"rewrite": config.rewrite.model_copy(update={"rules": False})})


def _row(found: Any, rewrites: dict[str, list[Rewrite]], name: str) -> dict[str, Any]:
    wording = found.wording[name]
    ratio = found.headline(name).ratio
    refused = dict(wording.refused)
    return {
        "R": ratio.value,
        "R_original": found.headline("original").ratio.value,
        "interval": list(ratio.interval),
        "proposals": wording.proposals,
        "gate_pass_rate": wording.gate_pass_rate,
        "refused_as_coded": refused.get("neutrality", 0) / max(1, wording.proposals),
        "coded_wording_added_per_ad": _coded(rewrites[name]),
        "edits_per_ad": wording.edits_per_ad,
    }


def _coded(rewrites: list[Rewrite]) -> float:
    """Coded stretches of the accepted texts less those of the originals, an ad."""
    added = [len(find_wording(one.rewritten)) - len(find_wording(one.original)) for one in rewrites]
    return sum(added) / len(added)
