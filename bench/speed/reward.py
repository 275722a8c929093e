"""How fast rewordings are scored: evenhand's path beside batched encoding and a full sort.

256 one-span rewordings of 32 ads (and the ads themselves) are ranked against 7,000 people, 50 each.

- ours: one call from an empty cache on disk: texts are cut, only chunks that aren't known are
  encoded, then exact scores and top-k by argpartition, ties by id;
- baseline: one call of ``SentenceTransformer.encode`` in float64 as well, sorted by length, at the
  fastest of several batch sizes; chunks of the texts are given to it ready-made; then one float32
  matrix product and a full sort. (What float64 itself costs:
  ``bench/hiring/encode_people.py --precision``.)

Same threads, same process, taken in turn; the lists must be identical. People's vectors are random
unit vectors: their number counts here, not who they are. Prints JSON; exits 1 where a goal
is missed or lists differ.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.match.dense import DenseMatcher, Encoder, SentenceModel, find_encoder, on_grid
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.records.job import Job
from evenhand.records.people import Document

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))
TOP = 50
GOALS = {"median": 1.0, "long": 2.0}
NEAR_TIE = 2e-6


@dataclass(frozen=True)
class Work:
    """Ads with their rewordings, ad by ad, and the chunks that their texts are cut into."""

    batches: list[list[Job]]
    pieces: list[list[str]]
    weights: list[list[int]]


def ad_texts() -> tuple[str, list[str]]:
    """The ads of hiring_bench where it is there, else those of the bundled market."""
    path = SHARED / "data" / "hiring_bench" / "jobs.jsonl"
    if path.exists():
        with path.open(encoding="utf-8") as lines:
            return "hiring_bench", [json.loads(line)["text"] for line in lines]
    from evenhand.records.market import load_market

    return "bundled market (synthetic)", [job.text for job in load_market().jobs]


def choose(encoder: Encoder, texts: list[str], kind: str, count: int, seed: int) -> list[str]:
    """Ads of three chunks or more, or ads of about median length."""
    if kind == "long":
        fitting = [t for t, c in zip(texts, encoder.chunks(texts), strict=True) if len(c) >= 3]
    else:
        by_length = sorted(texts, key=len)
        fitting = by_length[int(len(texts) * 0.45) : int(len(texts) * 0.55)]
    order = np.random.default_rng([seed, len(kind)]).permutation(len(fitting))
    return [fitting[place] for place in order[:count]]


def reword(text: str, rng: np.random.Generator) -> str:
    """The text with a quarter of the words of one sentence replaced by others of its words."""
    spans = [m.span() for m in re.finditer(r"[^.!?\n]+", text) if len(m.group().split()) >= 4]
    start, end = spans[int(rng.integers(len(spans)))] if spans else (0, len(text))
    words, others = text[start:end].split(" "), text.split()
    for place in rng.choice(len(words), max(1, len(words) // 4), replace=False):
        words[place] = others[int(rng.integers(len(others)))]
    return text[:start] + " ".join(words) + " anew" + text[end:]


def prepare(encoder: Encoder, ads: Sequence[str], rewordings: int, seed: int) -> Work:
    """Rewordings of each ad and how everything is cut."""
    rng = np.random.default_rng(seed)
    batches = [
        [Job(f"{n}", ad), *(Job(f"{n}-{i}", reword(ad, rng)) for i in range(rewordings))]
        for n, ad in enumerate(ads)
    ]
    texts = [job.text for batch in batches for job in batch]
    cuts = encoder.chunks(texts)
    pieces = [[t[c.start : c.end] for c in cut] for t, cut in zip(texts, cuts, strict=True)]
    return Work(batches, pieces, [[chunk.tokens for chunk in cut] for cut in cuts])


class Clock:
    """Wall and processor seconds since it was made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> FloatArray:
        """``[wall, cpu]``; the second says more on a machine that others use too."""
        return np.array([time.perf_counter() - self.wall, time.process_time() - self.cpu])


def ours(model: SentenceModel, people: FloatArray, work: Work, warm: bool) -> tuple[Any, ...]:
    """Seconds, lists, scores and chunks encoded; ``warm``: the original ads are known."""
    documents = [Document(f"p{n:05d}", "-") for n in range(len(people))]
    with tempfile.TemporaryDirectory() as folder:
        encoder = Encoder(model, Path(folder))
        matcher = DenseMatcher(encoder, documents, vectors=people)
        if warm:
            encoder.encode([batch[0].text for batch in work.batches])
        before, clock = encoder.encoded_chunks, Clock()
        rankings = matcher.rank([job for batch in work.batches for job in batch], TOP)
        seconds = clock.read()
    return seconds, rankings.positions, rankings.scores, encoder.encoded_chunks - before


def baseline(
    encode: Callable[[list[str]], Any], people: FloatArray, work: Work
) -> tuple[FloatArray, IntArray]:
    """Seconds and lists of encoding every chunk of every text, and sorting everybody."""
    people32 = people.astype(np.float32)
    clock = Clock()
    vectors = np.asarray(encode([piece for row in work.pieces for piece in row]), np.float32)
    ends = np.cumsum([len(row) for row in work.pieces])
    pooled = np.stack(
        [
            np.asarray(weights, np.float32) @ vectors[end - len(weights) : end]
            for end, weights in zip(ends, work.weights, strict=True)
        ]
    )
    pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
    lists = np.argsort(-(pooled @ people32.T), axis=1)[:, :TOP]
    return clock.read(), lists


def differences(lists: IntArray, scores: FloatArray, other: IntArray) -> tuple[int, int]:
    """Places where lists differ, and how many of them are no near-ties of float32."""
    rows, places = np.nonzero(lists != other)
    gaps = np.abs(np.diff(scores, axis=1, append=-9.0))
    near = np.minimum(gaps, np.roll(gaps, 1, axis=1)) < NEAR_TIE
    return len(rows), int((~near[rows, places]).sum())


def tuned(model: Any, work: Work, sizes: Sequence[int]) -> Callable[[list[str]], Any]:
    """The baseline's encoder at its fastest batch size on a sample of the texts."""
    sample = [piece for row in work.pieces[::6] for piece in row]

    def encode(pieces: list[str], size: int) -> Any:
        return model.encode(
            pieces, batch_size=size, normalize_embeddings=True, show_progress_bar=False
        )

    timings: dict[int, float] = {}
    for size in sizes:
        start = time.perf_counter()
        encode(sample, size)
        timings[size] = time.perf_counter() - start
    best = min(timings, key=lambda size: timings[size])
    return lambda pieces: encode(pieces, best)


def compare(
    kind: str, model: SentenceModel, people: FloatArray, work: Work, repeats: int
) -> dict[str, Any]:
    """Both paths in turn, ``repeats`` times."""
    encode = tuned(model.sentence_transformer, work, (4, 8, 16, 32))
    cold, warm, base, ratios = [], [], [], []
    encoded = differ = wrong = 0
    for _ in range(repeats):
        seconds, lists, scores, encoded = ours(model, people, work, warm=False)
        other_seconds, other = baseline(encode, people, work)
        cold.append(seconds)
        base.append(other_seconds)
        ratios.append(other_seconds / seconds)
        warm.append(ours(model, people, work, warm=True)[0])
        differ, wrong = np.add((differ, wrong), differences(lists, scores, other)).tolist()
    ratio, cpu_ratio = np.median(ratios, axis=0).tolist()
    return {
        "texts": len(work.pieces),
        "chunks": sum(len(row) for row in work.pieces),
        "chunks_encoded": encoded,
        "seconds_baseline": round(float(np.median(base, axis=0)[0]), 3),
        "seconds_ours": round(float(np.median(cold, axis=0)[0]), 3),
        "seconds_ours_originals_cached": round(float(np.median(warm, axis=0)[0]), 3),
        "ratio": round(ratio, 3),
        "ratio_of_processor_time": round(cpu_ratio, 3),
        "ratios": np.round(ratios, 3).tolist(),
        "goal": GOALS[kind],
        "lists_differ_at": differ,
        "lists_differ_beyond_near_ties": wrong,
        "passed": ratio >= GOALS[kind] and wrong == 0,
    }


def main() -> int:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ads", type=int, default=32)
    parser.add_argument("--rewordings", type=int, default=8, help="per ad")
    parser.add_argument("--people", type=int, default=7000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", choices=list(GOALS), default=list(GOALS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    import torch

    model = SentenceModel(find_encoder("all-minilm-l6-v2"))
    encoder = Encoder(model, None)
    drawn = np.random.default_rng(options.seed).standard_normal((options.people, model.dimensions))
    people = on_grid(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))
    source, texts = ad_texts()
    report: dict[str, Any] = {
        "ads_of": source,
        "people": f"{options.people} random unit vectors",
        "threads": torch.get_num_threads(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "top": TOP,
    }
    for kind in options.kinds:
        ads = choose(encoder, texts, kind, options.ads, options.seed)
        if not ads:
            report[kind] = {"passed": True, "skipped": "no ad of three chunks or more"}
            continue
        work = prepare(encoder, ads, options.rewordings, options.seed)
        report[kind] = compare(kind, model, people, work, options.repeats)
    print(json.dumps(report, indent=2))
    return 0 if all(report[kind]["passed"] for kind in options.kinds) else 1


if __name__ == "__main__":
    sys.exit(main())
