"""A job ad, as every room sees it. Not a reader: files are read in ``people``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Job:
    """One job ad.

    Attributes:
        id: Unique among the jobs of a file.
        text: The ad. Matching, measuring and rewording use this text and nothing else.
        title: Shown to people, never matched; may be empty.
        fields: Every other column of the input, as text (``occupation_group``, ``split``, …).
    """

    id: str
    text: str
    title: str = ""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def group(self) -> str | None:
        """The occupation group of the ad, where the input has that column."""
        return self.fields.get("occupation_group")

    def reworded(self, text: str) -> Job:
        """The same job with another text."""
        return Job(self.id, text, self.title, self.fields)
