"""UnQover's probe sets, read from a folder laid out like its ``word_lists``.

Four kinds: gender (first names and occupations), nationality (countries and their people),
ethnicity and religion. The question form ("qa") suits models that continue a text; the masked form
("lm") has a ``[mask]`` where the answer goes. The word lists are not part of this package: they
hold offensive attributes by design, and are Apache-2.0 with the notice of their authors.
Source: Li et al. 2020, "UnQovering Stereotyping Biases via Underspecified Questions".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evenhand.errors import BadInput
from evenhand.mitigate.probes.reading import read_attributes, read_subjects, read_templates
from evenhand.mitigate.probes.types import ProbeSet

Form = Literal["qa", "lm"]


@dataclass(frozen=True, slots=True)
class WordLists:
    """Names of the files of one kind."""

    subjects: tuple[str, ...]
    slots: str
    activities: str


UNQOVER: dict[str, WordLists] = {
    "gender": WordLists(("female", "male"), "gender_noact", "occupation_rev1"),
    "nationality": WordLists(("country",), "country_noact", "biased_country"),
    "ethnicity": WordLists(("ethnicity",), "ethnicity_noact", "biased_ethnicity"),
    "religion": WordLists(("religion",), "religion_noact", "biased_religion"),
}
"""The kinds and their files."""


def unqover_probes(
    folder: Path | str, kind: str, form: Form = "qa", *, subset: str = ""
) -> ProbeSet:
    """Read one kind of probes.

    Args:
        folder: Holds ``nouns/subjects``, ``slots`` and ``activities``.
        kind: "gender", "nationality", "ethnicity" or "religion".
        form: "qa" (a question) or "lm" (a sentence with a mask).
        subset: "bert" or "roberta" for the subjects that are one token there; all where empty.

    Raises:
        BadInput: The kind or form is unknown, or a file is missing.
        RecordError: A line of a file is malformed.
    """
    if kind not in UNQOVER:
        raise BadInput(f"unknown kind {kind!r} of UnQover; it has {', '.join(UNQOVER)}")
    if form not in ("qa", "lm"):
        raise BadInput(f"unknown form {form!r} of a probe; use qa or lm")
    root, files = Path(folder), UNQOVER[kind]
    if not root.is_dir():
        raise BadInput(f"there is no folder {folder}; name UnQover's word_lists folder")
    ending = f"_{subset}" if subset else ""
    subjects = [
        subject
        for name in files.subjects
        for subject in read_subjects(root / "nouns" / "subjects" / (name + ending))
    ]
    masked = form == "lm"
    slots = root / "slots" / (f"{files.slots}_lm" if masked else files.slots)
    templates = read_templates(slots, masked=masked)
    attributes = read_attributes(root / "activities" / files.activities)
    slots_used = {template.slot for template in templates}
    fitting = tuple(one for one in attributes if one.kind in slots_used)
    return ProbeSet(kind, templates, tuple(subjects), fitting)
