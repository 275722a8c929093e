"""Selection and scoring rates of groups: ratios, exact tests, intervals and what chance does.

Everything starts from ``Counts`` (people and positives per cell of one attribute), never from
rows. ``assess`` is the front door; one file holds one measure.
"""

from evenhand.measure.rates.assess import assess
from evenhand.measure.rates.assessment import (
    VERDICTS,
    CellAssessment,
    RateAssessment,
    UnknownPeople,
)
from evenhand.measure.rates.cochran_mantel_haenszel import (
    CochranMantelHaenszel,
    cochran_mantel_haenszel,
)
from evenhand.measure.rates.counts import Counts, count
from evenhand.measure.rates.definitions import DEFINITIONS
from evenhand.measure.rates.scoring import Scoring, above_median

__all__ = [
    "DEFINITIONS",
    "VERDICTS",
    "CellAssessment",
    "CochranMantelHaenszel",
    "Counts",
    "RateAssessment",
    "Scoring",
    "UnknownPeople",
    "above_median",
    "assess",
    "cochran_mantel_haenszel",
    "count",
]
