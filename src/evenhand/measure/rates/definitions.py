"""The cards of the measures of rates, as the report and the guide print them."""

from __future__ import annotations

from evenhand.measure.figure import Definition

_FAMILY = "selection and scoring"
_PICKED = "It doesn't know that the benchmark was picked for having the highest rate."


def _card(key: str, name: str, **parts: str) -> Definition:
    return Definition(key=key, name=name, family=_FAMILY, **{"trap": "", **parts})


_RATES = (
    _card(
        "selection_rate",
        "Selection rate",
        formula="x_g / n_g, selected by assessed",
        range="0 (nobody selected) to 1 (everybody)",
        better="none",
        undefined="nobody of the cell was assessed",
        source="29 CFR 1607.16(R); 6 RCNY 5-300",
    ),
    _card(
        "scoring_rate",
        "Scoring rate",
        formula="share of the cell with a score strictly above the median of everybody",
        range="0 to 1; about 1/2 over everybody without ties",
        better="none",
        undefined="ties at the median leave nobody strictly above it",
        trap="With few distinct scores it depends on the steps of the scale.",
        source="6 RCNY 5-300",
    ),
    _card(
        "impact_ratio",
        "Impact ratio",
        formula="rate of the cell / highest rate of a cell that may be the benchmark",
        range="0 to infinity; 1 is parity with the benchmark",
        better="1",
        undefined="a side is empty or nobody of the benchmark was selected",
        trap="The highest of many noisy rates is too high, so ratios are low by luck alone.",
        source="6 RCNY 5-300; 29 CFR 1607.4(D)",
    ),
    _card(
        "ratio_of_not_selected",
        "Ratio of not being selected",
        formula="(1 - rate of the cell) / (1 - rate of the benchmark)",
        range="0 to infinity; 1 is parity, above 1 the cell is turned away more often",
        better="1",
        undefined="a side is empty or everybody of the benchmark was selected",
        trap="Near 1 whenever few are selected, whatever the impact ratio says.",
        source="the complement of the impact ratio",
    ),
    _card(
        "four_fifths",
        "Four-fifths",
        formula="5 x_g n_b < 4 x_b n_g, in integers",
        range="below or not below; exactly 4/5 is not below",
        better="none",
        undefined="a side is empty or nobody of the benchmark was selected",
        trap="No test: without any bias small cells are below it most of the time.",
        source="29 CFR 1607.4(D); Local Law 144 sets no threshold",
    ),
    _card(
        "shortfall",
        "Shortfall in people",
        formula="max(0, ceil(4 x_b n_g / (5 n_b)) - x_g)",
        range="0 or more; people missing to reach four-fifths",
        better="0",
        undefined="0 where nobody of the benchmark was selected",
        trap="It holds the benchmark fixed; a selection given to one cell is often taken from it.",
        source="29 CFR 1607.4(D), in whole people",
    ),
    _card(
        "two_percent",
        "Less than 2 % of the people",
        formula="n_g < 0.02 n, unknown included in n",
        range="flag",
        better="none",
        undefined="never",
        trap="A flagged cell keeps its row and its verdict, and can't be the benchmark nor set the "
        "smallest ratio; where nothing is hidden (--least 1) it can.",
        source="6 RCNY 5-301 (may be left out of the ratios, with a justification)",
    ),
)

_TESTS = (
    _card(
        "z",
        "z of the difference",
        formula="(p_g - p_b) / sqrt(P(1 - P)(1/n_g + 1/n_b)), P of both together",
        range="any number; 0 is parity, below -2 is the two-standard-deviation rule",
        better="0",
        undefined="a side is empty, or everybody or nobody of both was selected",
        trap=f"Needs expected counts of 5 or more. {_PICKED}",
        source="Castaneda v. Partida; Hazelwood v. United States",
    ),
    _card(
        "z_ratio",
        "z of the ratio",
        formula="ln(p_g/p_b) / sqrt((1 - P)/(P N w(1 - w))), w = n_g/N",
        range="any number; 0 is parity",
        better="0",
        undefined="as z, and where either rate is 0",
        trap=f"Large-sample figure. {_PICKED}",
        source="Morris and Lobsenz 2000",
    ),
    _card(
        "fisher",
        "Fisher's exact test",
        formula="probability of all tables no more probable than this one, margins fixed",
        range="above 0 to 1",
        better="higher",
        undefined="a side is empty",
        trap=f"Of one comparison alone; conservative in small tables. {_PICKED}",
        source="Fisher 1935; two-sided as in R and scipy",
    ),
    _card(
        "familywise",
        "p over the page",
        formula="share of draws in which the rarest |z| of any table is as rare as the cell's |z|",
        range="above 0 to 1; at most .05 is what verdicts call unlikely by chance",
        better="higher",
        undefined="there is no benchmark, or for the benchmark itself",
        trap="Exact if nobody is treated differently; approximate for the others if some are. Each "
        "further attribute makes it stricter: audit what you would act on.",
        source="Westfall and Young 1993 (single-step minP) over one joint permutation of all "
        "outcomes, the benchmarks picked again in every draw",
    ),
    _card(
        "minimum_ratio",
        "Smallest impact ratio",
        formula="min over cells that may be the benchmark; chance: the same in every draw",
        range="0 to 1; 1 means all rates are the same",
        better="1",
        undefined="fewer than two cells can be compared, or nobody was selected",
        trap="Compare it with its chance interval, not with 1 or .8.",
        source="permutation of labels with the benchmark picked again (Phipson and Smyth 2010)",
    ),
    _card(
        "one_person",
        "One person",
        formula="(x_g + 1) n_b > (x_b - 1) n_g",
        range="too small to call, or not",
        better="none",
        undefined="no selection can be moved",
        trap="Rates that are nearly equal turn on one person in large samples too.",
        source="after Question 21 of the Uniform Guidelines' Questions and Answers (1979)",
    ),
    _card(
        "detectable",
        "Detectable ratio",
        formula="greatest r < 1 found with 80 % power at the reach of the page",
        range="0 to below 1; the higher, the more this sample can see",
        better="higher",
        undefined="not even a ratio of 0 would be found",
        trap="Normal approximation; takes the benchmark's rate as true.",
        source="Fleiss, Levin and Paik 2003",
    ),
)

_INTERVALS = (
    _card(
        "koopman",
        "Koopman interval",
        formula="all r whose score statistic is within the page's reach (1.96 for one ratio alone)",
        range="0 to infinity, open where a side has no positives; leaves 1 out where p over the "
        "page is at most .05",
        better="none",
        undefined="a side is empty",
        trap="95 % for all groups of the page together: wider than an interval that stands alone.",
        source="Koopman 1984, with the critical value of the page",
    ),
    _card(
        "unknown_bounds",
        "Bounds for unknown groups",
        formula="least and greatest ratio over every allocation of the unknown people",
        range="0 to infinity; holds the known ratio",
        better="none",
        undefined="a side is empty",
        trap="Worst cases, not likely ones.",
        source="after Manski 1990",
    ),
)

_TABLES = (
    _card(
        "cochran_mantel_haenszel",
        "Cochran-Mantel-Haenszel",
        formula="(sum x_g n_r/N) / (sum x_r n_g/N) over periods, r everybody else; "
        "(sum(x_g - E))^2 / sum Var",
        range="ratio 0 to infinity, 1 is parity; p-value 0 to 1",
        better="1",
        undefined="no period has people of both groups with both outcomes",
        trap="Opposite gaps in two periods cancel: read Breslow and Day's p-value with it. "
        "Interval and p-values hold for all such rows of the page together (Bonferroni).",
        source="Mantel and Haenszel 1959; Greenland and Robins 1985",
    ),
    _card(
        "breslow_day",
        "Breslow-Day",
        formula="sum (x_g - e)^2 / v at the common odds ratio, chi-square with periods - 1",
        range="0 to infinity; a small p-value says the odds ratio changed",
        better="none",
        undefined="fewer than two periods, or a common odds ratio of 0 or infinity",
        trap="About odds ratios: equal ratios of rates can have unequal odds ratios.",
        source="Breslow and Day 1980",
    ),
    _card(
        "smoothed_edf",
        "Smoothed differential fairness",
        formula="max over pairs of cells and outcomes of |ln((x + 1/2)/(n + 1)) - ln(...)|",
        range="0 (parity) to infinity; .223 is four-fifths",
        better="0",
        undefined="fewer than two cells have people",
        trap="The smallest cells dominate it.",
        source="Foulds, Islam, Keya and Pan 2020",
    ),
)

DEFINITIONS: tuple[Definition, ...] = (*_RATES, *_TESTS, *_INTERVALS, *_TABLES)
