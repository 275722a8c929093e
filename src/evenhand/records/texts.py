"""A column of texts, each kept once, with the number of its text for every row.

A million rows of three categories take three texts and four megabytes. Knows neither files nor
what the texts mean.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Texts:
    """A column of texts; a blank stands where there is nothing.

    Attributes:
        distinct: Every text that some row has, in order of first appearance.
        codes: Shape ``(rows,)``: which of them each row has.
    """

    distinct: Sequence[str]
    codes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.codes)

    def tolist(self) -> list[str]:
        """The text of every row."""
        distinct = [*self.distinct]
        return [distinct[code] for code in self.codes.tolist()]

    def only(self, rows: NDArray[np.intp]) -> Texts:
        """The rows at these positions."""
        used, codes = np.unique(self.codes[rows], return_inverse=True)
        distinct = [*self.distinct]
        texts: list[str] = [distinct[code] for code in used.tolist()]
        return Texts(texts, codes.astype(np.int32))

    @property
    def unique(self) -> bool:
        """Whether no text stands twice."""
        return len(self.distinct) == len(self.codes)

    @property
    def any_blank(self) -> bool:
        """Whether there is nothing but white space somewhere."""
        told = getattr(self.distinct, "any_blank", None)
        return any(not text.strip() for text in self.distinct) if told is None else bool(told)

    @property
    def blank(self) -> NDArray[np.bool_]:
        """Shape ``(rows,)``: where there is nothing but white space."""
        return np.array([not text.strip() for text in self.distinct], dtype=np.bool_)[self.codes]


class TextsBuilder:
    """A column while a file is read."""

    def __init__(self) -> None:
        self._code_of: defaultdict[str, int] = defaultdict()
        # A text that isn't there yet gets the next number: all of it runs in C.
        self._code_of.default_factory = self._code_of.__len__
        self._parts: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]

    def extend(self, texts: Sequence[str]) -> None:
        """Add the texts of further rows."""
        codes = map(self._code_of.__getitem__, texts)
        self._parts.append(np.fromiter(codes, np.int32, len(texts)))

    def built(self) -> Texts:
        """The column."""
        return Texts(list(self._code_of), np.concatenate(self._parts))


def texts_of(texts: Sequence[str]) -> Texts:
    """A column of these texts."""
    column = TextsBuilder()
    column.extend(texts)
    return column.built()
