"""Reading templates, attributes and subjects in UnQover's plain-text formats.

Templates: tab-separated context, question, negated question. Attributes: ``[key] class | text`` or
``[key] text``, where the key is ``p_act`` (people) or ``l_act`` (places) with ``-single`` (about
one) and ``:neg`` (negated) after it; the forms of one attribute are aligned by their order.
Subjects: ``[subj] cluster | name`` or ``[subj] name``, with as many ``[subj:dem]`` lines where
there are demonyms. Empty lines and lines that begin with # are skipped.

A line that breaks the format is an error that names file and line, never the text: it may offend.
Source: Li et al. 2020 (UnQover). Nothing is filled here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from evenhand.errors import BadInput, RecordError
from evenhand.mitigate.probes.filling import ANY_SLOT, SLOT, SUBJECT_SLOT
from evenhand.mitigate.probes.types import MASK, Attribute, Subject, Template

_KEYED = re.compile(r"\[([^\[\]]*)\](.*)")
_ATTRIBUTE_KEY = re.compile(r"([pl]_act)(-single)?(:neg)?")


def read_templates(path: Path, *, masked: bool) -> tuple[Template, ...]:
    """Read a file of templates.

    Args:
        path: The file.
        masked: Whether questions hold a ``[mask]`` where the answer goes, or none.

    Raises:
        RecordError: A line is malformed, or the file holds no template.
    """
    templates = [
        _template(f"{path.name.removesuffix('.tsv')}.{n:02d}", text, str(path), line, masked)
        for n, (line, text) in enumerate(_lines(path), start=1)
    ]
    if not templates:
        raise RecordError("there is no template in this file; give at least one", path=str(path))
    return tuple(templates)


def _template(id: str, text: str, path: str, line: int, masked: bool) -> Template:
    fields = [field.strip() for field in text.split("\t")]
    if len(fields) != 3 or not all(fields):
        problem = f"{len(fields)} tab-separated fields; give context, question, negated question"
        raise RecordError(problem, path=path, line=line)
    context, question, negated = fields
    problem = (
        _unknown_slots(fields)
        or _context_problem(context)
        or _question_problem(question, negated)
        or _mask_problem(question, negated, masked)
    )
    if problem:
        raise RecordError(problem, path=path, line=line)
    return Template(id, context, question, negated)


def _unknown_slots(fields: list[str]) -> str:
    slots = [slot for field in fields for slot in ANY_SLOT.findall(field)]
    known = [s for s in slots if s == MASK or SLOT.fullmatch(s) or SUBJECT_SLOT.fullmatch(s)]
    if len(known) < len(slots):
        return "a placeholder is unknown; use [subj1], [subj2], [p_act], [l_act] or [mask]"
    if sum(field.count("[") + field.count("]") for field in fields) != 2 * len(slots):
        return "a square bracket is open or stray; close it or take it out"
    return ""


def _context_problem(context: str) -> str:
    named = SUBJECT_SLOT.findall(context)
    if {number for number, _ in named} != {"1", "2"}:
        return "the context must name [subj1] and [subj2]"
    if len({form for _, form in named}) > 1:
        return "the context mixes names and demonyms; use :dem for both subjects or for neither"
    return ""


def _question_problem(question: str, negated: str) -> str:
    asked, denied = SLOT.findall(question), SLOT.findall(negated)
    if len(asked) != 1 or len(denied) != 1:
        return "the question and its negation must hold one attribute each, such as [p_act]"
    if asked[0][2] or not denied[0][2]:
        return "the question takes the attribute plain and its negation takes it with :neg"
    if asked[0][0] != denied[0][0]:
        return "the question and its negation ask for different kinds of attribute"
    return ""


def _mask_problem(question: str, negated: str, masked: bool) -> str:
    wanted = 1 if masked else 0
    if question.count(MASK) == wanted == negated.count(MASK):
        return ""
    return (
        "the question and its negation need one [mask] each"
        if masked
        else ("a question for a causal model has no [mask]; ask for the masked form instead")
    )


def read_attributes(path: Path) -> tuple[Attribute, ...]:
    """Read a file of attributes; a form that the file lacks is the same as the plain one.

    Raises:
        RecordError: A line is malformed, or forms don't align.
    """
    forms: dict[str, list[tuple[str, str, int]]] = {}
    for line, text in _lines(path):
        key, rest = _keyed(text, path, line)
        if not _ATTRIBUTE_KEY.fullmatch(key):
            problem = "the key isn't one of [p_act], [l_act], with -single and :neg after it"
            raise RecordError(problem, path=str(path), line=line)
        name, said = _split_bar(rest, path, line)
        forms.setdefault(key, []).append((name, said, line))
    found = [one for kind in ("p_act", "l_act") for one in _attributes_of(kind, forms, path)]
    if not found:
        raise RecordError("there is no attribute in this file; give at least one", path=str(path))
    return tuple(found)


def _attributes_of(
    kind: str, forms: dict[str, list[tuple[str, str, int]]], path: Path
) -> Iterator[Attribute]:
    """The attributes of one kind, their forms put side by side."""
    plain = forms.get(kind, [])
    for key, rows in forms.items():
        if key.startswith(kind) and len(rows) != len(plain):
            problem = f"{len(rows)} lines of [{key}] for {len(plain)} of [{kind}]; align them"
            raise RecordError(problem, path=str(path))
    if plain and f"{kind}:neg" not in forms:
        raise RecordError(f"[{kind}:neg] is missing; give every negation", path=str(path))
    numbers: dict[str, int] = {}
    for row, (name, text, _) in enumerate(plain):
        said = {key: rows[row] for key, rows in forms.items() if key.startswith(kind)}
        for other, _, line in said.values():
            if other != name:
                problem = f"its class differs from that of the same line of [{kind}]; align them"
                raise RecordError(problem, path=str(path), line=line)
        label = name or path.name
        numbers[label] = numbers.get(label, 0) + 1
        place = "" if kind == "p_act" else "place_"
        negated = said[f"{kind}:neg"][1]
        single = said.get(f"{kind}-single", (name, text, 0))[1]
        single_negated = said.get(f"{kind}-single:neg", (name, negated, 0))[1]
        id = f"{place}{label}.{numbers[label]:02d}"
        yield Attribute(id, kind, text, negated, single, single_negated)


def read_subjects(path: Path) -> tuple[Subject, ...]:
    """Read a file of subjects; one without a cluster is a cluster of its own.

    Raises:
        RecordError: A line is malformed or repeats a subject, or demonyms don't align.
    """
    named: list[tuple[str, str]] = []
    demonyms: list[str] = []
    for line, text in _lines(path):
        key, rest = _keyed(text, path, line)
        if key not in ("subj", "subj:dem"):
            raise RecordError("the key isn't [subj] or [subj:dem]", path=str(path), line=line)
        cluster, name = _split_bar(rest, path, line)
        if key == "subj:dem":
            demonyms.append(name)
        elif name in [other for _, other in named]:
            raise RecordError("this subject stands here already", path=str(path), line=line)
        else:
            named.append((cluster or name, name))
    if not named:
        raise RecordError("there is no subject in this file; give two or more", path=str(path))
    if demonyms and len(demonyms) != len(named):
        problem = f"{len(demonyms)} lines of [subj:dem] for {len(named)} of [subj]; align them"
        raise RecordError(problem, path=str(path))
    return tuple(
        Subject(name, cluster, demonym)
        for (cluster, name), demonym in zip(named, demonyms or [""] * len(named), strict=True)
    )


def _keyed(text: str, path: Path, line: int) -> tuple[str, str]:
    found = _KEYED.fullmatch(text)
    if found is None:
        problem = "the line doesn't begin with a key in square brackets"
        raise RecordError(problem, path=str(path), line=line)
    return found.group(1).strip(), found.group(2)


def _split_bar(rest: str, path: Path, line: int) -> tuple[str, str]:
    """Class (or cluster) and text; the class is empty where there is no bar."""
    before, bar, after = rest.partition("|")
    name, text = (before.strip(), after.strip()) if bar else ("", before.strip())
    if not text or (bar and not name) or "|" in after:
        problem = "the line isn't '[key] class | text' or '[key] text'"
        raise RecordError(problem, path=str(path), line=line)
    if ANY_SLOT.search(text):
        raise RecordError("the text holds a placeholder", path=str(path), line=line)
    return name, text


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Line numbers and lines that say something."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as cause:
        raise RecordError("this file isn't UTF-8 text; save it as UTF-8", path=str(path)) from cause
    except OSError as cause:
        raise BadInput(f"{path} can't be read ({cause.strerror}); name a readable file") from cause
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()
