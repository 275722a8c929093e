"""What the list measures are: one card a measure, for reports and the guide."""

from __future__ import annotations

from evenhand.measure.figure import Definition

_GEYIK = "Geyik, Ambler and Kenthapadi 2019 (arXiv 1905.01989), within the qualified pool"
_YANG = "Yang and Stoyanovich 2017 (arXiv 1610.08559), within the qualified pool"
_EMPTY = "no list shows a qualified person of known value"
_NO_CUT = "no list shows ten qualified people, or the pool has people of one side only"
_FAMILY = "lists"

_RATIOS = (
    Definition(
        key="mantel_haenszel",
        name="Selection ratio inside the ads (R)",
        family=_FAMILY,
        formula="R = (sum_j a_j M_j / N_j) / (sum_j b_j F_j / N_j)",
        range="0 to infinity; 1 is parity, 0: nobody of the group was shown",
        better="1",
        undefined="no ad has qualified people of both sides, or nobody of the reference is shown",
        trap="blind to order within the top k",
        source="Mantel and Haenszel 1959; statsmodels StratifiedTable.riskratio_pooled",
    ),
    Definition(
        key="pooled_ratio",
        name="Plain pooled selection ratio",
        family=_FAMILY,
        formula="P = (sum_j a_j / sum_j F_j) / (sum_j b_j / sum_j M_j)",
        range="0 to infinity; 1 is parity only where both sides stand before the same ads",
        better="none",
        undefined="a side has no qualified people, or nobody of the reference is shown",
        trap=(
            "Simpson: it is far from 1 under parity inside every ad where one side stands before "
            "more selective ads; read it against the composition null"
        ),
        source="Bickel, Hammel and O'Connell 1975",
    ),
    Definition(
        key="composition_null",
        name="Pooled ratio under parity inside every ad",
        family=_FAMILY,
        formula="P with F_j (a_j + b_j) / (F_j + M_j) for a_j, and M_j likewise for b_j",
        range="0 to infinity; 1: the mix of ads favours neither side",
        better="none",
        undefined="a side has no qualified people, or nobody of either side is shown",
        trap="it describes the mix of ads and says nothing of the engine",
        source="indirect standardisation; Bickel, Hammel and O'Connell 1975",
    ),
    Definition(
        key="top_k_ratio",
        name="Top-k impact ratio",
        family=_FAMILY,
        formula="(x_g / n_g) / (x_r / n_r) over (person, ad) pairs, or over people ever shown",
        range="0 to infinity; 1 is parity",
        better="1",
        undefined="a side has no qualified people, or nobody of the reference is shown",
        trap=(
            "an interval that takes pairs for independent covers about half of what it says, "
            "because the same people come back; it mixes ads like the pooled ratio"
        ),
        source="Katz et al. 1978; Cameron, Gelbach and Miller 2011 (clusters)",
    ),
)
_COMPOSITION = (
    Definition(
        key="skew",
        name="Skew@k",
        family=_FAMILY,
        formula="ln(share of g in the top k / share of g in the pool), mean over ads",
        range="minus infinity to -ln q_g; 0 is proportional, ln 2 twice the share",
        better="0",
        undefined=_EMPTY,
        trap="minus infinity for an absent group: the mean is of lists smoothed by one person",
        source=_GEYIK,
    ),
    Definition(
        key="min_skew",
        name="MinSkew@k",
        family=_FAMILY,
        formula="least Skew@k over groups, mean over ads",
        range="minus infinity to 0; 0: every group has just its share",
        better="higher",
        undefined=_EMPTY,
        trap="below 0 by chance alone, the more so the more groups there are",
        source=_GEYIK,
    ),
    Definition(
        key="max_skew",
        name="MaxSkew@k",
        family=_FAMILY,
        formula="greatest Skew@k over groups, mean over ads",
        range="0 up; 0: every group has just its share",
        better="lower",
        undefined=_EMPTY,
        trap="above 0 by chance alone, the more so the more groups there are",
        source=_GEYIK,
    ),
    Definition(
        key="ndkl",
        name="NDKL",
        family=_FAMILY,
        formula="(1/Z) sum_i KL(D_i || q) / log2(i + 1), Z = sum_i 1 / log2(i + 1), natural log",
        range="0 to -ln min q; 0: every prefix is proportional to the pool",
        better="lower",
        undefined=_EMPTY,
        trap="no direction, and above 0 by chance; with q from the list itself (as some tools "
        "take it) a list of one group would be perfect",
        source=_GEYIK,
    ),
    Definition(
        key="infeasible_index",
        name="InfeasibleIndex",
        family=_FAMILY,
        formula="prefixes i with count_g(i) < floor(q_g i) for some g, mean over ads",
        range="0 to k; 0: no prefix falls short of any group",
        better="lower",
        undefined=_EMPTY,
        trap="above 0 by chance, and grows with k",
        source=_GEYIK,
    ),
    Definition(
        key="infeasible_count",
        name="InfeasibleCount",
        family=_FAMILY,
        formula="(prefix, group) pairs with count_g(i) < floor(q_g i), mean over ads",
        range="0 to k times groups; 0: no prefix falls short of any group",
        better="lower",
        undefined=_EMPTY,
        trap="above 0 by chance, and grows with k and the number of groups",
        source=_GEYIK,
    ),
)
_ORDER = (
    Definition(
        key="prefix_test",
        name="Prefix test, share of ads",
        family=_FAMILY,
        formula=(
            "share of ads with p <= .05; p = P(H <= g_i), H hypergeometric, at the cut, or the "
            "Monte-Carlo p of the least over all prefixes"
        ),
        range="0 to 1; by chance about .05 or less",
        better="lower",
        undefined=f"{_EMPTY}, or the pools have people of one side only",
        trap="ads that show the same people aren't independent: read it against its chance level",
        source="hyperFA*IR (Cartier van Dissel et al. 2025)",
    ),
    Definition(
        key="rnd",
        name="rND",
        family=_FAMILY,
        formula="(1/Z) sum_{i=10,20,..} |g_i/i - G/N| / log2(i), Z exact, mean over ads",
        range="0 to 1; 0: the share of the pool at every cut, 1: as far off as orders get",
        better="lower",
        undefined=_NO_CUT,
        trap="no direction, above 0 by chance, and blind to order between cuts",
        source=_YANG,
    ),
    Definition(
        key="rkl",
        name="rKL",
        family=_FAMILY,
        formula="like rND with KL((g_i/i, 1 - g_i/i) || (G/N, 1 - G/N)), natural log",
        range="0 to 1; 0: the share of the pool at every cut, 1: as far off as orders get",
        better="lower",
        undefined=_NO_CUT,
        trap="no direction, above 0 by chance, and blind to order between cuts",
        source=_YANG,
    ),
    Definition(
        key="rrd",
        name="rRD",
        family=_FAMILY,
        formula="like rND with |g_i/(i - g_i) - G/(N - G)|, a ratio over 0 counting 0",
        range="0 to 1; 0: the share of the pool at every cut, 1: as far off as orders get",
        better="lower",
        undefined=f"{_NO_CUT}, or the group is more than half of the pool",
        trap="a cut that holds nobody but the group looks like a cut without it",
        source=_YANG,
    ),
)
DEFINITIONS: tuple[Definition, ...] = (*_RATIOS, *_COMPOSITION, *_ORDER)
"""One card for each measure of ``figures.MEASURES``."""
