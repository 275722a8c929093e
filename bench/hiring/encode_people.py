"""Encode everybody of hiring_bench (and its ads) once, into the embedding cache; prints JSON.

The pilot and the other programs here then start from cached vectors. Killed, it goes on from the
last part saved. Not a measure of speed by itself: ``bench/speed/reward.py`` is.

``--precision N`` instead encodes N ads and N profiles of the bundled market in float32 and
float64, in turn, and prints seconds of the processor and their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

from evenhand.match.dense import Encoder, SentenceModel, find_encoder, load_encoder
from evenhand.records.market import load_market

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))


def texts_of(path: Path) -> list[str]:
    """The ``text`` of every line of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def precisions(count: int, repeats: int = 2) -> dict[str, object]:
    """Processor time of both precisions over the same texts, and how far their vectors differ."""
    import torch

    market, model = load_market(0), SentenceModel(find_encoder("all-minilm-l6-v2"))
    texts = [one.text for one in [*market.jobs[:count], *list(market.pool)[:count]]]
    cuts = Encoder(model, None).chunks(texts)
    pieces = [text[c.start : c.end] for text, cut in zip(texts, cuts, strict=True) for c in cut]
    kinds = {"float32": torch.float32, "float64": torch.float64}
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    vectors = {}
    for _ in range(repeats):
        for kind, dtype in kinds.items():
            model.sentence_transformer.to(dtype)
            begun = time.process_time()
            vectors[kind] = model.embed(pieces)
            seconds[kind].append(time.process_time() - begun)
    return {
        "chunks": len(pieces),
        "threads": torch.get_num_threads(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "cpu_seconds": {kind: round(min(found), 2) for kind, found in seconds.items()},
        "ratio": round(min(seconds["float64"]) / min(seconds["float32"]), 2),
        "largest_difference": float(np.abs(vectors["float64"] - vectors["float32"]).max()),
    }


def main() -> None:
    """Encode and report seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of the shared data")
    parser.add_argument("--cache", type=Path, default=None, help="cache folder (default: platform)")
    parser.add_argument("--people-only", action="store_true", help="leave the ads out")
    parser.add_argument("--precision", type=int, metavar="N", help="compare float32 and float64")
    options = parser.parse_args()
    if options.precision:
        print(json.dumps(precisions(options.precision)))
        return
    encoder = load_encoder(cache_dir=options.cache or "platform")
    for name in ["people"] if options.people_only else ["people", "jobs"]:
        texts = texts_of(options.shared / "data" / "hiring_bench" / f"{name}.jsonl")
        start, before = time.perf_counter(), encoder.encoded_chunks
        encoder.encode(texts, lambda _, done, todo, name=name: print(name, done, todo, flush=True))
        report = {
            "what": name,
            "texts": len(texts),
            "chunks_encoded": encoder.encoded_chunks - before,
            "seconds": round(time.perf_counter() - start, 1),
        }
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main()
