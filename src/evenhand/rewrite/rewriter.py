"""One ad in, proven edits out: propose, guard, choose under an opaque score, guard the whole.

The rewriter knows no person, no group and no engine. What a rewording is worth comes as
``score(texts) -> numbers``; where nobody can say (``None``), likelihood and gates decide alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from evenhand.config.schema import SpansConfig
from evenhand.language.span import Edit, Score, Span, Verdict, apply_edits
from evenhand.language.spans import editable_spans
from evenhand.records.job import Job
from evenhand.rewrite.choose import at_random, greedy, likeliest, plain_fixes
from evenhand.rewrite.guard import Guard, Guarded, WholeGate
from evenhand.rewrite.proposals import Proposal, Sampler, by_model, by_rules, distinct
from evenhand.rewrite.result import NOT_CHOSEN, Refusal, Rewrite

Strategy = Literal["score", "likelihood", "random", "rules"]
Worth = Callable[[Job], Score | None]
"""The opaque score of one job's rewordings, or None where nothing may be claimed."""

Place = tuple[int, str]
"""Start of a span in the original, and its replacement."""

Progress = Callable[[str, int, int], None]
ADS_AT_ONCE = 16


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
    """

    guard: Guard
    spans: SpansConfig
    sampler: Sampler | None = None
    strategy: Strategy = "score"
    worth: Worth | None = None
    whole_gates: Callable[[Job], Sequence[WholeGate]] | None = None
    rules: bool = True
    seed: int = 0

    def rewrite(self, jobs: Sequence[Job], progress: Progress | None = None) -> list[Rewrite]:
        """Reword every ad, in order; ads that nothing can be done for come back unchanged.

        Raises:
            MatcherError: The engine behind the score failed.
        """
        done: list[Rewrite] = []
        for start in range(0, len(jobs), ADS_AT_ONCE):
            if progress is not None:
                progress("rewrite", start, len(jobs))
            batch = jobs[start : start + ADS_AT_ONCE]
            spans = [editable_spans(job.text, self.spans) for job in batch]
            scores = [self._score(job) for job in batch]
            # Where nothing is claimed only plain fixes go in, so the model need not be asked.
            asked = [score is not None or not self._scored for score in scores]
            proposed = self._propose(spans, asked)
            done += [self._settle(*each) for each in zip(batch, proposed, scores, strict=True)]
        if progress is not None:
            progress("rewrite", len(jobs), len(jobs))
        return done

    @property
    def _scored(self) -> bool:
        return self.strategy == "score" and self.worth is not None

    def _score(self, job: Job) -> Score | None:
        """The score to choose by; None where another strategy chooses or nothing is claimed."""
        return self.worth(job) if self.worth is not None and self._scored else None

    def _propose(
        self, spans: Sequence[Sequence[Span]], asked: Sequence[bool]
    ) -> list[list[list[Proposal]]]:
        """Distinct proposals of every span of every ad; all samples in one call."""
        flat = [span for of_one_ad in spans for span in of_one_ad]
        wanted = [ask for ask, of_one_ad in zip(asked, spans, strict=True) for _ in of_one_ad]
        few = [span for span, ask in zip(flat, wanted, strict=True) if ask]
        none: list[list[Proposal]] = [[] for _ in few]
        sampled = iter(by_model(few, self.sampler) if self.sampler else none)
        ruled = [by_rules(span) if self.rules else [] for span in flat]
        merged = iter(
            distinct([*rule, *(next(sampled) if ask else [])])
            for rule, ask in zip(ruled, wanted, strict=True)
        )
        return [[next(merged) for _ in of_one_ad] for of_one_ad in spans]

    def _settle(
        self, job: Job, proposed: Sequence[Sequence[Proposal]], score: Score | None
    ) -> Rewrite:
        checked = [
            self.guard.check(job.text, proposals[0].span, proposals)
            for proposals in proposed
            if proposals
        ]
        passing = [[found for found in options if found.passed] for options in checked]
        chosen, why_not = self._choose(job, passing, score)
        edits, taken_back = self._whole(job, chosen)
        return Rewrite(
            id=job.id,
            original=job.text,
            rewritten=apply_edits(job.text, edits),
            edits=tuple(edits),
            refused=tuple(_refusals(checked, edits, taken_back, why_not)),
            proposals=sum(map(len, checked)),
            passed=sum(map(len, passing)),
        )

    def _choose(
        self, job: Job, passing: Sequence[Sequence[Guarded]], score: Score | None
    ) -> tuple[list[Edit], str]:
        """The edits that go in, and why the other passing ones don't."""
        if self.strategy == "rules":
            return plain_fixes(passing), "only fixes of coded wording go in"
        if self.strategy == "random":
            return at_random(passing, seed=f"{self.seed}:{job.id}"), "another one was drawn"
        if not self._scored:
            return likeliest(passing), "another one of this span comes first"
        if score is None:
            return plain_fixes(passing), "nothing is claimed for this ad: only plain fixes go in"
        return greedy(job.text, passing, score), "worth no more than the words that stand there"

    def _whole(self, job: Job, edits: list[Edit]) -> tuple[list[Edit], dict[Place, Verdict]]:
        """Take back edits, the least gainful first, until the whole ad passes its gates.

        Returns:
            What stays, and what stopped each edit that doesn't.
        """
        gates = self.whole_gates(job) if self.whole_gates is not None else ()
        taken_back: dict[Place, Verdict] = {}
        while edits and gates:
            text = apply_edits(job.text, edits)
            verdicts = (gate(job.text, text) for gate in gates)
            failed = next((verdict for verdict in verdicts if not verdict.passed), None)
            if failed is None:
                break
            least = min(edits, key=_gain)
            taken_back[least.start, least.after] = failed
            edits = [edit for edit in edits if edit is not least]
        return edits, taken_back


def _gain(edit: Edit) -> float:
    gain = edit.proof.get("gain", 0.0)
    return float(gain) if isinstance(gain, int | float) else 0.0


def _refusals(
    checked: Sequence[Sequence[Guarded]],
    edits: Sequence[Edit],
    taken_back: Mapping[Place, Verdict],
    why_not: str,
) -> list[Refusal]:
    """Everything proposed that isn't in the ad, with the reason."""
    not_chosen = Verdict(NOT_CHOSEN, False, why_not)
    taken = {(edit.start, edit.after) for edit in edits}
    refused: list[Refusal] = []
    for found in (found for options in checked for found in options):
        span, after = found.proposal.span, found.proposal.after
        if (span.start, after) in taken:
            continue
        verdict = found.refusal or taken_back.get((span.start, after), not_chosen)
        refused.append(
            Refusal(span.start, span.end, span.text, after, verdict.gate, verdict.reason)
        )
    return refused
