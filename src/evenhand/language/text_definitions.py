"""The card of every text measure: what a report and the guide print about it.

Data only, in the fields that the cards of all measures share; ``audit`` joins them with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

_RATE = "from 0 up, findings per 100 words; 0 is none"
_NO_WORDS = "NaN for a text without words"
_OWN = "rules picked by hand, read against real ads"
_GAUCHER = "Gaucher, Friesen and Kay (2011), doi 10.1037/a0022530; forms picked by hand"
_WAN = "Wan et al. (2023), arXiv 2310.09219"


@dataclass(frozen=True)
class TextMeasure:
    """What a text measure is.

    Attributes:
        key: Name in results, snake case.
        name: Name for people.
        formula: In plain characters.
        range: Least and greatest value, and what 0 (or parity) means.
        better: ``higher``, ``lower``, ``1``, ``0`` or ``none`` (it describes and doesn't judge).
        undefined: When it has no value.
        trap: What it can't tell apart or how it misleads.
        source: Where the formula is from.
    """

    key: str
    name: str
    formula: str
    range: str
    better: str
    undefined: str
    trap: str
    source: str


def _rate(key: str, name: str, trap: str, source: str = _OWN, better: str = "lower") -> TextMeasure:
    formula = f"100 × stretches of {name.lower()} ÷ words"
    return TextMeasure(key, name, formula, _RATE, better, _NO_WORDS, trap, source)


TEXT_DEFINITIONS: tuple[TextMeasure, ...] = (
    _rate(
        "agentic",
        "Agentic wording",
        "a word list knows no irony and no trade: the same word may be plain speech in one field",
        _GAUCHER,
        "none",
    ),
    _rate(
        "communal",
        "Communal wording",
        "teamwork is part of most jobs; a high rate can be a true description",
        _GAUCHER,
        "none",
    ),
    TextMeasure(
        "gender_lean",
        "Gender lean of the wording",
        "(agentic − communal stretches) × 100 ÷ words",
        "unbounded; 0 is as many of the one as of the other, above 0 agentic, below 0 communal",
        "0",
        _NO_WORDS,
        "0 for an ad with none of either and for one thick with both; short ads swing widely",
        _GAUCHER,
    ),
    _rate("gendered", "Gendered wording", "a title set by law or a brand counts as well"),
    _rate("pronoun", "Gendered pronouns", "a pronoun about a known person can slip through"),
    _rate("age", "Age-coded wording", "'fast-paced' and 'energetic' hint at age, they don't state"),
    _rate(
        "disability",
        "Disability wording",
        "figures of speech and physical conditions share one count; work may need the condition",
    ),
    _rate("culture", "In-group culture wording", "perks named in passing count like demands"),
    _rate(
        "origin",
        "Wording on origin or belief",
        "a citizenship that the law demands counts as one that the employer likes",
    ),
    _rate("jargon", "Jargon", "terms of a trade that every reader of the ad knows count as well"),
    TextMeasure(
        "reading_ease",
        "Flesch reading ease",
        "206.835 − 1.015 × words per sentence − 84.6 × syllables per word",
        "unbounded; about 0 is hard and 100 easy",
        "higher",
        "0 for a text without words",
        "lists of product names and headings without a full stop distort it",
        "Flesch (1948), A new readability yardstick",
    ),
    TextMeasure(
        "grade",
        "Flesch–Kincaid grade",
        "0.39 × words per sentence + 11.8 × syllables per word − 15.59",
        "unbounded; years of US school",
        "lower",
        "0 for a text without words",
        "the same as for reading ease",
        "Kincaid et al. (1975), Navy readability formulas",
    ),
    TextMeasure(
        "requirements",
        "Requirements",
        "statements that ask: must-have, and apart from them nice-to-have",
        "counts from 0",
        "none",
        "never; 0 for an ad that asks nothing",
        "one statement may ask for five things; running prose is read less surely than lists",
        _OWN,
    ),
    TextMeasure(
        "years",
        "Years of experience asked",
        "the largest of the least years that each mention asks for; months ÷ 12",
        "above 0, years",
        "none",
        "NaN where none are asked",
        "years of alternatives ('4 years or a degree') count as if asked of everyone",
        _OWN,
    ),
    TextMeasure(
        "degrees",
        "Degrees asked",
        "levels asked for or preferred, each once",
        "secondary, associate, bachelor, master, doctorate, or degree without a level",
        "none",
        "never; empty where none is asked",
        "'or equivalent experience' isn't set against the degree",
        _OWN,
    ),
    TextMeasure(
        "certificates",
        "Licences and certificates asked",
        "licences and certificates asked for or preferred, each once",
        "a list, may be empty",
        "none",
        "never",
        "what the law demands of a trade counts like what the employer wishes",
        _OWN,
    ),
    TextMeasure(
        "salary",
        "Salary named",
        "whether an amount of pay is named",
        "yes or no",
        "higher",
        "never",
        "an advertised top earning counts as pay; 'competitive salary' doesn't",
        _OWN,
    ),
    TextMeasure(
        "location",
        "Location named",
        "whether a place of work is named or remote work offered",
        "yes or no",
        "higher",
        "never",
        "an office elsewhere can be taken for the place of work; small towns can be missed",
        _OWN,
    ),
    TextMeasure(
        "equal_opportunity",
        "Equal-opportunity statement",
        "whether the ad has one",
        "yes or no",
        "higher",
        "never",
        "a statement says nothing about what is done",
        _OWN,
    ),
    TextMeasure(
        "odds_ratio",
        "Odds ratio of a stem list",
        "((a + .001) ÷ (A − a + .001)) ÷ ((b + .001) ÷ (B − b + .001)); hits a, b; words A, B",
        "above 0; 1 is parity",
        "1",
        "NaN where either set has no words",
        "as released, stems match inside words ('son' in 'personal'); with no hit in one set the "
        "smoothing sets the size",
        _WAN,
    ),
    TextMeasure(
        "word_odds_ratio",
        "Odds ratio of a word",
        "(a ÷ (A − a)) ÷ (b ÷ (B − b)); counts of the word and of all words of its class",
        "above 0; 1 is parity",
        "none",
        "not listed below the threshold in either set",
        "the farthest of hundreds are shown, so some are far by luck",
        _WAN,
    ),
    TextMeasure(
        "style_difference",
        "Difference in style",
        "Welch's t of a share per text, two-sided",
        "unbounded; 0 is no difference",
        "0",
        "NaN with fewer than two texts or no spread",
        "the study's one-sided test can't see a lean to the other side",
        f"Welch (1947); {_WAN}",
    ),
    TextMeasure(
        "percentile",
        "Percentile within the occupation",
        "100 × (ads below + ½ × ads equal) ÷ ads of the occupation group",
        "above 0 and below 100; 50 is the middle of the group",
        "none",
        "NaN with fewer than 20 ads in the group",
        "where most ads have no finding, one finding jumps over all; a whole group can lean",
        "mid-rank percentile",
    ),
)
"""Every text measure, in the order of a report."""
