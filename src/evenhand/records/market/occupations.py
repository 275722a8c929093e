"""The occupations of the bundled market: women's shares, tone of their ads, phrases.

The shares are the published figures; how large a pool is and which way its ads lean in wording
is made up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, TypeAlias

Wording: TypeAlias = Literal["agentic", "plain", "communal"]
WORDINGS: tuple[Wording, ...] = ("agentic", "plain", "communal")

WOMEN_SHARE_SOURCE = "U.S. Bureau of Labor Statistics, CPS table 11, 2022"
WOMEN_PERCENT: Mapping[str, float] = {
    "accountant": 58.8,
    "civil_engineer": 17.1,
    "financial_analyst": 40.2,
    "graphic_designer": 53.7,
    "human_resources": 77.2,
    "lawyer": 38.5,
    "lecturer": 48.4,
    "marketing_manager": 58.9,
    "pharmacist": 59.6,
    "real_estate_agent": 56.9,
    "registered_nurse": 87.9,
    "software_developer": 21.5,
}
"""Women among the employed, percent. Rows of the table: accountants and auditors; civil
engineers; financial and investment analysts; graphic designers; human resources workers; lawyers;
postsecondary teachers; marketing managers; pharmacists; real estate brokers and sales agents;
registered nurses; software developers."""

SMALL = ("civil_engineer", "human_resources", "registered_nurse", "software_developer")
"""Occupations with few people of one gender, as a market has them: too few to judge."""

_SMALL_POOL = 46
_LEAST = 100

_AGENTIC = (0.94, 0.05, 0.01)
_EVEN = (0.15, 0.7, 0.15)
_COMMUNAL = (0.01, 0.05, 0.94)
_TONE = {
    "civil_engineer": _EVEN,
    "financial_analyst": _AGENTIC,
    "human_resources": _COMMUNAL,
    "lawyer": _AGENTIC,
    "lecturer": _EVEN,
    "marketing_manager": _AGENTIC,
    "pharmacist": _COMMUNAL,
    "real_estate_agent": _AGENTIC,
    "registered_nurse": _COMMUNAL,
    "software_developer": _AGENTIC,
}


@dataclass(frozen=True)
class Occupation:
    """One occupation.

    Attributes:
        name: The value of ``occupation_group``.
        women_percent: Published share of women.
        tone: Weights of the three wordings in its ads, in the order of ``WORDINGS``.
        pay: Typical yearly pay in thousands of dollars, made up.
        phrases: Kind of phrase to phrases.
    """

    name: str
    women_percent: float
    tone: tuple[float, ...]
    pay: int
    phrases: Mapping[str, tuple[str, ...]]

    @property
    def small(self) -> bool:
        """Whether its pools are too small to judge."""
        return self.name in SMALL

    def people_per_fold(self) -> tuple[int, int]:
        """Women and men of one fold, in proportion to the published share."""
        share = self.women_percent / 100
        if self.small:
            women = round(_SMALL_POOL * share)
            return women, _SMALL_POOL - women
        everybody = _LEAST / min(share, 1 - share)
        return round(everybody * share), round(everybody * (1 - share))


def load_phrases(name: str) -> dict[str, Any]:
    """One file of the phrases that evenhand comes with."""
    return tomllib.loads(
        (files("evenhand.records.market") / "phrases" / f"{name}.toml").read_text("utf-8")
    )


def load_occupations() -> list[Occupation]:
    """All occupations, by name."""
    return [_occupation(name) for name in sorted(WOMEN_PERCENT)]


def _occupation(name: str) -> Occupation:
    loaded = load_phrases(f"occupations/{name}")
    pay = int(loaded.pop("pay"))
    phrases = {kind: tuple(map(str, listed)) for kind, listed in loaded.items()}
    return Occupation(name, WOMEN_PERCENT[name], _TONE.get(name, _EVEN), pay, phrases)
