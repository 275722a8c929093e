"""The bundled market: made-up ads and people, so that evenhand runs before anybody has data.

Synthetic throughout. Women's shares by occupation are published figures (see ``occupations``);
everything else, the gap included, was put in by construction, and no figure measured here is
evidence about a real market, engine or person. It is frozen: the same seed gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evenhand.records.candidate import Pool
from evenhand.records.files import AnyPath, write_jsonl, write_text
from evenhand.records.folders import Contents, whole_folder
from evenhand.records.job import Job
from evenhand.records.market.ads import make_ads
from evenhand.records.market.occupations import WOMEN_SHARE_SOURCE, load_occupations
from evenhand.records.market.people import make_people
from evenhand.records.outputs import writes
from evenhand.rehearsal import begin, foretell

__all__ = ["NOTICE", "Market", "load_market", "write_market"]

NOTICE = (
    "Synthetic: the ads and people of the bundled market are made up, and its gap was put in by "
    "construction. It shows that the parts work together; its figures are never evidence about "
    f"a real engine, market or person. Women's shares by occupation: {WOMEN_SHARE_SOURCE}."
)
"""What has to stand wherever the bundled market or a figure from it is shown."""


@dataclass(frozen=True)
class Market:
    """Made-up ads and the people they are ranked against.

    Attributes:
        jobs: With the fields ``occupation_group`` and ``split`` (train, validation, test).
        pool: With the fields ``occupation_group``, ``gender`` (female, male), ``age_band``
            (under_35, 35_54, 55_plus) and ``fold`` (train, test).
    """

    jobs: list[Job]
    pool: Pool


def load_market(seed: int = 0) -> Market:
    """Generate the market of a seed; the same seed always gives the same market."""
    occupations = load_occupations()
    return Market(make_ads(occupations, seed), Pool(tuple(make_people(occupations, seed))))


_NAMES = ("jobs.jsonl", "people.jsonl", "NOTICE.txt")


def _signed(folder: Path) -> tuple[str, ...]:
    """All three where the notice stands beside them; other ads and people are somebody's."""
    notice = folder / "NOTICE.txt"
    return _NAMES if notice.is_file() and notice.read_bytes() == f"{NOTICE}\n".encode() else ()


CONTENTS = Contents(_NAMES, _signed)


@writes("out", folder=CONTENTS)
def write_market(out: AnyPath, seed: int = 0) -> tuple[Path, Path]:
    """Write ``jobs.jsonl``, ``people.jsonl`` and ``NOTICE.txt`` as one; return the first two.

    Raises:
        StorageError: When a file can't be written.
    """
    foretell(takes="seconds")
    begin()
    market = load_market(seed)
    jobs = [
        {"id": job.id, "title": job.title, "text": job.text, **job.fields} for job in market.jobs
    ]
    people = ({"id": one.id, "text": one.text, **one.fields} for one in market.pool)
    with whole_folder(out, CONTENTS) as target:
        write_jsonl(target / _NAMES[0], jobs)
        write_jsonl(target / _NAMES[1], people)
        write_text(target / _NAMES[2], NOTICE + "\n")
    return Path(out) / _NAMES[0], Path(out) / _NAMES[1]
