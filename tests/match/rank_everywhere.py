"""Encodes the same texts under several settings and saves the vectors for ``test_any_processor``.

Which instructions torch, MKL and oneDNN use is chosen once a process, at the first operation, so
each setting has its own process, forked when libraries are imported and nothing has been computed.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import sentence_transformers  # noqa: F401  (imported once, before the forks)
import torch

from evenhand.match import dense
from evenhand.match.dense import Encoder
from evenhand.records.market import load_market

OLD = {"MKL_CBWR": "COMPATIBLE", "ONEDNN_MAX_CPU_ISA": "SSE41"}
"""The arithmetic of an older processor, in the libraries beside torch."""

SETTINGS: list[tuple[str, int, int, dict[str, str]]] = [
    ("avx2", 1, 8, {}),
    ("default", 1, 8, {}),
    ("avx2", 2, 1, {}),
    ("avx2", 4, 5, OLD),
]
"""``ATEN_CPU_CAPABILITY``, threads, texts a batch, and what else is set."""


def texts() -> tuple[list[str], list[str]]:
    """Beginnings of 20 ads and 60 profiles; of the first ad enough for two chunks."""
    market = load_market(0)
    ads = [job.text for job in market.jobs[:: len(market.jobs) // 20]][:20]
    people = [one.text for one in list(market.pool)[:: len(market.pool) // 60]][:60]
    return [ads[0][:1500], *(ad[:60] for ad in ads[1:])], [text[:60] for text in people]


def run(number: int, ads: list[str], people: list[str], folder: Path, precision: str) -> None:
    """Encode under one setting, in an order of its own."""
    capability, threads, batch, more = SETTINGS[number]
    os.environ |= {"ATEN_CPU_CAPABILITY": capability, **more}
    torch.set_num_threads(threads)
    dense._BATCH = batch
    model = dense.SentenceModel(dense.find_encoder("all-minilm-l6-v2"))
    if precision == "float32":
        model.sentence_transformer.float()
    everything = [*ads, *people]
    order = np.random.default_rng(number).permutation(len(everything))
    vectors = np.empty((len(everything), model.dimensions), np.float32)
    vectors[order] = Encoder(model, None).encode([everything[place] for place in order])
    np.savez(
        folder / f"{number}.npz",
        vectors=vectors,
        ads=len(ads),
        used=torch.backends.cpu.get_cpu_capability(),
        threads=torch.get_num_threads(),
    )


def main() -> None:
    """``rank_everywhere.py FOLDER [float32]``: one child a setting, one after another."""
    folder, precision = Path(sys.argv[1]), (*sys.argv[2:], "float64")[0]
    ads, people = texts()
    for number in range(len(SETTINGS)):
        begun = time.perf_counter()
        child = os.fork()
        if child == 0:
            run(number, ads, people, folder, precision)
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            sys.exit(1)
        print(SETTINGS[number], f"{time.perf_counter() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    main()
