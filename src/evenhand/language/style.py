"""How texts are worded, as numbers: one ad, an ad among those of its occupation, two sets of texts.

What each measure is (formula, range, when it is undefined, what it is not, source) stands on its
card in ``data/measures/text.toml``. Wording and ranking effect can disagree: no number here says
who applies or how an engine ranks. Syllables are counted by rule, as all programs for readability
do: single words may be off by one, averages hardly. In odds ratios texts are the unit of chance,
because words of one text hang together: the interval resamples and the p-value relabels texts, the
study gave neither. A hit is a pair of a word and a stem; modes: ``substring`` as released ("son"
hits "personal"), ``word_start``, and ``token``, where words are cut at everything but letters and
count once a list. The study's ``<return>`` marks glue words in the first two, as they did there.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError, require
from evenhand.language.findings import find_wording
from evenhand.language.lexicon import Lexicon
from evenhand.language.posting import Presence, Requirements, presence, requirements
from evenhand.language.span import Finding, Verdict
from evenhand.language.text import is_function_word, reading, sentences, tokens, words

_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouy]es|[^laeiouytd]ed|[^l]e)$")
_SPLIT = re.compile(
    r"ia|io(?!n|us)|ea(?=s?$)|ie(?=nt|nc|t)|[eouy]ing|[^q]u[ae]l|eo(?!p)|uou|creat|ya"
)


@dataclass(frozen=True, slots=True)
class Readability:
    """Scores of one text."""

    words: int
    sentences: int
    words_per_sentence: float
    reading_ease: float
    grade: float


@lru_cache(maxsize=32768)
def syllables(word: str) -> int:
    """Syllables of a lower-case English word by rule; at least 1."""
    plain = re.sub(r"[^a-z]", "", word)
    groups = len(_VOWELS.findall(plain)) + len(_SPLIT.findall(plain))
    silent = bool(_SILENT.search(plain)) and groups > 1
    return max(groups - silent, 1)


def readability(text: str) -> Readability:
    """The scores of a text; all zero for a text without words."""
    found = [word for word in words(text) if any(c.isalpha() for c in word) and word[0] != "'"]
    count = len(found)
    if not count:
        return Readability(0, 0, 0.0, 0.0, 0.0)
    stretches = max(len(sentences(text)), 1)
    length, weight = count / stretches, sum(map(syllables, found)) / count
    return Readability(
        words=count,
        sentences=stretches,
        words_per_sentence=length,
        reading_ease=206.835 - 1.015 * length - 84.6 * weight,
        grade=0.39 * length + 11.8 * weight - 15.59,
    )


_MORE_WORDS = 1.1
_FEW_WORDS = 4
_HARDER = 0.5
_FEW_SYLLABLES = 60
"""What five syllables weigh in the grade, times the words: in a short ad they are no matter."""
_LIKER = 0.05


def monotony(text: str) -> float:
    """Share, 0 to 1, of the sentences and items that begin with the two words of another one."""
    told = ([t.lower for t in tokens(text[a:b]) if t.is_word][:2] for a, b in sentences(text))
    begun = Counter(" ".join(words) for words in told if len(words) > 1)
    return sum(n for n in begun.values() if n > 1) / max(begun.total(), 1)


def natural(original: str, text: str) -> Verdict:
    """Whether an ad reworded reads as easily as before: as long, as hard, as varied.

    At most a tenth longer (or four words), half a school grade harder (or five syllables), and .05
    more of its lines with the opening of another.
    """
    before, after = readability(original), readability(text)
    reason = ""
    if after.words > max(_MORE_WORDS * before.words, before.words + _FEW_WORDS):
        reason = f"the ad gets too long: {before.words} words became {after.words}"
    elif after.grade > before.grade + max(_HARDER, _FEW_SYLLABLES / max(after.words, 1)):
        reason = f"the ad gets harder to read: grade {before.grade:.1f} became {after.grade:.1f}"
    elif monotony(text) > monotony(original) + _LIKER:
        reason = "too many lines begin alike"
    return Verdict("natural", not reason, reason or "reads as easily as before")


KINDS: tuple[str, ...] = (
    "agentic", "communal", "gendered", "pronoun", "age", "disability", "culture", "origin",
    "jargon",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of wording that counts."""

    start: int
    end: int
    text: str
    kind: str
    rule: str
    why: str


@dataclass(frozen=True)
class TextProfile:
    """One ad."""

    words: int
    found: tuple[Stretch, ...]
    readability: Readability
    requirements: Requirements
    presence: Presence

    @cached_property
    def counts(self) -> dict[str, int]:
        """Findings by kind, every kind of ``KINDS`` listed."""
        counts = dict.fromkeys(KINDS, 0)
        for stretch in self.found:
            counts[stretch.kind] += 1
        return counts

    @cached_property
    def per_100_words(self) -> dict[str, float]:
        """Findings per 100 words by kind; NaN for a text without words."""
        return {kind: self._per_100(count) for kind, count in self.counts.items()}

    @property
    def gender_lean(self) -> float:
        """Agentic less communal findings per 100 words; NaN for a text without words."""
        return self._per_100(self.counts["agentic"] - self.counts["communal"])

    def _per_100(self, count: int) -> float:
        return 100 * count / self.words if self.words else math.nan


def _kind(finding: Finding) -> str:
    if finding.kind == "gender-coded":
        return finding.lean or ""
    if finding.kind == "ableist":
        return "disability"
    return finding.kind


def _stretch(finding: Finding) -> Stretch:
    return Stretch(
        finding.start, finding.end, finding.text, _kind(finding), finding.rule, finding.why
    )


def profile(text: str) -> TextProfile:
    """Read one ad."""
    scores = readability(text)
    return TextProfile(
        words=scores.words,
        found=tuple(_stretch(finding) for finding in find_wording(reading(text).text, shown=True)),
        readability=scores,
        requirements=requirements(text),
        presence=presence(text),
    )


FEWEST_ADS = 20
LEAN = "gender_lean"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OccupationPercentiles:
    """One kind of wording, ad by ad."""

    kind: str
    rates: Floats
    percentiles: Floats
    group_sizes: NDArray[np.int64]
    reasons: tuple[str, ...]


def mid_rank_percentiles(values: Floats) -> Floats:
    """Mid-rank percentile of every value among all of them; shape (n,) in and out."""
    ranked = np.sort(values)
    below = np.searchsorted(ranked, values, side="left")
    through = np.searchsorted(ranked, values, side="right")
    return 100 * (below + through) / (2 * len(values))


def _reason(rate: float, size: int) -> str:
    if np.isnan(rate):
        return "the ad has no words"
    return f"too few ads: {size}, needs {FEWEST_ADS}" if size < FEWEST_ADS else ""


def _of_kind(
    kind: str, rates: Floats, members: Mapping[str, NDArray[np.int64]]
) -> OccupationPercentiles:
    percentiles = np.full(len(rates), np.nan)
    sizes = np.zeros(len(rates), dtype=np.int64)
    for indices in members.values():
        counted = indices[~np.isnan(rates[indices])]
        sizes[indices] = len(counted)
        if len(counted) >= FEWEST_ADS:
            percentiles[counted] = mid_rank_percentiles(rates[counted])
    reasons = tuple(_reason(r, int(n)) for r, n in zip(rates, sizes, strict=True))
    return OccupationPercentiles(kind, rates, percentiles, sizes, reasons)


def against_occupation(
    profiles: Sequence[TextProfile], groups: Sequence[str]
) -> dict[str, OccupationPercentiles]:
    """Compare each ad with the ads of its own occupation group, for every kind and the lean."""
    if len(profiles) != len(groups):
        raise MeasureError(
            f"{len(profiles)} profiles and {len(groups)} groups: give one group for each ad"
        )
    members = {
        group: np.array([i for i, one in enumerate(groups) if one == group], dtype=np.int64)
        for group in dict.fromkeys(groups)
    }
    rates = {k: np.array([p.per_100_words[k] for p in profiles], dtype=np.float64) for k in KINDS}
    rates[LEAN] = np.array([p.gender_lean for p in profiles], dtype=np.float64)
    return {kind: _of_kind(kind, values, members) for kind, values in rates.items()}


Mode = Literal["substring", "word_start", "token"]
SMOOTHING = 0.001
_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MARKS = re.compile(r"<[^<>\s]{1,12}>")


@dataclass(frozen=True)
class StemOdds:
    """One list between two sets of texts; interval over resampled, p over relabelled texts."""

    ratio: float
    hits: tuple[int, int]
    words: tuple[int, int]
    texts: tuple[int, int]
    interval: tuple[float, float]
    p_value: float
    mode: Mode


def _pieces(text: str, mode: Mode) -> list[str]:
    if mode == "token":
        return _LETTERS.findall(_MARKS.sub(" ", text.lower()))
    return text.lower().split()


def _hits_of(stems: Sequence[str], mode: Mode) -> Callable[[str], int]:
    if mode == "substring":
        return lambda word: sum(stem in word for stem in stems)
    if mode == "word_start":
        return lambda word: sum(word.startswith(stem) for stem in stems)
    starts = tuple(stems)
    return lambda word: word.startswith(starts)


def stem_counts(texts: Iterable[str], stems: Sequence[str], mode: Mode = "word_start") -> Floats:
    """Hits and words of each text."""
    if mode not in ("substring", "word_start", "token") or not stems:
        raise MeasureError(f"mode {mode!r} with {len(stems)} stems can't be counted: choose mode "
                           "substring, word_start or token and give at least one stem")  # fmt: skip
    hits_in = cache(_hits_of(stems, mode))
    rows: list[tuple[int, int]] = []
    for text in texts:
        found = _pieces(text, mode)
        rows.append((sum(map(hits_in, found)), len(found)))
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def smoothed_odds_ratio(a: Floats, b: Floats) -> Floats:
    """OR of sums of (hits, words); shape (..., 2) each, result shape (...)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        first = (a[..., 0] + SMOOTHING) / (a[..., 1] - a[..., 0] + SMOOTHING)
        second = (b[..., 0] + SMOOTHING) / (b[..., 1] - b[..., 0] + SMOOTHING)
        return np.where((a[..., 1] > 0) & (b[..., 1] > 0), first / second, math.nan)


def _resampled(rows: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """Sums over texts drawn with replacement, shape (resamples, 2)."""
    count = len(rows)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    return weights.astype(np.float64) @ rows


def _interval(a: Floats, b: Floats, resamples: int, seed: int) -> tuple[float, float]:
    if not resamples:
        return math.nan, math.nan
    rng = np.random.default_rng([seed, 1])
    ratios = smoothed_odds_ratio(_resampled(a, resamples, rng), _resampled(b, resamples, rng))
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def _p_value(a: Floats, b: Floats, permutations: int, seed: int) -> float:
    """Share of relabellings at least as far from 1 on the log scale, the observed one counted."""
    if not permutations:
        return math.nan
    rng = np.random.default_rng([seed, 2])
    rows = np.concatenate([a, b])
    labels = np.broadcast_to(np.arange(len(rows)) < len(a), (permutations, len(rows)))
    first = rng.permuted(labels, axis=1).astype(np.float64) @ rows
    drawn = np.abs(np.log(smoothed_odds_ratio(first, rows.sum(axis=0) - first)))
    observed = abs(math.log(float(smoothed_odds_ratio(a.sum(axis=0), b.sum(axis=0)))))
    return (1 + int((drawn >= observed - 1e-12).sum())) / (1 + permutations)


def odds_ratio(
    a: Floats,
    b: Floats,
    mode: Mode = "word_start",
    *,
    resamples: int = 2000,
    permutations: int = 2000,
    seed: int = 0,
) -> StemOdds:
    """The odds ratio of one stem list between two sets of texts, of which ``stem_counts`` tells."""
    total_a, total_b = a.sum(axis=0), b.sum(axis=0)
    ratio = float(smoothed_odds_ratio(total_a, total_b))
    defined = not math.isnan(ratio)
    return StemOdds(
        ratio=ratio,
        hits=(int(total_a[0]), int(total_b[0])),
        words=(int(total_a[1]), int(total_b[1])),
        texts=(len(a), len(b)),
        interval=_interval(a, b, resamples, seed) if defined else (math.nan, math.nan),
        p_value=_p_value(a, b, permutations, seed) if defined else math.nan,
        mode=mode,
    )


@dataclass(frozen=True, slots=True)
class WordOdds:
    """One word between two sets of texts."""

    word: str
    ratio: float
    counts: tuple[int, int]


def _is_content(word: str) -> bool:
    return word[0].isalpha() and not is_function_word(word)


def _counted(texts: Iterable[str], keep: Callable[[str], bool]) -> Counter[str]:
    return Counter(word for text in texts for word in words(text) if keep(word))


def word_odds_ratios(
    texts_a: Iterable[str],
    texts_b: Iterable[str],
    *,
    threshold: int = 10,
    keep: Callable[[str], bool] = _is_content,
) -> tuple[WordOdds, ...]:
    """Every word often enough in both sets, from the most leaning to the first set downwards."""
    a, b = _counted(texts_a, keep), _counted(texts_b, keep)
    total_a, total_b = a.total(), b.total()
    found: list[WordOdds] = []
    for word in a.keys() & b.keys():
        here, there = a[word], b[word]
        if min(here, there) >= threshold and here < total_a and there < total_b:
            ratio = (here / (total_a - here)) / (there / (total_b - there))
            found.append(WordOdds(word, ratio, (here, there)))
    return tuple(sorted(found, key=lambda one: (-one.ratio, one.word)))


@dataclass(frozen=True)
class StyleDifference:
    """Two sets of values of one style column."""

    means: tuple[float, float]
    difference: float
    interval: tuple[float, float]
    t: float
    freedom: float
    p_value: float
    study_t: float
    study_p: float
    n: tuple[int, int]


def _finite(values: Sequence[float]) -> NDArray[np.float64]:
    found = np.asarray(values, dtype=np.float64)
    return found[np.isfinite(found)]


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else math.nan


def style_difference(values_a: Sequence[float], values_b: Sequence[float]) -> StyleDifference:
    """One style column between two sets of texts; values that aren't finite are left out."""
    a, b = _finite(values_a), _finite(values_b)
    means, n = (_mean(a), _mean(b)), (len(a), len(b))
    gap, nan = means[0] - means[1], math.nan
    if min(n) < 2 or (np.ptp(a) == 0 and np.ptp(b) == 0):
        return StyleDifference(means, gap, (nan, nan), nan, nan, nan, nan, nan, n)
    stats = require("scipy.stats", "a difference in style")
    welch = stats.ttest_ind(a, b, equal_var=False)
    study = stats.ttest_ind(a, b, alternative="greater")
    t, freedom, p = float(welch.statistic), float(welch.df), float(welch.pvalue)
    one_sided = float(study.statistic), float(study.pvalue)
    low, high = welch.confidence_interval()
    return StyleDifference(means, gap, (float(low), float(high)), t, freedom, p, *one_sided, n)


@dataclass(frozen=True)
class TextMeasure:
    """What a text measure is."""

    key: str
    name: str
    formula: str
    range: str
    better: str
    undefined: str
    trap: str
    source: str


TEXT_DEFINITIONS: tuple[TextMeasure, ...] = tuple(
    TextMeasure(key, **card) for key, card in Lexicon("text", "measures").tables.items()
)
"""Every text measure, in the order of a report."""


STEM_LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(stems.split()) for name, stems in Lexicon("stems").tables.items()}
)
"""Stem lists of the reference-letter study by name, in its order (``words/stems.toml``)."""
