"""The cards of the measures of single ads."""

from __future__ import annotations

from evenhand.measure.figure import Definition
from evenhand.measure.jobs.puf import INFERRED

_FAMILY = "jobs"
_USERS = "as fairness to users: Rampisela et al. 2025 (RecSys)"
_LEVEL = "It says nothing of the level: an engine that serves every ad equally badly looks even."
_SHARES = "fewer than two ads; a mean of 0; a negative value"

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "standard_deviation",
        "Standard deviation over ads",
        _FAMILY,
        "sqrt(mean_u (S_u - mean S)²), S_u the quality of ad u's list",
        "0 (every ad is served alike) to half the range of S",
        "lower",
        "fewer than two ads",
        _LEVEL,
        _USERS,
    ),
    Definition(
        "gini_jobs",
        "Gini over ads",
        _FAMILY,
        "Σ_{u<v} |S_u - S_v| / (m Σ S)",
        "0 (every ad is served alike) to 1 - 1/m (one ad gets everything)",
        "lower",
        _SHARES,
        _LEVEL,
        f"Gini 1912; {_USERS}",
    ),
    Definition(
        "atkinson",
        "Atkinson over ads (ε = 0.5)",
        _FAMILY,
        "1 - (mean √S)² / mean S; with groups of ads 1 - A = (1 - within) (1 - between)",
        "0 (every ad is served alike) to 1 - 1/m",
        "lower",
        _SHARES,
        f"ε is a choice: values for other ε can't be compared. {_LEVEL}",
        f"Atkinson 1970; parts: Blackorby, Donaldson and Auersperg 1981; {_USERS}",
    ),
    Definition(
        "coefficient_of_variation",
        "Coefficient of variation over ads",
        _FAMILY,
        "standard deviation over ads / mean S",
        "0 (every ad is served alike) to sqrt(m - 1)",
        "lower",
        _SHARES,
        "Near a mean of 0 it is huge for differences that nobody would notice.",
        _USERS,
    ),
    Definition(
        "worst_quartile",
        "Mean over the worst-served quarter of the ads",
        _FAMILY,
        "mean of the ceil(m / 4) lowest S",
        "that of S; higher is better",
        "higher",
        "fewer than two ads",
        "An engine that is worse for everybody but the worst quarter looks no worse.",
        _USERS,
    ),
    Definition(
        "envy_mean",
        "Mean envy between ads (ME)",
        _FAMILY,
        "mean over pairs of different ads of max(φ[u, v] - φ[u, u], 0), φ[u, v] the worth to ad u "
        "of ad v's list",
        "0 (no ad would swap lists) to the range of φ",
        "lower",
        "fewer than two ads with a value",
        "Ads for the same work want the same people: a poor list among near twins is envious by "
        "that alone.",
        "Saito and Joachims 2022; Do et al. 2022",
    ),
    Definition(
        "envy_max",
        "Mean of the largest envy of an ad (MME)",
        _FAMILY,
        "mean_u max_v max(φ[u, v] - φ[u, u], 0)",
        "0 (no ad would swap lists) to the range of φ",
        "lower",
        "fewer than two ads with a value",
        "A largest value grows with the number of ads to envy.",
        "Saito and Joachims 2022; Do et al. 2022",
    ),
    Definition(
        "envy_share",
        "Share of ads that would swap lists (PEU)",
        _FAMILY,
        "share of ads whose largest envy is above 0",
        "0 (none) to 1 (all)",
        "lower",
        "fewer than two ads with a value",
        "Any envy counts, however small.",
        "Do et al. 2022",
    ),
    Definition(
        "puf",
        "Pairwise unfairness between like ads (PUF, inferred form)",
        _FAMILY,
        "2 / (m (m - 1)) Σ_{u<v} sim(u, v) |S_u - S_v|",
        "0 (ads that are alike are served alike) to about half the range of S",
        "lower",
        "fewer than two ads",
        f"{INFERRED[0].upper()}{INFERRED[1:]}. A low value can also mean that few ads are alike.",
        "to be confirmed: arXiv 2602.02516",
    ),
)
"""In the order of reports."""
