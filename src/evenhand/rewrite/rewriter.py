"""One ad in, proven edits out: mend, propose, guard, choose under an opaque score, guard the whole.

Coded wording is mended first, in every ad and by every strategy; nothing else changes unless a
strategy that rewords was asked for. What it rewords are spans of the mended ad; both rounds come
out as one list of edits of the original.

The rewriter knows no person, no group and no engine. What a rewording is worth comes as
``score(texts) -> numbers``; where nobody can say (``None``), likelihood and gates decide alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evenhand.config.schema import SpansConfig
from evenhand.language.check import NO_RULES, OwnRules
from evenhand.language.mends import Mended, mended, mends_behind
from evenhand.language.parallel import list_of
from evenhand.language.span import Edit, Score, Span, Verdict, apply_edits, composed, origin
from evenhand.language.spans import editable_spans
from evenhand.records.job import Job
from evenhand.records.pace import Progress, tell
from evenhand.rewrite.choose import LEAST_GAIN, at_random, greedy, likeliest, with_proof
from evenhand.rewrite.guard import Guard, Guarded, WholeGate
from evenhand.rewrite.lists import alone, whole_lists
from evenhand.rewrite.proposals import (
    Proposal,
    Sampler,
    by_model,
    by_rules,
    distinct,
    in_plain_words,
)
from evenhand.rewrite.result import NOT_CHOSEN, UNMENDED, Refusal, Rewrite

Strategy = Literal["score", "likelihood", "random", "plain", "mends"]
"""``mends`` rewords nothing; ``plain`` takes what the rules for plain English say."""
Worth = Callable[[Job], Score | None]
"""The opaque score of one job's rewordings, or None where nothing may be claimed."""

Place = tuple[int, str]
"""Start of a span in the original, and its replacement."""

ADS_AT_ONCE = 16


@dataclass(frozen=True)
class _Ad:
    """An ad with its mends.

    Attributes:
        job: The ad as given.
        mended: What mending came to.
        text: The ad with its mends.
    """

    job: Job
    mended: Mended
    text: str

    @classmethod
    def of(cls, job: Job, own: OwnRules) -> _Ad:
        found = mended(job.text, own=own)
        return cls(job, found, apply_edits(job.text, found.edits))

    def unmended(self) -> list[Refusal]:
        """Findings with a suggestion that couldn't go in."""
        return [
            Refusal(f.start, f.end, f.text, f.suggestion or "", UNMENDED, left.reason)
            for left in self.mended.left
            for f in (left.finding,)
        ]


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
        """Reword every ad, in order; ads that nothing can be done for come back unchanged.

        Raises:
            MatcherError: The engine behind the score failed.
        """
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
        if self.strategy == "plain":
            return in_plain_words(span)
        return by_rules(span) if self.rules else []

    def _settle(
        self, ad: _Ad, proposed: Sequence[Sequence[Proposal]], score: Score | None
    ) -> Rewrite:
        checked = [
            [alone(ad.text, found) for found in self.guard.check(ad.text, some[0].span, some)]
            for some in proposed
            if some
        ]
        passing = [[found for found in options if found.passed] for options in checked]
        chosen, why_not = self._choose(ad, checked, score)
        reworded, taken_back = self._whole(ad, chosen)
        edits = composed(ad.job.text, _measured(ad, score), reworded, _proof)
        known = {(f.proposal.span.start, f.proposal.after) for some in checked for f in some}
        beside = sum((edit.start, edit.after) not in known for edit in reworded)
        alone_ = {(f.proposal.span.start, f.proposal.after) for some in passing for f in some}
        in_lists = sum((edit.start, edit.after) not in alone_ for edit in reworded)
        mended = {str(one) for edit in ad.mended.edits for one in mends_behind(edit.proof)}
        return Rewrite(
            id=ad.job.id,
            original=ad.job.text,
            rewritten=apply_edits(ad.job.text, edits),
            edits=tuple(edits),
            refused=(*ad.unmended(), *_refusals(ad, checked, reworded, taken_back, why_not)),
            proposals=sum(map(len, checked)) + beside + len(mended) + len(ad.mended.left),
            passed=len(alone_) + in_lists + len(mended),
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

        Mends stay: what is wrong with the ad's wording doesn't depend on an engine's lists.

        Returns:
            What stays, and what stopped each edit that doesn't.
        """
        gates = self.whole_gates(ad.job) if self.whole_gates is not None else ()
        taken_back: dict[Place, Verdict] = {}
        while edits and gates:
            text = apply_edits(ad.text, edits)
            verdicts = (gate(ad.job.text, text) for gate in gates)
            failed = next((verdict for verdict in verdicts if not verdict.passed), None)
            if failed is None:
                break
            least = min(edits, key=_gain)
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


def _gain(edit: Edit) -> float:
    gain = edit.proof.get("gain", 0.0)
    return float(gain) if isinstance(gain, int | float) else 0.0


def _proof(mends: Sequence[Edit], reworded: Sequence[Edit]) -> Mapping[str, object]:
    """The proof of an edit: of the rewording, if there is one, with the mends that it holds."""
    behind = [one for edit in mends for one in mends_behind(edit.proof)]
    proof = (*reworded, *mends)[0].proof
    return {**proof, "mends": behind} if behind else proof


def _refusals(
    ad: _Ad,
    checked: Sequence[Sequence[Guarded]],
    chosen: Sequence[Edit],
    taken_back: Mapping[Place, Verdict],
    why_not: str,
) -> list[Refusal]:
    """Every rewording proposed that isn't in the ad, with the reason."""
    not_chosen = Verdict(NOT_CHOSEN, False, why_not)
    taken = {(edit.start, edit.after) for edit in chosen}
    refused: list[Refusal] = []
    for found in (found for options in checked for found in options):
        span, after = found.proposal.span, found.proposal.after
        if (span.start, after) in taken:
            continue
        verdict = found.refusal or taken_back.get((span.start, after), not_chosen)
        edits = ad.mended.edits
        start, end = origin(edits, span.start), origin(edits, span.end, end=True)
        before = ad.job.text[start:end]
        refused.append(Refusal(start, end, before, after, verdict.gate, verdict.reason))
    return refused
