"""Kinds of bias that can be asked about, and where their probes come from.

"unqover" reads a folder of UnQover's word lists; "hiring" is bundled. A kind that both know has the
same name in both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from evenhand.errors import BadInput, offered
from evenhand.mitigate.probes.hiring import HIRING, hiring_probes, read_folder
from evenhand.mitigate.probes.types import ProbeSet
from evenhand.mitigate.probes.unqover import UNQOVER, Form, unqover_probes

Source = Literal["unqover", "hiring"]

KINDS: dict[str, tuple[str, ...]] = {"unqover": tuple(UNQOVER), "hiring": tuple(HIRING)}
"""The kinds that each source knows."""


def probe_set(
    kind: str, source: Source = "hiring", folder: Path | str | None = None, form: Form = "qa"
) -> ProbeSet:
    """The probes of a kind.

    Args:
        kind: A name listed in ``KINDS[source]``.
        source: "unqover" or "hiring".
        folder: UnQover's ``word_lists`` (needed), or a folder laid out like the bundled templates.
        form: "qa" for models that continue a text, "lm" for models that fill a mask.

    Raises:
        BadInput: The kind, source or form is unknown, or a folder or file is missing.
        RecordError: A line of a file is malformed.
    """
    if source not in KINDS:
        raise BadInput(f"unknown source {source!r} of probes; there are {', '.join(KINDS)}")
    if kind not in KINDS[source]:
        known = ", ".join(KINDS[source])
        raise BadInput(
            f"unknown kind {kind!r} of {source} probes; there are {known}"
            f"{offered(kind, KINDS[source])}"
        )
    if source == "unqover":
        if folder is None:
            raise BadInput("unqover probes need the folder of UnQover's word_lists; name it")
        return unqover_probes(folder, kind, form)
    if folder is None:
        return hiring_probes(kind, form)
    if form not in ("qa", "lm"):
        raise BadInput(f"unknown form {form!r} of a probe; use qa or lm")
    return read_folder(Path(folder), kind, form)
