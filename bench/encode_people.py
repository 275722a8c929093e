"""Encode everybody of hiring_bench (and its ads) once, into the embedding cache; prints JSON.

The pilot and the other programs here then start from cached vectors. Killed, it goes on from the
last part saved. Not a measure of speed by itself: ``reward.py`` is.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from evenhand.match.dense import load_encoder

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[2] / "shared"))


def texts_of(path: Path) -> list[str]:
    """The ``text`` of every line of a JSONL file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def main() -> None:
    """Encode and report seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of the shared data")
    parser.add_argument("--cache", type=Path, default=None, help="cache folder (default: platform)")
    parser.add_argument("--people-only", action="store_true", help="leave the ads out")
    options = parser.parse_args()
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
