"""The cards of ranking quality, of the tests between two systems and of list similarity."""

from __future__ import annotations

from evenhand.measure.figure import Definition

_NOBODY = "for ads that nobody is relevant for (left out of the mean)"
_NEEDS = "Only as good as the judgements: people never judged count as not relevant."

QUALITY_DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "mrr",
        "Mean reciprocal rank",
        "quality",
        "mean over ads of 1 / place of the first relevant person, 0 if none in the top k",
        "0 to 1; 1: somebody relevant is first in every list",
        "higher",
        _NOBODY,
        f"Sees the first relevant person and nobody after. {_NEEDS}",
        "Voorhees 1999",
    ),
    Definition(
        "ndcg",
        "nDCG",
        "quality",
        "Σ (2^grade - 1) / log2(1 + place) over the top k, divided by that of the best list",
        "0 (nobody relevant shown) to 1 (no list could be better)",
        "higher",
        _NOBODY,
        _NEEDS,
        "Järvelin and Kekäläinen 2002; Burges et al. 2005 (gain)",
    ),
    Definition(
        "map",
        "Mean average precision",
        "quality",
        "mean over ads of (1/R) Σ_i rel_i × precision@i over the top k, R all relevant people",
        "0 to 1; with R above k, 1 is out of reach",
        "higher",
        _NOBODY,
        f"Divides by all relevant people, as trec_eval does; others divide by min(R, k). {_NEEDS}",
        "Buckley and Voorhees 2000",
    ),
    Definition(
        "precision",
        "Precision",
        "quality",
        "relevant people in the top k / k",
        "0 to 1; with fewer than k relevant people, 1 is out of reach",
        "higher",
        _NOBODY,
        f"Places that a short list leaves empty count as misses. {_NEEDS}",
        "Manning, Raghavan and Schütze 2008",
    ),
    Definition(
        "recall",
        "Recall",
        "quality",
        "relevant people in the top k / all relevant people",
        "0 to 1; with more than k relevant people, 1 is out of reach",
        "higher",
        _NOBODY,
        _NEEDS,
        "Manning, Raghavan and Schütze 2008",
    ),
    Definition(
        "randomisation_test",
        "Paired randomisation test",
        "quality",
        "share of sign patterns of the ads' differences whose mean is at least as far from 0; all "
        "patterns for up to 15 ads that differ, else (1 + b) / (B + 1) of B random ones",
        "above 0 to 1; small: the systems differ by more than chance",
        "none",
        "no ad has a value in both systems",
        "A small p says that there is a difference, not that it matters; a large one doesn't say "
        "that there is none.",
        "Fisher 1935; Smucker et al. 2007; Phipson and Smyth 2010",
    ),
    Definition(
        "tost",
        "Equivalence within a margin (TOST)",
        "quality",
        "larger p of two one-sided paired t tests: difference above -margin, and below +margin",
        "0 to 1; below 0.05: the systems are alike within the margin",
        "none",
        "fewer than two ads have a value in both systems",
        "The margin must be set before looking at the values: any two systems are equivalent "
        "within a margin that is wide enough.",
        "Schuirmann 1987; Lakens 2017",
    ),
)
"""In the order of reports."""

SIMILARITY_DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "rbo",
        "Rank-biased overlap (RBO)",
        "jobs",
        "X_k/k p^k + (1 - p)/p Σ_d X_d/d p^d, X_d the people in both first d places, p = 0.9",
        "0 (nobody in common) to 1 (identical)",
        "none",
        "both lists are empty, or one is",
        "The first ten places carry most of the weight (p = 0.9). What lies beyond the lists is "
        "taken to agree as their ends do.",
        "Webber, Moffat and Zobel 2010 (extrapolated)",
    ),
    Definition(
        "jaccard",
        "Jaccard similarity of the shown",
        "jobs",
        "people in both lists / people in either",
        "0 (nobody in common) to 1 (the same people)",
        "none",
        "both lists are empty",
        "Blind to order: a reversed list is identical.",
        "Jaccard 1912",
    ),
    Definition(
        "kendall",
        "Kendall's tau of two lists",
        "jobs",
        "tau-b over everybody in either list; whoever is missing from one is tied after its end",
        "-1 (reversed) to 1 (identical)",
        "none",
        "a list is empty",
        "Lists with nobody in common have about -2/3, not 0.",
        "Kendall 1945",
    ),
)
"""In the order of reports."""
