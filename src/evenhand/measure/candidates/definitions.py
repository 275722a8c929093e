"""The cards of the measures of single candidates."""

from __future__ import annotations

from evenhand.measure.figure import Definition

_FAMILY = "candidates"
_ITEM = "Rampisela et al. 2023, ACM TORS (arXiv 2311.01013)"
_RELEVANCE = "Rampisela et al. 2024 (relevance-aware item fairness)"
_SINGLE = "the corrected form has no value for one list, or where everybody fits in every list"

_BY_COUNTS: tuple[Definition, ...] = (
    Definition(
        "jain",
        "Jain's index",
        _FAMILY,
        "T² / (n Σ c_i²), c_i the lists that show person i, T = Σ c_i; corrected: between one list "
        "for all (0) and the most even counts (1)",
        "original k/n to at most 1; corrected 0 to 1; 1 is even",
        "higher",
        _SINGLE,
        "The floor of the original moves with k and n, and it can't reach 1 unless n divides T.",
        f"Jain, Chiu and Hawe 1984; corrected: {_ITEM}",
    ),
    Definition(
        "qualified_fairness",
        "Share of people ever shown (QF)",
        _FAMILY,
        "#{c_i > 0} / n; corrected: (#{c_i > 0} - k) / (min(n, T) - k)",
        "original k/n to min(1, T/n); corrected 0 to 1; 1 leaves out nobody who had room",
        "higher",
        _SINGLE,
        "The original can't reach 1 while there are fewer places than people; being shown once "
        "counts as much as being shown always.",
        f"Zhu et al. 2021; corrected: {_ITEM}",
    ),
    Definition(
        "entropy",
        "Entropy of places over people",
        _FAMILY,
        "-Σ p_i log_n p_i, p_i = c_i / T; corrected: over the shown, between one list for all (0) "
        "and the most even counts (1)",
        "0 to 1; 1 is even",
        "higher",
        f"the original as soon as one person is never shown; {_SINGLE}",
        "In a large pool somebody is always unshown, so the original never has a value there. "
        "Chance and p-value are those of the corrected form.",
        f"Patro et al. 2020; corrected: {_ITEM}",
    ),
    Definition(
        "gini",
        "Gini of being shown",
        _FAMILY,
        "Σ_j (2j - n - 1) c_(j) / (n T), c ascending; corrected: between the most even counts (0) "
        "and one list for all (1)",
        "original 0 to 1 - k/n; corrected 0 to 1; 0 is even",
        "lower",
        _SINGLE,
        "The original can't reach 1, and 0 only where n divides T.",
        f"Gini 1912; corrected: {_ITEM}",
    ),
    Definition(
        "gini_weighted",
        "Gini of attention (Gini-w)",
        _FAMILY,
        "the Gini of Σ 1/log2(1 + place) of each person; corrected: between the least value (0) "
        "and one list for all (1)",
        "original above 0 to below 1; corrected 0 to 1; 0 is even",
        "lower",
        "the corrected form where every list could come out in one way only",
        "With more places than people the least value isn't known and 0 stands in for it: even "
        "the best lists can then stay above 0.",
        f"{_ITEM}, attention of Järvelin and Kekäläinen 2002",
    ),
    Definition(
        "satisfaction",
        "Share with an even deal (FSat)",
        _FAMILY,
        "#{c_i >= f} / n, f = floor(T / n); corrected: (F - k/n) / (1 - k/n)",
        "original 0 to 1; corrected 0 (one list for all) to 1 (everybody); can be below 0",
        "higher",
        "the corrected form with fewer places than people, or for one list",
        "With fewer places than people f is 0 and the original is 1 whatever the lists. With f of "
        "2 or more, lists can be worse than one list for all: below 0 when corrected.",
        f"Patro et al. 2020; corrected: {_ITEM}",
    ),
    Definition(
        "vocd",
        "Differences among the shown (VoCD)",
        _FAMILY,
        "mean over pairs of shown people of |c_i - c_j| / max(c_i, c_j)",
        "0 to 1; 0: all who are shown are shown equally often",
        "lower",
        "fewer than two people are shown",
        "Blind to who is never shown: the same list for every ad scores a perfect 0.",
        f"Wu et al. 2021, as read by {_ITEM}",
    ),
    Definition(
        "ii_d",
        "Individual disparity of exposure (II-D)",
        _FAMILY,
        "mean over lists and people of (E_ui - Ē)², E = 0.8^(place - 1), Ē = (1 - 0.8^k) / (0.2 n)",
        "one value for all full lists of the same k and n",
        "none",
        "never",
        "The same number for even lists and for one list for all: useless alone.",
        f"Wang and Joachims 2021; Wu et al. 2022; trap: {_ITEM}",
    ),
    Definition(
        "ai_d",
        "Amortised disparity of exposure (AI-D)",
        _FAMILY,
        "mean over people of (mean over lists of (E_ui - Ē))², E = 0.8^(place - 1)",
        "0 (even over all lists) to II-D (one list for all)",
        "lower",
        "never",
        "Shrinks with the pool, about as 1/n: compare within one pool and k only.",
        f"Wang and Joachims 2021; Wu et al. 2022; {_ITEM}",
    ),
)

_BY_RELEVANCE: tuple[Definition, ...] = (
    Definition(
        "ii_f",
        "Exposure against relevance, list by list (II-F)",
        _FAMILY,
        "mean over lists and people of (E_ui - E*_ui)², E = 0.8^(place - 1), E* = (1 - 0.8^R) / "
        "(0.2 R) for the R relevant; corrected: each list between relevant first (0) and last (1)",
        "original from 0, tiny; corrected 0 to 1; 0 is deserved",
        "lower",
        "the corrected form for ads that nobody, or everybody, is relevant to (left out)",
        "The original's range depends on n, k and R, and the best lists aren't at 0.",
        f"Wu et al. 2022; corrected: {_RELEVANCE}",
    ),
    Definition(
        "ai_f",
        "Exposure against relevance over all lists (AI-F)",
        _FAMILY,
        "mean over people of (mean over lists of (E_ui - E*_ui))²",
        "from 0, tiny; 0: over all lists everybody has what they deserve",
        "lower",
        "never",
        "The range depends on n, k and the relevance table: compare within one market only.",
        f"Wu et al. 2022; {_RELEVANCE}",
    ),
    Definition(
        "iaa",
        "Attention against relevance (IAA-rec)",
        _FAMILY,
        "mean over lists and people of |a_ui - rel_ui|, a = (k - place) / (k - 1); corrected: "
        "a = (k + 1 - place) / k, each list between relevant first (0) and last (1)",
        "original from 0, tiny in a large pool; corrected 0 to 1; 0 is deserved",
        "lower",
        "the original for k = 1; the corrected form for ads that nobody, or everybody, is relevant "
        "to (left out)",
        "In the original the person at place k counts as unseen.",
        f"Borges and Stefanidis 2019; corrected: {_RELEVANCE}",
    ),
    Definition(
        "ibo",
        "Better off than at random (IBO)",
        _FAMILY,
        "share of people with mean_u rel_ui / place >= 1.1 × what random lists give; corrected: "
        "among people relevant to some ad",
        "0 to 1",
        "higher",
        "the original as soon as somebody is relevant to no ad",
        "A real pool always has somebody relevant to no ad, so the original has no value there. "
        "Chance and p-value are those of the corrected form.",
        f"Saito and Joachims 2022; corrected: {_RELEVANCE}",
    ),
    Definition(
        "iwo",
        "Worse off than at random (IWO)",
        _FAMILY,
        "share of people with mean_u rel_ui / place <= 0.9 × what random lists give; corrected: "
        "among people relevant to some ad",
        "0 to 1",
        "lower",
        "the original as soon as somebody is relevant to no ad",
        "With far fewer places than relevant people most of them are worse off, whatever the "
        "lists: read it beside its level at random, which is that of the corrected form.",
        f"Saito and Joachims 2022; corrected: {_RELEVANCE}",
    ),
    Definition(
        "mme",
        "Mean of the largest envy (MME)",
        _FAMILY,
        "mean_i max_j (Σ_u rel_ui / place_uj - Σ_u rel_ui / place_ui) / m",
        "0 (nobody would gain from another's places) to below 1",
        "lower",
        "never",
        "Averages over the whole pool, so people relevant to nothing pull it to 0; one list alone "
        "is never free of envy, as equals can't share a place.",
        "Saito and Joachims 2022",
    ),
)

DEFINITIONS: tuple[Definition, ...] = (*_BY_COUNTS, *_BY_RELEVANCE)
"""In the order of reports."""
