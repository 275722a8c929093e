"""Write the generated parts of docs/cards from the code; `make docs` runs it.

Of what `tune` writes: the card that it gives a run, with made-up figures. Of the bundled market:
its sizes and the source of its one real column. The rest of the pages is written by hand; a test
compares the whole.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from pathlib import Path

from evenhand import __version__
from evenhand.records.market import NOTICE, load_market
from evenhand.report.cards import RunFacts, model_card

CARDS = Path(__file__).resolve().parent / "cards"
_BLOCK = re.compile(r"(<!-- card:begin.*? -->\n).*?(?=<!-- card:end -->)", re.S)


def tuned_model() -> str:
    """The card of a run that never was, one level of headings down."""
    run = RunFacts(
        name="mine",
        base_model="smollm2-135m-instruct",
        engine="dense",
        attributes=("gender",),
        version=__version__,
        seed=0,
        digests={"pool": "0123456789abcdef", "rollouts": "fedcba9876543210"},
        sizes={"ads": 108, "people": 2082, "examples": 160},
        metrics={"reliability, lawyer": "made up for this page"},
        abstained={"lecturer": "made up for this page"},
    )
    return "\n" + re.sub(r"^#", "##", model_card(run), flags=re.M) + "\n"


def market() -> str:
    """Sizes of the market, by what a reader asks of them."""
    made = load_market()
    people = list(made.pool)
    kinds = sorted({job.fields["occupation_group"] for job in made.jobs})
    rows = ["| occupation | ads | women | men |", "| --- | --- | --- | --- |"]
    for kind in kinds:
        ads = sum(job.fields["occupation_group"] == kind for job in made.jobs)
        sides = Counter(
            one.fields["gender"] for one in people if one.fields["occupation_group"] == kind
        )
        rows.append(f"| {kind} | {ads} | {sides['female']} | {sides['male']} |")
    sides = Counter(one.fields["gender"] for one in people)
    rows.append(f"| all | {len(made.jobs)} | {sides['female']:,} | {sides['male']:,} |")
    lines = [
        f"> {NOTICE}",
        "",
        *rows,
        "",
        f"Ads by split: {_counts(Counter(job.fields['split'] for job in made.jobs))}. "
        f"People by fold: {_counts(Counter(one.fields['fold'] for one in people))}; "
        f"by age: {_counts(Counter(one.fields['age_band'] for one in people))}.",
        f"Words: {_words([job.text for job in made.jobs])} an ad, "
        f"{_words([one.text for one in people])} a profile.",
    ]
    return "\n" + "\n".join(lines) + "\n\n"


def _counts(of: Counter[object]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(of.items(), key=str))


def _words(texts: list[str]) -> str:
    lengths = [len(text.split()) for text in texts]
    return f"{min(lengths)} to {max(lengths)} (median {statistics.median(lengths):.0f})"


def pages() -> dict[Path, str]:
    """Both pages as they should be."""
    found: dict[Path, str] = {}
    for name, block in (("tuned_model", tuned_model()), ("market", market())):
        path = CARDS / f"{name}.md"
        text = path.read_text(encoding="utf-8")
        found[path] = _BLOCK.sub(lambda match, block=block: match[1] + block, text)
    return found


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
