"""Learns how statements that choose people read, and writes the weights of ``discrimination``.

From the project's own sentences, those that the tests read and those of more writers: logistic
regression over what each shows, ridge penalty, weights rounded to four bits. Prints first how the
sentences of each writer are told apart by what the others teach. Two minutes.
A digest of sentences and classes stands beside the weights, by which a test knows old ones.
"""

from __future__ import annotations

import json
import tomllib
from binascii import b2a_base64
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from evenhand.language.discrimination import BITS, places, seen

HERE = Path(__file__).parents[2]
ROWS = HERE / "tests" / "language" / "discrimination.tsv"
"""Sentences that the tests read one by one."""
MORE = HERE / "bench" / "lab" / "selection_sentences.tsv"
"""Sentences of more writers, for learning alone."""
DATA = HERE / "src" / "evenhand" / "data" / "words"
WEIGHTS = DATA / "selection.toml"
RIDGE = 1 / 150
OFTEN = 2
"""What fewer sentences show than these is left out."""
INSIDE = 0.998
"""Share of the weights that the four bits reach to; the few beyond are cut."""

Floats = NDArray[np.float64]


def rows() -> list[tuple[str, str, str]]:
    """Label, writer ("" where it isn't on record) and sentence."""
    tested, more = (
        [line.split("\t") for line in path.read_text("utf-8").splitlines() if line[0] != "#"]
        for path in (ROWS, MORE)
    )
    return [(line[0], "", line[4]) for line in tested] + [(r[0], r[1], r[3]) for r in more]


def digest() -> str:
    """What the weights are learned from, in short: labels and sentences, and the words' classes."""
    words = tomllib.loads((DATA / "discrimination.toml").read_text("utf-8"))
    classes = [words["words"], words["plurals"], [g["classes"] for g in words["grounds"].values()]]
    learned_from = [[(label, text) for label, _, text in rows()], classes]
    return sha256(json.dumps(learned_from, sort_keys=True).encode()).hexdigest()


def examples() -> tuple[list[str], list[str], Floats]:
    """Sentences, writers, whether each discriminates; claimed exceptions are neither."""
    lines = [line for line in rows() if line[0] != "claimed"]
    direct = np.array([float(line[0] == "direct") for line in lines])
    return [line[2] for line in lines], [line[1] for line in lines], direct


def table(shown: list[set[int]], kept: set[int]) -> csr_matrix:
    """One row a sentence, of length one before what is rare is left out."""
    found = [np.array(sorted(each & kept), dtype=np.int64) for each in shown]
    ends = np.cumsum([0, *map(len, found)])
    values = np.concatenate(
        [np.full(len(row), len(all_) ** -0.5) for row, all_ in zip(found, shown, strict=True)]
    )
    return csr_matrix((values, np.concatenate(found), ends), shape=(len(found), 1 << BITS))


def often(shown: list[set[int]]) -> set[int]:
    """Places that enough sentences show."""
    counts = np.bincount(np.concatenate([list(s) for s in shown]), minlength=1 << BITS)
    return set(np.flatnonzero(counts >= OFTEN).tolist())


def learn(x: csr_matrix, y: Floats) -> Floats:
    """Weights and, last, the intercept."""
    sign = 2 * y - 1
    across = x.T.tocsr()

    def loss(w: Floats) -> tuple[float, Floats]:
        margin = sign * (x @ w[:-1] + w[-1])
        pull = -sign / (1 + np.exp(margin))
        slope = np.append(across @ pull + RIDGE * w[:-1], pull.sum())
        return float(np.logaddexp(0, -margin).sum() + RIDGE / 2 * w[:-1] @ w[:-1]), slope

    def bend(w: Floats, along: Floats) -> Floats:
        margin = x @ w[:-1] + w[-1]
        moved = (x @ along[:-1] + along[-1]) / (2 + 2 * np.cosh(margin))
        return np.append(across @ moved + RIDGE * along[:-1], moved.sum())

    start = np.zeros((1 << BITS) + 1)
    return minimize(loss, start, jac=True, hessp=bend, method="Newton-CG", options={"xtol": 1e-4}).x


def main() -> None:
    """Prints what to expect and writes the weights."""
    texts, writers, y = examples()
    shown = [places(seen(text)) for text in texts]
    leans = np.full(len(y), np.nan)
    for writer in sorted(set(writers) - {""}):
        out = np.array([each == writer for each in writers])
        rest, fold = np.flatnonzero(~out), np.flatnonzero(out)
        kept = often([shown[i] for i in rest])
        w = learn(table([shown[i] for i in rest], kept), y[rest])
        leans[fold] = table([shown[i] for i in fold], kept) @ w[:-1] + w[-1]
    apart, told = leans[~np.isnan(leans)], y[~np.isnan(leans)]
    for at in (-1.0, 0.0, 2.0):
        print(
            f"above {at:+}: {(apart[told == 1] > at).mean():.3f} of those that choose people, "
            f"{(apart[told == 0] > at).mean():.3f} of the lawful ones"
        )
    kept = often(shown)
    w = learn(table(shown, kept), y)
    scale = float(np.quantile(np.abs(w[:-1]), INSIDE) / 7)
    small = (np.clip(np.round(w[:-1] / scale), -7, 7) + 8).astype(np.uint8)
    pairs = (small[::2] | small[1::2] << 4).tobytes()
    WEIGHTS.write_text(
        "# Written by bench/lab/learn_selection.py.\n"
        f'learned_from = "{digest()}"\n'
        f"scale = {scale:.6f}\nintercept = {w[-1]:.4f}\n"
        f'table = "{b2a_base64(pairs, newline=False).decode()}"\n',
        "utf-8",
    )


if __name__ == "__main__":
    main()
