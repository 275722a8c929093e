"""What the exposure measures are: one card a measure, for reports and the guide."""

from __future__ import annotations

from evenhand.measure.figure import Definition

_SINGH = "Singh and Joachims 2018 (arXiv 1802.07281), stratified by ad"
_DIAZ = "Diaz et al. 2020 (arXiv 2004.13157); by group: Raj and Ekstrand 2022"
_FAMILY = "exposure"
_NOBODY = "nobody is relevant for any ad"

_RATIOS = (
    Definition(
        key="exposure_parity",
        name="Parity of exposure",
        family=_FAMILY,
        formula="E_g / E_r inside the ads, E_g = mean of 1/log2(1 + place) over qualified people",
        range="0 to infinity; 1 is parity, 0: nobody of the group was shown",
        better="1",
        undefined="no ad has qualified people of both sides, or nobody of the reference is shown",
        trap="takes a logarithmic reader for granted",
        source=_SINGH,
    ),
    Definition(
        key="disparate_treatment",
        name="Disparate treatment ratio (exposure per relevance)",
        family=_FAMILY,
        formula="(E_g / U_g) / (E_r / U_r) inside the ads, U = mean relevance, everybody counted",
        range="0 to infinity; 1: exposure in proportion to relevance",
        better="1",
        undefined="utility is 0: no ad has relevant people of both sides",
        trap="unfair relevance grades make an unfair list look fair",
        source=_SINGH,
    ),
    Definition(
        key="disparate_impact",
        name="Disparate impact ratio (clicks per relevance)",
        family=_FAMILY,
        formula="(C_g / U_g) / (C_r / U_r) inside the ads, C = mean of exposure times relevance",
        range="0 to infinity; 1: expected clicks in proportion to relevance",
        better="1",
        undefined="utility is 0: no ad has relevant people of both sides",
        trap="with yes-or-no relevance it says the same as parity of exposure",
        source=_SINGH,
    ),
)
_SHARES = (
    Definition(
        key="awrf",
        name="AWRF (attention-weighted rank fairness)",
        family=_FAMILY,
        formula="1 - distance(shares of attention, target shares), mean over ads",
        range="up to 1: shares of attention are the target's; least value depends on the distance",
        better="higher",
        undefined="no list shows a qualified person of known value",
        trap=(
            "values of different attention, target or distance don't compare (one list: .986, "
            ".875, .631); no direction"
        ),
        source="Sapiezynski et al. 2019; TREC Fair Ranking 2021",
    ),
    Definition(
        key="favoured_pairs",
        name="Favoured pairs",
        family=_FAMILY,
        formula="pairs of one of the group and one other with the group's above / all such pairs",
        range="0 to 1; .5 is parity",
        better="none",
        undefined="no ad has qualified people of both sides",
        trap="people who aren't shown are ties: short lists pull it towards .5",
        source="Cachel, Rundensteiner and Harrison 2022 (FPR of ARP)",
    ),
    Definition(
        key="pairwise_accuracy",
        name="Pairwise accuracy",
        family=_FAMILY,
        formula="(relevant of g, not relevant) pairs with the relevant one above / all such pairs",
        range="0 to 1; .5 is chance, 1 right; parity where groups have the same",
        better="higher",
        undefined="no ad has both relevant people of the group and people who aren't relevant",
        trap="people who aren't shown are ties: short lists pull it towards .5",
        source="Beutel et al. 2019; Narasimhan et al. 2020",
    ),
)
_EXPECTED = (
    Definition(
        key="expected_exposure_loss",
        name="Expected exposure loss (EE-L)",
        family=_FAMILY,
        formula="|e - e*|^2, e* = equal exposure among equally relevant, mean over ads",
        range="0 up; 0: exposure is the target's",
        better="lower",
        undefined=_NOBODY,
        trap=(
            "one list an ad can't spread exposure: by person it only says how many relevant "
            "people are shown"
        ),
        source=_DIAZ,
    ),
    Definition(
        key="expected_exposure_disparity",
        name="Expected exposure disparity (EE-D)",
        family=_FAMILY,
        formula="|e|^2, mean over ads",
        range="0 up; less is more evenly spread; compare at one k only",
        better="none",
        undefined=_NOBODY,
        trap="by person the same number for every list of k places",
        source=_DIAZ,
    ),
    Definition(
        key="expected_exposure_relevance",
        name="Expected exposure relevance (EE-R)",
        family=_FAMILY,
        formula="e . e*, mean over ads",
        range="0 up; more goes to relevant people; compare at one k only",
        better="higher",
        undefined=_NOBODY,
        trap="unscaled, and by group mostly the square of group sizes",
        source=_DIAZ,
    ),
    Definition(
        key="equity_of_attention",
        name="Equity of attention (IAA over all lists)",
        family=_FAMILY,
        formula="sum_i |sum_l a_il - sum_l r_il|, a and r scaled to 1 in every list",
        range="0 to 2 a list; 0: attention adds up to relevance (corrected: as a share)",
        better="lower",
        undefined="no list has both somebody shown and somebody relevant",
        trap="few short lists are far from 0 whatever the engine; grows with the number of lists",
        source="Biega, Gummadi and Weikum 2018 (arXiv 1805.01788)",
    ),
)
DEFINITIONS: tuple[Definition, ...] = (*_RATIOS, *_SHARES, *_EXPECTED)
"""One card for each measure of ``figures.MEASURES`` and, last, for what looks at no group."""
