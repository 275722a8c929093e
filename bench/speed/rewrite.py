"""How long it takes to reword an ad by rules, beside another checkout of evenhand.

Processor seconds of one core for an ad, after everything is loaded, as JSON on standard output. The
checkouts take turns, in a new process each time, so that neither finds an ad that it has read; what
is told is the median of the runs. ``even`` and ``random`` ask no model here: the rules alone
propose. ``same`` says whether both write the same bytes.

    python bench/speed/rewrite.py [--beside CHECKOUT] [--ads 30] [--runs 3] [--systems plain,even]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

HERE = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("EVENHAND_SHARED", HERE.parent / "shared"))
SYSTEMS = ("lexicon", "plain", "random", "even")
LOADING = (
    "Stock clerk\n\nYou will count the goods in the depot and order what is missing.\n"
    "- Prepare excellent reports for the manager\n- Must be a native English speaker\n"
    "He utilizes a number of systems, and she is responsible for managing 3 clerks.\n"
)
"""An ad that has everything read from disk before the clock runs."""
WHOLE_AD = 10_000
MOST_CHARACTERS = 4_000


def ads(count: int) -> list[str]:
    """Ads of all lengths: of hiring_bench where it is there, else of the bundled market."""
    path = SHARED / "data" / "hiring_bench" / "jobs.jsonl"
    if path.exists():
        texts = [json.loads(line)["text"] for line in path.open(encoding="utf-8")]
    else:
        from evenhand.records.market import load_market

        texts = [job.text for job in load_market().jobs]
    texts = sorted({text for text in texts if len(text) <= MOST_CHARACTERS}, key=len)
    return [texts[(2 * at + 1) * len(texts) // (2 * count)] for at in range(count)]


def rewriter(system: str) -> Any:
    """The rewriter of a system as the command makes it, with rules in the model's place."""
    from evenhand.config.schema import Config
    from evenhand.language.gates import text_gates
    from evenhand.rewrite import Guard, Rewriter

    config = Config()
    gates = tuple(text_gates(config.gates, config.sampling.approved_statements))
    whole = config.spans.model_copy(update={"per_ad": WHOLE_AD})
    if system == "lexicon":
        return Rewriter(Guard(gates), whole, strategy="mends")
    if system == "plain":
        return Rewriter(Guard(gates), whole, strategy="plain")
    if system == "random":
        return Rewriter(Guard(gates), config.spans, strategy="random")
    from evenhand.verbs.language_model import LanguageTools

    tools: Any = SimpleNamespace(gates=lambda: list(gates), config=config)
    tools._evenly = lambda *asked: LanguageTools._evenly(tools, *asked)
    sampler = LanguageTools.even_sampler(tools, config.rewrite.samples, 0)
    return Rewriter(Guard(gates), config.spans, sampler, "likelihood")


def reword(system: str, texts: Sequence[str]) -> dict[str, Any]:
    """Seconds an ad, and a digest of what was written."""
    from evenhand.records.job import Job

    made = rewriter(system)
    made.rewrite([Job("loading", LOADING)])
    jobs = [Job(str(at), text) for at, text in enumerate(texts)]
    started = time.process_time()
    found = made.rewrite(jobs)
    spent = time.process_time() - started
    written = json.dumps([one.to_json() for one in found], sort_keys=True)
    digest = hashlib.sha256(written.encode()).hexdigest()
    edits = sum(len(one.edits) for one in found)
    return {"seconds": spent / len(texts), "digest": digest, "edits": edits}


def in_checkout(checkout: Path, system: str, texts: Sequence[str]) -> dict[str, Any]:
    """The same by the code of a checkout, in a process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(checkout / "src")}
    words = [sys.executable, __file__, "--alone", system]
    given = json.dumps(list(texts))
    made = subprocess.run(
        words, check=True, env=environment, input=given, text=True, stdout=subprocess.PIPE
    )
    return dict(json.loads(made.stdout))


def compared(system: str, checkouts: Sequence[Path], texts: Sequence[str], runs: int) -> Any:
    """Milliseconds an ad of each checkout, in turn; the last one's by the first one's."""
    found = [[in_checkout(one, system, texts) for one in checkouts] for _ in range(runs)]
    spent = [statistics.median(each["seconds"] for each in one) for one in zip(*found, strict=True)]
    row = {"edits": found[0][0]["edits"], "milliseconds_an_ad": round(spent[0] * 1000, 2)}
    if len(checkouts) > 1:
        digests = {each["digest"] for run in found for each in run}
        beside = {"beside": round(spent[1] * 1000, 2), "times_less": round(spent[1] / spent[0], 2)}
        row |= {**beside, "same": len(digests) == 1}
    return row


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--ads", type=int, default=30)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        print(json.dumps(reword(asked.alone, json.loads(sys.stdin.read()))))
        return
    checkouts = [HERE, *([asked.beside.resolve()] if asked.beside else [])]
    texts = ads(asked.ads)
    found = {
        system: compared(system, checkouts, texts, asked.runs)
        for system in asked.systems.split(",")
    }
    words = round(statistics.mean(len(text.split()) for text in texts), 1)
    told = {"ads": len(texts), "words_an_ad": words, "runs": asked.runs, **found}
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
