"""A small case that runs in seconds: invented ads and people with a strong gap, a random model.

In ``sales`` the ads ask for things "aggressively" and profiles with such words are more often
men's, so the lexical engine shows a gap that plainer wording narrows; ``archives`` has none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.records.job import Job
from evenhand.records.people import Candidate, Pool

from .tiny_llama import save_tiny_llama

CODED = ("aggressively", "ambitious", "fearlessly", "dominant", "driven")
OPENINGS = (
    "You will drive ambitious growth and aggressively pursue new accounts in the {place}.",
    "You will aggressively pursue new clients and open ambitious markets in the {place}.",
    "You will fearlessly defend our prices and aggressively pursue renewals in the {place}.",
)
SALES_DUTIES = (
    "Champion our products and fearlessly defend our prices in every meeting.",
    "Prepare clear monthly reports about the open accounts for our clients.",
    "Keep careful records of every visit and share them with the whole team.",
    "Answer questions of clients about orders and deliveries by telephone.",
)
ARCHIVE_DUTIES = (
    "Describe new letters and photographs so that readers can find them.",
    "Prepare clear monthly reports about the loans for our readers.",
    "Keep careful records of every visit and share them with the whole team.",
    "Answer questions of readers about shelves and catalogues by telephone.",
)
PLACES = ("north of the city", "south of the county", "old harbour", "western valley")
COMMON = (
    "accounts clients orders meeting prices products deliveries telephone team records reports "
    "visits markets renewals region"
).split()
QUIET = (
    "letters photographs readers loans shelves catalogues records reports visits team telephone "
    "questions library paper history"
).split()

CONFIG = """
[model]
name = "{model}"
dtype = "float32"
[matcher]
name = "lexical"
top = 20
[spans]
per_ad = 3
[sampling]
samples = 2
max_new_tokens = 8
[gates]
min_meaning = 0.0
max_perplexity_ratio = 1e9
max_lean_movement = 1e9
max_quality_loss = 1.0
[reward]
min_group = 10
folds = 2
resamples = 60
min_reliability = -1.0
[align]
batch_size = 4
lora_rank = 2
max_examples = 12
save_steps = 1
bf16 = false
[ilql]
steps = 8
batch_size = 4
top_k = 8
save_steps = 2
[rewrite]
samples = 2
"""
"""Settings under which a random model gets through every stage: gates that judge by the model
are wide open, since it understands nothing; the gates on text are as they are."""


@dataclass(frozen=True)
class SmallCase:
    """The case as objects and as files.

    Attributes:
        folder: Holds ``ads.jsonl``, ``people.jsonl`` and ``config.toml``.
        ads: Of both splits.
        people: Of both folds.
    """

    folder: Path
    ads: list[Job]
    people: Pool

    @property
    def jobs_file(self) -> Path:
        return self.folder / "ads.jsonl"

    @property
    def people_file(self) -> Path:
        return self.folder / "people.jsonl"

    @cached_property
    def config_file(self) -> Path:
        """Settings for a random model, which is made when they are first asked for."""
        return write_config(self.folder, save_random_model(self.folder / "random-model"))

    def split(self, name: str) -> list[Job]:
        return [ad for ad in self.ads if ad.fields["split"] == name]

    def fold(self, name: str) -> Pool:
        return self.people.where(lambda person: person.fields["fold"] == name)


def make_small_case(folder: Path) -> SmallCase:
    ads, people = make_ads(), make_people()
    write_files(folder, ads, people)
    return SmallCase(folder, ads, people)


def make_ads(count: int = 10) -> list[Job]:
    """``count`` training ads of each occupation, and half as many test ads."""
    ads: list[Job] = []
    for at in range(count + count // 2):
        place = PLACES[at % len(PLACES)]
        split = "train" if at < count else "test"
        sales = (OPENINGS[at % 3].format(place=place), *_two(SALES_DUTIES, at))
        quiet = (f"You will look after the archive in the {place}.", *_two(ARCHIVE_DUTIES, at))
        for group, title, lines in (
            ("sales", "Sales agent", sales),
            ("archives", "Archivist", quiet),
        ):
            text = f"{title}\n\n{lines[0]}\n\nWhat you will do\n- {lines[1]}\n- {lines[2]}\n"
            fields = {"occupation_group": group, "split": split}
            ads.append(Job(f"{group}-{at:02d}", text, title, fields))
    return ads


def _two(duties: Sequence[str], at: int) -> tuple[str, str]:
    return duties[at % len(duties)], duties[(at + 1) % len(duties)]


def make_people(per_cell: int = 60, seed: int = 0) -> Pool:
    """``per_cell`` people of every occupation, gender and fold."""
    rng = np.random.default_rng(seed)
    people: list[Candidate] = []
    for fold in ("train", "test"):
        for group, common in (("sales", COMMON), ("archives", QUIET)):
            for gender, share in (("female", 0.2), ("male", 0.65)):
                for _ in range(per_cell):
                    words = [str(word) for word in rng.choice(common, 6, replace=False)]
                    if group == "sales":
                        words += [word for word in CODED if rng.random() < share]
                    fields = {
                        "occupation_group": group,
                        "gender": gender,
                        "age_band": str(rng.choice(["under_35", "35_and_over"])),
                        "fold": fold,
                    }
                    text = f"Worked with {', '.join(words)}."
                    people.append(Candidate(f"p{len(people):04d}", text, fields))
    return Pool(tuple(people))


def write_files(folder: Path, ads: Sequence[Job], people: Pool) -> tuple[Path, Path]:
    """``ads.jsonl`` and ``people.jsonl``."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs, pool = folder / "ads.jsonl", folder / "people.jsonl"
    rows: list[dict[str, Any]] = [
        {"id": ad.id, "title": ad.title, "text": ad.text, **ad.fields} for ad in ads
    ]
    jobs.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    rows = [{"id": one.id, "text": one.text, **one.fields} for one in people]
    pool.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return jobs, pool


def write_config(folder: Path, model: Path) -> Path:
    """``config.toml`` for the random model."""
    path = folder / "config.toml"
    path.write_text(CONFIG.format(model=model))
    return path


def save_random_model(folder: Path, seed: int = 0) -> Path:
    """A Llama of two layers over bytes, saved with its tokenizer; it has learned nothing."""
    corpus = [*OPENINGS, *SALES_DUTIES, *ARCHIVE_DUTIES]
    return save_tiny_llama(folder, corpus, vocabulary=500, positions=2048, seed=seed)
