"""How much of whole ads can be reworded, by which kinds, and how long that takes.

Of the words of an ad: the share in editable spans, and of these the share in spans with a
rewording that passes the text gates and keeps its list parallel, with two kinds, and with six
rewordings of three kinds (edits that lie apart can stand together: of kinds with a, b, c rewordings
there are (1 + a)(1 + b)(1 + c) - 1). Frames, contractions and what a rule writes out count as one
rewording each, however many there are. 95 % intervals over ads, by a bootstrap.

    python bench/lab/words.py ads.jsonl > words.json

``ads.jsonl`` has ``id``, ``text`` and ``source``; with --aside only the 30 ads of every source
whose ids have the smallest digests are read, on which nothing was chosen.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.config.schema import GatesConfig, SpansConfig
from evenhand.language.duties import parallel_gate
from evenhand.language.gates import text_gates
from evenhand.language.rewordings import alternatives
from evenhand.language.span import Gate, Span
from evenhand.language.spans import editable_spans, left_alone

ASIDE = 30
ALIKE = frozenset({"frame", "contracted", "written out"})
"""Kinds whose rewordings of a span count once."""
MOST = 80
RESAMPLES = 2000


@dataclass(frozen=True)
class Counted:
    """Words of one ad, by what can be done with them."""

    words: int
    editable: int
    reworded: int
    two_kinds: int
    six_of_three: int
    kinds: Mapping[str, int]
    alternatives: tuple[int, ...]


def kinds_of(found: Sequence[tuple[str, str]]) -> Counter[str]:
    """How many single rewordings of each kind there are; some kinds count once."""
    single = Counter(rule.partition(":")[0] for _, rule in found if " + " not in rule)
    return Counter({kind: 1 if kind in ALIKE else count for kind, count in single.items()})


def counted(text: str, gates: tuple[Gate, ...]) -> Counted:
    """What can be done with an ad."""
    total, kinds, sizes = Counter[str](), Counter[str](), list[int]()
    for span in editable_spans(text, SpansConfig(per_ad=1000)):
        words = len(span.text.split())
        single = kinds_of(passing(text, span, gates))
        together = prod(1 + count for count in single.values()) - 1
        total["editable"] += words
        total["reworded"] += words * bool(single)
        total["two_kinds"] += words * (len(single) > 1)
        total["six_of_three"] += words * (len(single) > 2 and together > 5)
        kinds.update(dict.fromkeys(single, words))
        sizes.append(together)
    named = ("editable", "reworded", "two_kinds", "six_of_three")
    return Counted(len(text.split()), *(total[name] for name in named), kinds, tuple(sizes))


def passing(text: str, span: Span, gates: tuple[Gate, ...]) -> list[tuple[str, str]]:
    """Rewordings of a span that pass and keep its list parallel."""
    found = alternatives(text, span, gates, MOST)
    return [option for option in found if parallel_gate(text, span, option[0]).passed]


def share(ads: Sequence[Counted], over: str, of: str, seed: int = 0) -> dict[str, Any]:
    """A share of words over all ads, with its interval."""
    pairs = np.array([(getattr(ad, over), getattr(ad, of)) for ad in ads], dtype=float)
    drawn = np.random.default_rng(seed).integers(len(ads), size=(RESAMPLES, len(ads)))
    sums = pairs[drawn].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / np.maximum(sums[:, 1], 1), [0.025, 0.975])
    whole = pairs.sum(axis=0)
    return {
        "share": round(whole[0] / max(whole[1], 1), 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
    }


def report(texts: Sequence[str]) -> dict[str, Any]:
    """The figures of the ads of one source."""
    gates = tuple(text_gates(GatesConfig()))
    began = time.process_time()
    ads = [counted(text, gates) for text in texts]
    seconds = time.process_time() - began
    kinds = sum((Counter(ad.kinds) for ad in ads), Counter[str]())
    left = sum((Counter(left_alone(text, SpansConfig())) for text in texts), Counter[str]())
    editable = max(sum(ad.editable for ad in ads), 1)
    words = sum(ad.words for ad in ads)
    return {
        "ads": len(ads),
        "words": words,
        "editable": share(ads, "editable", "words"),
        "reworded": share(ads, "reworded", "editable"),
        "two_kinds": share(ads, "two_kinds", "editable"),
        "six_of_three_kinds": share(ads, "six_of_three", "editable"),
        "median_alternatives": float(np.median([n for ad in ads for n in ad.alternatives] or [0])),
        "left_alone": {why: round(n / words, 4) for why, n in left.most_common()},
        "kinds": {kind: round(count / editable, 4) for kind, count in kinds.most_common()},
        "seconds_per_300_words": round(300 * seconds / max(words, 1), 3),
    }


def aside(ads: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The ads of which nothing was looked at."""
    return sorted(ads, key=lambda ad: sha256(ad["id"].encode()).hexdigest())[:ASIDE]


def main() -> None:
    """Read, count, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ads", type=Path)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--aside", action="store_true")
    options = parser.parse_args()
    read = [json.loads(line) for line in options.ads.open(encoding="utf-8")]
    chosen = [ad for ad in read if ad.get("split", options.split) == options.split]
    sources = sorted({ad.get("source", "") for ad in chosen} - {"onet_duties"})
    found: dict[str, Any] = {}
    for source in sources:
        ads = [ad for ad in chosen if ad.get("source", "") == source]
        ads = aside(ads) if options.aside else ads
        found[source] = report([ad["text"] for ad in ads])
    json.dump({"ads": str(options.ads.name), "aside": options.aside, "sources": found}, sys.stdout)


if __name__ == "__main__":
    main()
