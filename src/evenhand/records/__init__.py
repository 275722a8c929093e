"""Jobs, people, pools and judgements, and the files they come from and go to.

Names are loaded when they are first used: the rewriter imports ``records.job`` and
``records.files``, and that alone must not load people and their attributes. The function
``qualification`` is imported from its module, which has the same name.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import loader

if TYPE_CHECKING:
    from evenhand.records.candidate import Candidate, Document, Pool
    from evenhand.records.job import Job
    from evenhand.records.qualification import Judgements, read_judgements
    from evenhand.records.readers import read_ad, read_jobs, read_people

__all__ = [
    "Candidate",
    "Document",
    "Job",
    "Judgements",
    "Pool",
    "read_ad",
    "read_jobs",
    "read_judgements",
    "read_people",
]

_HOMES = {
    "Candidate": "candidate",
    "Document": "candidate",
    "Job": "job",
    "Judgements": "qualification",
    "Pool": "candidate",
    "read_ad": "readers",
    "read_jobs": "readers",
    "read_judgements": "qualification",
    "read_people": "readers",
}


__getattr__ = loader(__name__, _HOMES)
