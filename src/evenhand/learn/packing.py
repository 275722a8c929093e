"""Many short answers behind one long question: a batch as one row that shares its prefix.

Prompts begin with the same worked examples, several times as long as what is theirs alone. A
batch is laid out as the prefix once, then every example's own tokens; each example attends to
the prefix and to itself, at the positions it would have alone. The loss is that of a padded
batch, for a fraction of the tokens. Models that take no such layout get the padded batch itself.
Not a trainer (``align``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

IGNORED = -100
"""The label that PyTorch's cross-entropy leaves out."""


def common_prefix(prompts: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """What all prompts begin with, leaving each at least one token of its own."""
    low, high = min(map(tuple, prompts)), max(map(tuple, prompts))
    most = min(map(len, prompts)) - 1
    same = next((place for place in range(most) if low[place] != high[place]), most)
    return low[:same]


def padded_rows(batch: Sequence[Mapping[str, Sequence[int]]]) -> dict[str, Tensor]:
    """Examples below each other, padded on the right, where the loss and causal models don't look.

    Returns:
        ``input_ids``, ``labels`` and ``attention_mask`` of shape (examples, longest).
    """
    import torch

    rows = [torch.tensor([list(each["input_ids"]), list(each["labels"])]) for each in batch]
    longest = max(row.shape[1] for row in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    labels, mask = torch.full_like(ids, IGNORED), torch.zeros_like(ids)
    for at, row in enumerate(rows):
        ids[at, : row.shape[1]], labels[at, : row.shape[1]] = row
        mask[at, : row.shape[1]] = 1
    return {"input_ids": ids, "labels": labels, "attention_mask": mask}


@dataclass(frozen=True)
class SharedPrefixCollator:
    """Lays a batch out as one row.

    Attributes:
        shared: Number of tokens that all examples begin with; none of them is an answer.
    """

    shared: int

    def __call__(self, batch: Sequence[Mapping[str, Sequence[int]]]) -> dict[str, Tensor]:
        """One row of length L from examples with ``input_ids`` and ``labels``.

        Returns:
            ``input_ids``, ``labels`` and ``position_ids`` of shape (1, L), and a boolean
            ``attention_mask`` of shape (1, 1, L, L): true where a token (row) sees another.
        """
        import torch

        ids, labels = list(batch[0]["input_ids"][: self.shared]), [IGNORED] * self.shared
        positions, owners = list(range(self.shared)), [0] * self.shared
        for number, example in enumerate(batch, start=1):
            own = example["input_ids"][self.shared :]
            ids += own
            # What the row predicts from another example's last token must not count.
            labels += [IGNORED, *example["labels"][self.shared + 1 :]]
            positions += range(self.shared, self.shared + len(own))
            owners += [number] * len(own)
        owner = torch.tensor(owners)
        before = torch.ones((len(ids), len(ids)), dtype=torch.bool).tril()
        seen = before & ((owner[:, None] == owner[None, :]) | (owner[None, :] == 0))
        return {
            "input_ids": torch.tensor([ids]),
            "labels": torch.tensor([labels]),
            "position_ids": torch.tensor([positions]),
            "attention_mask": seen[None, None],
        }
