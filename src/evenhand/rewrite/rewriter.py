"""One ad in, proven edits out: mend, propose, guard, choose under an opaque score, guard the whole.

Coded wording is mended first, in every ad and by every strategy; nothing else changes unless a
strategy that rewords was asked for. What it rewords are spans of the mended ad; both rounds come
out as one list of edits of the original.

The rewriter knows no person, no group and no engine. What a rewording is worth comes as
``score(texts) -> numbers``; where nobody can say (``None``), likelihood and gates decide alone.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from evenhand.config.schema import SpansConfig
from evenhand.language.check import NO_RULES, OwnRules
from evenhand.language.duties import list_of
from evenhand.language.mends import Mended, mended, mends_behind
from evenhand.language.rewordings import alternatives
from evenhand.language.span import Edit, Score, Span, Verdict, apply_edits, composed, origin
from evenhand.language.spans import editable_spans
from evenhand.language.style import natural
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, tell
from evenhand.rewrite.guard import (
    Block,
    Guard,
    Guarded,
    Proposal,
    Sampler,
    WholeGate,
    alone,
    by_model,
    by_rules,
    distinct,
    whole_lists,
)
from evenhand.rewrite.result import NOT_CHOSEN, UNMENDED, Refusal, Rewrite, gain_of

Choices = Sequence[Sequence[Guarded]]
"""Passing proposals, one inner sequence a span."""

LEAST_GAIN = 1e-9
SWEEPS = 3
"""Most times that all spans are gone through."""
Strategy = Literal["score", "likelihood", "random", "plain", "mends"]
"""``mends`` rewords nothing; ``plain`` takes what the rules for plain English say."""
Worth = Callable[[Job], Score | None]
"""The opaque score of one job's rewordings, or None where nothing may be claimed."""
Place = tuple[int, str]
"""Start of a span in the original, and its replacement."""
ADS_AT_ONCE = 16
WHOLE_AD = 10_000
"""Spans of an ad where all of them are wanted."""


def greedy(
    original: str, choices: Choices, score: Score, lists: Sequence[Sequence[Block]] = ()
) -> list[Edit]:
    """Compose edits, span after span, as long as the score of the *whole* ad rises.

    Spans go in the order of their best single-edit score. In each, all of its edits (and leaving
    it alone) are scored together with what was chosen elsewhere, since the effects of edits don't
    add up; after the first sweep the spans are gone through again, so that early choices answer
    to later ones. The same is tried with whole ``lists`` in another frame, whose lines then stay.
    """
    score = _against(original, score)
    worth, edits = _swept(original, choices, score, 0.0, [])
    gained, fixed, blocks = _whole_lists(original, lists, score)
    if blocks:
        beside = [
            [found for found in options if not any(b.covers(found.proposal.span) for b in blocks)]
            for options in choices
        ]
        both, with_lists = _swept(original, beside, score, gained, fixed)
        edits = with_lists if both > worth + LEAST_GAIN else edits
    return sorted(_paying(original, edits, score), key=lambda edit: edit.start)


def _paying(original: str, edits: Sequence[Edit], score: Score) -> list[Edit]:
    """The edits with what each adds to the others, without those that add nothing.

    The lines of a whole list keep the gain of the list.
    """
    kept = list(edits)
    while kept:
        texts = [apply_edits(original, [e for e in kept if e is not edit]) for edit in kept]
        whole, *without = score([apply_edits(original, kept), *texts])
        gains = [
            gain_of(edit) if "list" in edit.proof else round(whole - left, 6)
            for edit, left in zip(kept, without, strict=True)
        ]
        least = min(gains)
        if least > LEAST_GAIN:
            return [with_proof(edit, gain=gain) for edit, gain in zip(kept, gains, strict=True)]
        kept.pop(gains.index(least))
    return []


def _swept(
    original: str, choices: Choices, score: Score, worth: float, fixed: Sequence[Edit]
) -> tuple[float, list[Edit]]:
    """Worth and edits after all sweeps, beside edits that stay."""
    options = _by_single_score(original, choices, score)
    chosen: dict[int, Sequence[Edit]] = {}
    for _ in range(SWEEPS):
        before = dict(chosen)
        for span, edits in enumerate(options):
            others = [*fixed, *(edit for at, one in chosen.items() if at != span for edit in one)]
            single = [[edit] for edit in edits]
            found, best = _best(original, others, [*single, []], score)
            if found > worth + LEAST_GAIN:
                worth, chosen[span] = found, [*single, []][best]
        if chosen == before:
            break
    return worth, [*fixed, *(edit for one in chosen.values() for edit in one)]


def _whole_lists(
    original: str, lists: Sequence[Sequence[Block]], score: Score
) -> tuple[float, list[Edit], list[Block]]:
    """The lists that are worth more in another frame: worth, edits and blocks."""
    worth, fixed, taken = 0.0, list[Edit](), list[Block]()
    for blocks in lists:
        made = [[as_edit(line) for line in block.lines] for block in blocks]
        if not made:
            continue
        found, best = _best(original, fixed, made, score)
        if found <= worth + LEAST_GAIN:
            continue
        gain, worth = round(found - worth, 6), found
        taken.append(blocks[best])
        fixed += [with_proof(edit, gain=gain, list=len(made[best])) for edit in made[best]]
    return worth, fixed, taken


def _against(text: str, score: Score) -> Score:
    """The score less that of a text."""
    zero = score([text])[0]
    return lambda texts: [worth - zero for worth in score(texts)]


def _best(
    original: str, others: Sequence[Edit], options: Sequence[Sequence[Edit]], score: Score
) -> tuple[float, int]:
    """Worth and place of the option that is worth most beside the others, the first of equals.

    Of those with which the ad still reads as easily; minus infinity where there is none.
    """
    texts = [apply_edits(original, [*others, *edits]) for edits in options]
    gains = list(score(texts))
    ordered = sorted(range(len(texts)), key=lambda at: -gains[at])
    best = next((at for at in ordered if natural(original, texts[at]).passed), None)
    return (-math.inf, 0) if best is None else (gains[best], best)


def _by_single_score(original: str, choices: Choices, score: Score) -> list[list[Edit]]:
    """The edits of every span with the gain of each alone, the span of the best edit first."""
    edits = [[as_edit(found) for found in options] for options in choices if options]
    texts = [apply_edits(original, [edit]) for options in edits for edit in options]
    gains = iter(score(texts) if texts else [])
    scored = [
        [with_proof(edit, gain=round(next(gains), 6)) for edit in options] for options in edits
    ]
    return sorted(scored, key=lambda options: max(map(gain_of, options)), reverse=True)


def likeliest(choices: Choices) -> list[Edit]:
    """Without any score: the likeliest sample of each span, a rule's rewording where none is."""
    return [as_edit(max(options, key=_likelihood)) for options in choices if options]


def at_random(choices: Choices, *, seed: str) -> list[Edit]:
    """A passing edit drawn at random for every span that has one."""
    draw = random.Random(seed)
    return [as_edit(draw.choice(list(options))) for options in choices if options]


def _likelihood(found: Guarded) -> tuple[bool, float, int]:
    proposal = found.proposal
    return not proposal.from_rule, proposal.likelihood, -proposal.order


def as_edit(found: Guarded) -> Edit:
    """A passing proposal as an edit that carries its verdicts as proof."""
    span = found.proposal.span
    proof: dict[str, object] = {
        "source": found.proposal.source,
        "gates": {verdict.gate: verdict.reason for verdict in found.verdicts},
    }
    return Edit(span.start, span.end, span.text, found.proposal.after, proof)


def with_proof(edit: Edit, **facts: object) -> Edit:
    """The edit with more facts in its proof."""
    return replace(edit, proof={**edit.proof, **facts})


@dataclass(frozen=True)
class _Ad:
    """An ad with what mending it came to, and its text with the mends in."""

    job: Job
    mended: Mended
    text: str

    @classmethod
    def of(cls, job: Job, own: OwnRules) -> _Ad:
        found = mended(job.text, own=own)
        return cls(job, found, apply_edits(job.text, found.edits))


@dataclass(frozen=True)
class Rewriter:
    """A system that rewords ads.

    Attributes:
        guard: Gates on single edits.
        spans: Which stretches may be reworded.
        sampler: Draws a language model's rewordings; None for rules alone.
        strategy: How to pick among what passed.
        worth: Gives each job its score; None when there is no pool.
        whole_gates: For a job, the gates on its composition.
        rules: Whether the wording rules propose too.
        seed: Seed of the random strategy.
        own: The user's allow-list and own words.
    """

    guard: Guard
    spans: SpansConfig
    sampler: Sampler | None = None
    strategy: Strategy = "score"
    worth: Worth | None = None
    whole_gates: Callable[[Job], Sequence[WholeGate]] | None = None
    rules: bool = True
    seed: int = 0
    own: OwnRules = NO_RULES

    def rewrite(self, jobs: Sequence[Job], progress: Progress | None = None) -> list[Rewrite]:
        """Reword every ad, in order; ads that nothing can be done for come back unchanged."""
        done: list[Rewrite] = []
        for start in range(0, len(jobs), ADS_AT_ONCE):
            tell(progress, "rewrite", start, len(jobs))
            batch = [_Ad.of(job, self.own) for job in jobs[start : start + ADS_AT_ONCE]]
            scores = [self._score(ad.job) for ad in batch]
            # Where nothing is claimed only mends go in, so nothing need be proposed.
            asked = [score is not None or not self._scored for score in scores]
            spans = [
                self._spans(ad.text) if ask else [] for ad, ask in zip(batch, asked, strict=True)
            ]
            proposed = self._propose(spans)
            done += [self._settle(*each) for each in zip(batch, proposed, scores, strict=True)]
        tell(progress, "rewrite", len(jobs), len(jobs))
        return done

    def listed(self, job: Job, limit: int) -> tuple[str, list[tuple[Span, list[Guarded]]]]:
        """The mended ad, and of every span of it the listed rewordings that pass, most ``limit``.

        Of all spans, whatever the settings say of how many an ad may have.
        """
        text = _Ad.of(job, self.own).text
        spans = editable_spans(text, self.spans.model_copy(update={"per_ad": WHOLE_AD}))
        return text, [(span, self._listed(text, span, limit)) for span in spans]

    def _listed(self, text: str, span: Span, limit: int) -> list[Guarded]:
        """A span's listed rewordings that pass."""
        options = alternatives(text, span, self.guard.gates, limit)
        proposals = [
            Proposal(span, after, f"rule:{rule}", 0.0, at)
            for at, (after, rule) in enumerate(options)
        ]
        checked = [alone(text, found) for found in self.guard.check(text, span, proposals)]
        return [found for found in checked if found.passed]

    @property
    def _scored(self) -> bool:
        return self.strategy == "score" and self.worth is not None

    def _score(self, job: Job) -> Score | None:
        """The score to choose by; None where another strategy chooses or nothing is claimed."""
        return self.worth(job) if self.worth is not None and self._scored else None

    def _spans(self, text: str) -> list[Span]:
        return [] if self.strategy == "mends" else editable_spans(text, self.spans)

    def _propose(self, spans: Sequence[Sequence[Span]]) -> list[list[list[Proposal]]]:
        """Distinct proposals of every span of every ad; all samples in one call."""
        flat = [span for of_one_ad in spans for span in of_one_ad]
        none: list[list[Proposal]] = [[] for _ in flat]
        sampled = by_model(flat, self.sampler) if self.sampler else none
        ruled = [self._by_rules(span) for span in flat]
        merged = iter(distinct([*r, *m]) for r, m in zip(ruled, sampled, strict=True))
        return [[next(merged) for _ in of_one_ad] for of_one_ad in spans]

    def _by_rules(self, span: Span) -> list[Proposal]:
        plain = self.strategy == "plain"
        return by_rules(span, plain=plain) if plain or self.rules else []

    def _settle(
        self, ad: _Ad, proposed: Sequence[Sequence[Proposal]], score: Score | None
    ) -> Rewrite:
        checked = [
            [alone(ad.text, found) for found in self.guard.check(ad.text, some[0].span, some)]
            for some in proposed
            if some
        ]
        chosen, why_not = self._choose(ad, checked, score)
        reworded, taken_back = self._whole(ad, chosen)
        edits = composed(ad.job.text, _measured(ad, score), reworded, _proof)
        # Rewordings of whole lists may stand beside those that were proposed of single lines.
        taken = [(edit.start, edit.after) for edit in reworded]
        known = {found.place for some in checked for found in some}
        passed = {found.place for some in checked for found in some if found.passed}
        mended = {str(one) for edit in ad.mended.edits for one in mends_behind(edit.proof)}
        beside = sum(place not in known for place in taken)
        in_lists = sum(place not in passed for place in taken)
        refused = [
            Refusal(f.start, f.end, f.text, f.suggestion or "", UNMENDED, left.reason)
            for left in ad.mended.left
            for f in (left.finding,)
        ]
        refused += _refusals(ad, checked, set(taken), taken_back, why_not)
        return Rewrite(
            id=ad.job.id,
            original=ad.job.text,
            rewritten=apply_edits(ad.job.text, edits),
            edits=tuple(edits),
            refused=tuple(refused),
            proposals=sum(map(len, checked)) + beside + len(mended) + len(ad.mended.left),
            passed=len(passed) + in_lists + len(mended),
        )

    def _choose(
        self, ad: _Ad, checked: Sequence[Sequence[Guarded]], score: Score | None
    ) -> tuple[list[Edit], str]:
        """The rewordings that go in, and why the other passing ones don't."""
        passing = [[found for found in options if found.passed] for options in checked]
        if self.strategy == "random":
            return at_random(passing, seed=f"{self.seed}:{ad.job.id}"), "another one was drawn"
        if score is None:
            return likeliest(passing), "another one of this span comes first"
        lists = whole_lists(ad.text, checked, self.guard)
        edits = greedy(ad.text, passing, score, lists)
        return edits, "worth no more than the words that stand there"

    def _whole(self, ad: _Ad, edits: list[Edit]) -> tuple[list[Edit], dict[Place, Verdict]]:
        """Take back rewordings, the least gainful first, until the whole ad passes its gates.

        Mends stay: what is wrong with the ad's wording doesn't depend on an engine's lists. Returns
        what stays, and what stopped each edit that doesn't.
        """
        own = self.whole_gates(ad.job) if self.whole_gates is not None else ()
        gates = [(natural, ad.text), *((gate, ad.job.text) for gate in own)]
        taken_back: dict[Place, Verdict] = {}
        while edits:
            text = apply_edits(ad.text, edits)
            verdicts = (gate(before, text) for gate, before in gates)
            failed = next((verdict for verdict in verdicts if not verdict.passed), None)
            if failed is None:
                break
            least = min(edits, key=gain_of)
            whole = list_of(ad.text, Span(least.start, least.end, least.before, "duty"))
            lines = {item.start for item in whole} if "list" in least.proof else {least.start}
            taken_back |= {(e.start, e.after): failed for e in edits if e.start in lines}
            edits = [edit for edit in edits if edit.start not in lines]
        return edits, taken_back


def _measured(ad: _Ad, score: Score | None) -> Sequence[Edit]:
    """The mends; those that narrow a gap by themselves say by how much."""
    edits = ad.mended.edits
    if score is None or not edits:
        return edits
    gains = score([apply_edits(ad.job.text, [edit]) for edit in edits])
    return [
        with_proof(edit, gain=round(gain, 6)) if gain > LEAST_GAIN else edit
        for edit, gain in zip(edits, gains, strict=True)
    ]


def _proof(mends: Sequence[Edit], reworded: Sequence[Edit]) -> Mapping[str, object]:
    """The proof of an edit: of the rewording, if there is one, with the mends that it holds."""
    behind = [one for edit in mends for one in mends_behind(edit.proof)]
    proof = (*reworded, *mends)[0].proof
    return {**proof, "mends": behind} if behind else proof


def _refusals(
    ad: _Ad,
    checked: Sequence[Sequence[Guarded]],
    taken: set[Place],
    taken_back: Mapping[Place, Verdict],
    why_not: str,
) -> list[Refusal]:
    """Every rewording proposed that isn't in the ad, with the reason."""
    not_chosen = Verdict(NOT_CHOSEN, False, why_not)
    refused: list[Refusal] = []
    for found in (found for options in checked for found in options if found.place not in taken):
        span, after = found.proposal.span, found.proposal.after
        verdict = found.refusal or taken_back.get(found.place, not_chosen)
        edits = ad.mended.edits
        start, end = origin(edits, span.start), origin(edits, span.end, end=True)
        before = ad.job.text[start:end]
        refused.append(Refusal(start, end, before, after, verdict.gate, verdict.reason))
    return refused
