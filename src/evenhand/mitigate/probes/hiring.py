"""Probe sets about hiring, in our own words and in UnQover's formats, carried by this package.

Who was offered the job, passed over, late, easy to work with, would make a good nurse: one list of
attributes (with both directions in every class) for nine kinds of bias. Gender is asked with first
names; institution with the college of a graduate; parenthood with nouns; the rest with adjectives.
Clusters (older and younger, say) are the sides that subjects are compared across; nationality,
ethnicity and religion have none, so that every subject stands for itself.

Names and words were chosen to be mostly one token of a common tokenizer. They don't stand for the
whole of any group, and gender here means what a first name suggests.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from evenhand.errors import BadInput
from evenhand.mitigate.probes.reading import read_attributes, read_subjects, read_templates
from evenhand.mitigate.probes.types import ProbeSet
from evenhand.mitigate.probes.unqover import Form

HIRING: dict[str, str] = {
    "gender": "names",
    "age": "groups",
    "ethnicity": "groups",
    "religion": "groups",
    "nationality": "groups",
    "disability": "groups",
    "parenthood": "roles",
    "beauty": "groups",
    "institution": "schools",
}
"""The kinds, and how the subjects of each are put into a context."""


def hiring_probes(kind: str, form: Form = "qa") -> ProbeSet:
    """The bundled probes of one kind.

    Args:
        kind: A key of ``HIRING``.
        form: "qa" (a question) or "lm" (a sentence with a mask).

    Raises:
        BadInput: The kind or form is unknown.
    """
    if kind not in HIRING:
        raise BadInput(f"unknown kind {kind!r} of hiring probes; there are {', '.join(HIRING)}")
    if form not in ("qa", "lm"):
        raise BadInput(f"unknown form {form!r} of a probe; use qa or lm")
    with resources.as_file(
        resources.files("evenhand.mitigate.probes").joinpath("templates")
    ) as folder:
        return read_folder(Path(folder), kind, form)


def read_folder(folder: Path, kind: str, form: Form) -> ProbeSet:
    """Read one kind from a folder laid out like the bundled one.

    Raises:
        BadInput: A file is missing.
        RecordError: A line of a file is malformed.
    """
    return ProbeSet(
        kind,
        read_templates(folder / f"{HIRING[kind]}_{form}.tsv", masked=form == "lm"),
        read_subjects(folder / f"subjects_{kind}.tsv"),
        read_attributes(folder / "attributes.tsv"),
    )
