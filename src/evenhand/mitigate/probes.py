"""Probes: underspecified questions over two subjects, read, filled, drawn and split.

An example is one pair of subjects, one attribute and one template; it gives four prompts, always
in this order: (12, a), (21, a), (12, not a), (21, not a), where 12 says which subject the context
names first. Scores of an example have shape ``(4, 2)``: the last axis is the subject of the *pair*
(0 = ``first``, 1 = ``second``), not of the order.

Files are in UnQover's plain-text formats (Li et al. 2020). Templates: tab-separated context,
question, negated question. Attributes: ``[key] class | text`` or ``[key] text``, where the key is
``p_act`` (people) or ``l_act`` (places) with ``-single`` (about one) and ``:neg`` (negated) after
it; the forms of one attribute are aligned by their order. Subjects: ``[subj] cluster | name`` or
``[subj] name``, with as many ``[subj:dem]`` lines where there are demonyms. Empty lines and lines
that begin with # are skipped. Texts may offend by design: an error names file and line, never the
text; print ids, not texts.

Two sources: UnQover's own word lists (Apache-2.0 with the notice of their authors; not part of
this package), and probes about hiring in our own words, which are: who was offered the job, passed
over, late, would make a good nurse, with both directions in every class. Names were chosen to be
mostly one token; they don't stand for the whole of any group, and gender here means what a first
name suggests.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal, TypeVar, get_args

import numpy as np

from evenhand.errors import BadInput, RecordError, offered

Item = TypeVar("Item")
Source = Literal["unqover", "hiring"]
ProbeForm = Literal["qa", "lm"]
"""A question, for models that continue a text; a sentence with a mask, for those that fill it."""
MASK = "[mask]"
"""Where the answer goes in a question of the masked ("lm") form; other forms don't have it."""
UNQOVER: dict[str, tuple[tuple[str, ...], str, str]] = {
    "gender": (("female", "male"), "gender_noact", "occupation_rev1"),
    "nationality": (("country",), "country_noact", "biased_country"),
    "ethnicity": (("ethnicity",), "ethnicity_noact", "biased_ethnicity"),
    "religion": (("religion",), "religion_noact", "biased_religion"),
}
"""UnQover's kinds and the names of their files: subjects, slots, activities."""
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
"""The bundled kinds, and how the subjects of each are put into a context."""
KINDS: dict[str, tuple[str, ...]] = {"unqover": tuple(UNQOVER), "hiring": tuple(HIRING)}
"""The kinds that each source knows; one that both know has the same name in both."""

_SLOT = re.compile(r"\[([pl]_act)(-single)?(:neg)?\]")
_SUBJECT_SLOT = re.compile(r"\[subj([12])(:dem)?\]")
_ANY_SLOT = re.compile(r"\[[^\[\]]*\]")
_ARTICLE_AND_SLOT = re.compile(r"(?:\b([Aa])n? )?(\[(?:subj|[pl]_act)[^\[\]]*\])")
_VOWEL_LETTER_CONSONANT_SOUND = re.compile(
    r"(?:eu|uni(?!n)|us[aeiu]|ut[ei]|uk|uga|one\b|once\b|ur[aiu])", re.I
)
_CONSONANT_LETTER_VOWEL_SOUND = re.compile(r"(?:hour|hono[u]?r|honest|heir|MBA\b|[FHLMNRSX]-)")
_KEYED = re.compile(r"\[([^\[\]]*)\](.*)")
_ATTRIBUTE_KEY = re.compile(r"([pl]_act)(-single)?(:neg)?")
_SUBJECT_KEY = re.compile(r"subj(?::dem)?")
_SOMEBODY = re.compile(r"\b(?:s?he|his|her|(?:wo)?m[ae]n|boys?|girls?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody, or some group, that a model can choose.

    ``text`` is what the prompt says and what is scored as an answer; ``cluster`` the group that
    figures are pooled over ("female"), the subject's own name where its file gives none;
    ``demonym`` the people of a country ("Belgian"), empty elsewhere.
    """

    text: str
    cluster: str
    demonym: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that may be said of a subject, and its negation; the ``id`` is safe to print.

    ``kind`` is the slot it fits: "p_act" (people) or "l_act" (places). ``text`` and ``negated`` are
    filled into a question about several, the single forms into one about one person or place.
    """

    id: str
    kind: str
    text: str
    negated: str
    single: str
    single_negated: str


@dataclass(frozen=True, slots=True)
class Template:
    """A context with two subjects and a question either of them might answer.

    The context has ``[subj1]`` and ``[subj2]`` or their ``:dem`` forms; question and negation have
    a slot such as ``[p_act]`` and ``[p_act:neg]``. The ``id`` is safe to print.
    """

    id: str
    context: str
    question: str
    negated: str

    @property
    def slot(self) -> str:
        """The kind of attribute that fits, "p_act" or "l_act"; empty where none is asked for."""
        found = _SLOT.search(self.question)
        return found.group(1) if found else ""

    @property
    def demonym(self) -> bool:
        """Whether subjects appear as demonyms, which are then the answers too."""
        return ":dem]" in self.context


@dataclass(frozen=True, slots=True)
class Prompt:
    """A filled context and question, without an answer; ``[mask]`` stays in masked forms."""

    context: str
    question: str


@dataclass(frozen=True, slots=True)
class Example:
    """One pair of subjects, one attribute, one template.

    ``template`` and ``attribute`` are ids. The text of ``first`` and ``second`` is the one to score
    (a demonym where the template names demonyms).
    """

    kind: str
    template: str
    attribute: str
    first: Subject
    second: Subject
    prompts: tuple[Prompt, Prompt, Prompt, Prompt]

    @property
    def choices(self) -> tuple[str, str]:
        """The two texts a model chooses between."""
        return self.first.text, self.second.text


@dataclass(frozen=True)
class ProbeSet:
    """Templates, subjects and attributes of one kind of bias.

    Subjects are paired where their clusters differ; the earlier one in ``subjects`` is ``first``.
    """

    kind: str
    templates: tuple[Template, ...]
    subjects: tuple[Subject, ...]
    attributes: tuple[Attribute, ...]

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Indexes of every unordered pair of subjects that can be asked about."""
        return tuple(
            (i, j)
            for i, one in enumerate(self.subjects)
            for j in range(i + 1, len(self.subjects))
            if one.cluster != self.subjects[j].cluster
        )

    @cached_property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """Indexes of every (template, attribute) that fit each other."""
        return tuple(
            (t, a)
            for t, template in enumerate(self.templates)
            for a, attribute in enumerate(self.attributes)
            if template.slot == attribute.kind
        )

    def __len__(self) -> int:
        """Number of examples that exist: pairs by fitting (template, attribute)."""
        return len(self.pairs) * len(self.cells)

    def example(self, template: int, i: int, j: int, attribute: int) -> Example:
        """The example of subjects ``i`` and ``j`` under a template and an attribute, by index."""
        chosen, said = self.templates[template], self.attributes[attribute]
        first, second = (self._named(k, chosen.demonym) for k in (i, j))
        orders = ((first.text, second.text), (second.text, first.text))
        asked = [
            Prompt(fill(chosen.context, order, said), fill(question, order, said))
            for question in (chosen.question, chosen.negated)
            for order in orders
        ]
        prompts = (asked[0], asked[1], asked[2], asked[3])
        return Example(self.kind, chosen.id, said.id, first, second, prompts)

    def examples(self, n: int, seed: int) -> list[Example]:
        """Draw ``n`` different examples, as evenly over templates, attributes and pairs as can be.

        The same seed gives the same examples. ``n`` above ``len(self)`` gives all of them.
        """
        drawn = _draw(self.cells, len(self.pairs), min(n, len(self)), seed)
        return [self.example(t, *self.pairs[p], a) for t, a, p in drawn]

    def _named(self, index: int, demonym: bool) -> Subject:
        subject = self.subjects[index]
        if not demonym:
            return subject
        return Subject(subject.demonym or subject.text, subject.cluster, subject.demonym)


def article(word: str) -> str:
    """The article, "a" or "an", by the sound that ``word`` begins with."""
    if _CONSONANT_LETTER_VOWEL_SOUND.match(word):
        return "an"
    if _VOWEL_LETTER_CONSONANT_SOUND.match(word):
        return "a"
    return "an" if word[:1].lower() in "aeiou" else "a"


def fill(text: str, subjects: tuple[str, str], attribute: Attribute) -> str:
    """Put two subjects (in the order they are named) and an attribute into ``text``.

    An "a" or "an" right before a filled slot is repaired, by the sound the word begins with; the
    rest of the text, a ``[mask]`` too, stays as its author wrote it.
    """

    def put(found: re.Match[str]) -> str:
        letter, slot = found.group(1), found.group(2)
        said = _said(slot, subjects, attribute)
        if letter is None:
            return said
        return f"{letter}{article(said)[1:]} {said}"

    return _ARTICLE_AND_SLOT.sub(put, text)


def _said(slot: str, subjects: tuple[str, str], attribute: Attribute) -> str:
    """What stands in place of one slot."""
    if subject := _SUBJECT_SLOT.fullmatch(slot):
        return subjects[int(subject.group(1)) - 1]
    found = _SLOT.fullmatch(slot)
    if found is None:
        return slot
    single, negated = bool(found.group(2)), bool(found.group(3))
    if single:
        return attribute.single_negated if negated else attribute.single
    return attribute.negated if negated else attribute.text


def _draw(
    cells: Sequence[tuple[int, int]], pairs: int, n: int, seed: int
) -> list[tuple[int, int, int]]:
    """Draw ``n`` different (template, attribute, pair), evenly over all three.

    Fitting cells are put into an order in which every prefix is close to even over templates and
    over attributes, and that order is gone through again and again; each time a cell comes round it
    gets another pair, so that nothing repeats before everything was used. Not independent random
    draws: the spread over cells is smaller than chance.
    """
    if n <= 0 or not cells or not pairs:
        return []
    rng = np.random.default_rng([seed, 5])
    ordered = _even_order(cells, rng)
    shuffled = rng.permutation(pairs)
    count = len(ordered)
    period = pairs // math.gcd(count, pairs)
    drawn: list[tuple[int, int, int]] = []
    for k in range(n):
        turn, place = divmod(k, count)
        pair = (place + turn * count + turn // period) % pairs
        drawn.append((*ordered[place], int(shuffled[pair])))
    return drawn


def _even_order(
    cells: Sequence[tuple[int, int]], rng: np.random.Generator
) -> list[tuple[int, int]]:
    """All cells, every prefix close to even over templates and over attributes."""
    blocks: dict[tuple[int, ...], list[int]] = {}
    attributes_of: dict[int, list[int]] = {}
    for template, attribute in cells:
        attributes_of.setdefault(template, []).append(attribute)
    for template, fitting in attributes_of.items():
        blocks.setdefault(tuple(fitting), []).append(template)
    placed: list[tuple[float, int, tuple[int, int]]] = []
    for number, (fitting, templates) in enumerate(blocks.items()):
        diagonal = _diagonals(rng.permutation(templates), rng.permutation(fitting))
        placed += [((k + 0.5) / len(diagonal), number, cell) for k, cell in enumerate(diagonal)]
    return [cell for _, _, cell in sorted(placed)]


def _diagonals(rows: np.ndarray, columns: np.ndarray) -> list[tuple[int, int]]:
    """Every (row, column) once, rows and columns both coming round in turn."""
    count = len(rows) * len(columns)
    period = math.lcm(len(rows), len(columns))
    return [
        (int(rows[k % len(rows)]), int(columns[(k + k // period) % len(columns)]))
        for k in range(count)
    ]


def split(probes: ProbeSet, seed: int, held_out: float = 0.4) -> tuple[ProbeSet, ProbeSet]:
    """Split into a set to train on and a set to measure on, which share nothing.

    Templates that differ only in a man or a woman standing in the context stay together, and so do
    attributes of the same text; subjects are split within their clusters, attributes within their
    classes. What a layer learned on one side can then be measured on subjects, wordings and claims
    that it never met. ``held_out`` is the share of each list that goes to the second set;
    attributes that no template of their side fits are left out.
    """
    if not 0.0 < held_out < 1.0:
        raise BadInput(f"a held-out share of {held_out} isn't between 0 and 1")
    rng = np.random.default_rng([seed, 6])
    strata = _template_stratum(probes.templates), _subject_stratum(probes.subjects)
    templates = _two_sides(probes.templates, strata[0], _wording, held_out, rng)
    subjects = _two_sides(probes.subjects, strata[1], lambda one: one.text, held_out, rng)
    attributes = _two_sides(
        probes.attributes,
        lambda one: (one.kind, one.id.rsplit(".", 1)[0]),
        lambda one: one.text,
        held_out,
        rng,
    )
    train, test = (
        _fitting(probes.kind, templates[side], subjects[side], attributes[side]) for side in (0, 1)
    )
    if not len(train) or not len(test):
        raise BadInput(
            f"the {probes.kind} probes are too few to split; give more of them, or don't split"
        )
    return train, test


def _fitting(
    kind: str,
    templates: Sequence[Template],
    subjects: Sequence[Subject],
    attributes: Sequence[Attribute],
) -> ProbeSet:
    """A set without the attributes that no template fits."""
    slots = {template.slot for template in templates}
    fitting = tuple(one for one in attributes if one.kind in slots)
    return ProbeSet(kind, tuple(templates), tuple(subjects), fitting)


def _wording(template: Template) -> str:
    return _SOMEBODY.sub("_", template.context)


def _template_stratum(templates: Sequence[Template]) -> Callable[[Template], Hashable]:
    """Which stratum a template's wording is of: the kinds of attribute asked, names or demonyms."""
    slots: dict[str, set[str]] = {}
    for template in templates:
        slots.setdefault(_wording(template), set()).add(template.slot)
    return lambda template: (tuple(sorted(slots[_wording(template)])), template.demonym)


def _subject_stratum(subjects: Sequence[Subject]) -> Callable[[Subject], Hashable]:
    """The cluster, or nothing where every subject is a cluster of its own."""
    shared = len({subject.cluster for subject in subjects}) < len(subjects)
    return lambda subject: subject.cluster if shared else ""


def _two_sides(
    items: Sequence[Item],
    stratum: Callable[[Item], Hashable],
    unit: Callable[[Item], Hashable],
    held_out: float,
    rng: np.random.Generator,
) -> tuple[list[Item], list[Item]]:
    """Split items by their units within strata; order is kept on both sides."""
    strata: dict[Hashable, list[Hashable]] = {}
    seen: set[Hashable] = set()
    for item in items:
        if unit(item) not in seen:
            seen.add(unit(item))
            strata.setdefault(stratum(item), []).append(unit(item))
    held: set[Hashable] = set()
    for units in strata.values():
        wanted = round(held_out * len(units))
        if len(units) > 1:
            wanted = min(max(wanted, 1), len(units) - 1)
        chosen = rng.permutation(len(units))[:wanted]
        held.update(units[int(k)] for k in chosen)
    kept = [item for item in items if unit(item) not in held]
    return kept, [item for item in items if unit(item) in held]


def probe_set(
    kind: str, source: Source = "hiring", folder: Path | str | None = None, form: ProbeForm = "qa"
) -> ProbeSet:
    """The probes of a kind listed in ``KINDS[source]``.

    ``folder`` is UnQover's ``word_lists`` (needed), or one laid out like the bundled templates.
    """
    if source not in KINDS:
        raise BadInput(f"unknown source {source!r} of probes; there are {', '.join(KINDS)}")
    if kind not in KINDS[source]:
        known = ", ".join(KINDS[source])
        raise BadInput(
            f"unknown kind {kind!r} of {source} probes; there are {known}"
            f"{offered(kind, KINDS[source])}"
        )
    if source == "hiring":
        return hiring_probes(kind, form, None if folder is None else Path(folder))
    if folder is None:
        raise BadInput("unqover probes need the folder of UnQover's word_lists; name it")
    return unqover_probes(folder, kind, form)


def hiring_probes(kind: str, form: ProbeForm = "qa", folder: Path | None = None) -> ProbeSet:
    """The bundled probes of one kind, or those of a folder laid out like theirs."""
    if kind not in HIRING:
        raise BadInput(f"unknown kind {kind!r} of hiring probes; there are {', '.join(HIRING)}")
    _require_form(form)
    where = folder or Path(str(files("evenhand.mitigate") / "data" / "probes"))
    return ProbeSet(
        kind,
        read_templates(where / f"{HIRING[kind]}_{form}.tsv", masked=form == "lm"),
        read_subjects(where / f"subjects_{kind}.tsv"),
        read_attributes(where / "attributes.tsv"),
    )


def unqover_probes(
    folder: Path | str, kind: str, form: ProbeForm = "qa", *, subset: str = ""
) -> ProbeSet:
    """One kind of probes from a folder laid out like UnQover's ``word_lists``.

    ``subset`` "bert" or "roberta" reads the subjects that are one token there; all where empty.
    """
    if kind not in UNQOVER:
        raise BadInput(f"unknown kind {kind!r} of UnQover; it has {', '.join(UNQOVER)}")
    _require_form(form)
    root, (names, slots, activities) = Path(folder), UNQOVER[kind]
    if not root.is_dir():
        raise BadInput(f"there is no folder {folder}; name UnQover's word_lists folder")
    ending = f"_{subset}" if subset else ""
    subjects = [
        subject
        for name in names
        for subject in read_subjects(root / "nouns" / "subjects" / (name + ending))
    ]
    masked = form == "lm"
    templates = read_templates(root / "slots" / f"{slots}{'_lm' * masked}", masked=masked)
    return _fitting(kind, templates, subjects, read_attributes(root / "activities" / activities))


def _require_form(form: str) -> None:
    if form not in get_args(ProbeForm):
        raise BadInput(f"unknown form {form!r} of a probe; use qa or lm")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that says something, and where it stands."""

    path: Path
    number: int
    text: str

    def refused(self, problem: str) -> RecordError:
        """The error that names the line and not its text."""
        return RecordError(problem, path=str(self.path), line=self.number)


def _lines(path: Path) -> Iterator[_Line]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as cause:
        raise RecordError("this file isn't UTF-8 text; save it as UTF-8", path=str(path)) from cause
    except OSError as cause:
        raise BadInput(f"{path} can't be read ({cause.strerror}); name a readable file") from cause
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield _Line(path, number, line.strip())


def read_templates(path: Path, *, masked: bool) -> tuple[Template, ...]:
    """Read a file of templates; ``masked``: questions hold a ``[mask]`` where the answer goes."""
    stem = path.name.removesuffix(".tsv")
    templates = tuple(
        _template(f"{stem}.{n:02d}", line, masked) for n, line in enumerate(_lines(path), start=1)
    )
    if not templates:
        raise RecordError("there is no template in this file; give at least one", path=str(path))
    return templates


def _template(id: str, line: _Line, masked: bool) -> Template:
    fields = [field.strip() for field in line.text.split("\t")]
    if len(fields) != 3 or not all(fields):
        raise line.refused(
            f"{len(fields)} tab-separated fields; give context, question, negated question"
        )
    context, question, negated = fields
    problem = (
        _unknown_slots(fields)
        or _context_problem(context)
        or _question_problem(question, negated)
        or _mask_problem(question, negated, masked)
    )
    if problem:
        raise line.refused(problem)
    return Template(id, context, question, negated)


def _unknown_slots(fields: list[str]) -> str:
    slots = [slot for field in fields for slot in _ANY_SLOT.findall(field)]
    known = [s for s in slots if s == MASK or _SLOT.fullmatch(s) or _SUBJECT_SLOT.fullmatch(s)]
    if len(known) < len(slots):
        return "a placeholder is unknown; use [subj1], [subj2], [p_act], [l_act] or [mask]"
    if sum(field.count("[") + field.count("]") for field in fields) != 2 * len(slots):
        return "a square bracket is open or stray; close it or take it out"
    return ""


def _context_problem(context: str) -> str:
    named = _SUBJECT_SLOT.findall(context)
    if {number for number, _ in named} != {"1", "2"}:
        return "the context must name [subj1] and [subj2]"
    if len({form for _, form in named}) > 1:
        return "the context mixes names and demonyms; use :dem for both subjects or for neither"
    return ""


def _question_problem(question: str, negated: str) -> str:
    asked, denied = _SLOT.findall(question), _SLOT.findall(negated)
    if len(asked) != 1 or len(denied) != 1:
        return "the question and its negation must hold one attribute each, such as [p_act]"
    if asked[0][2] or not denied[0][2]:
        return "the question takes the attribute plain and its negation takes it with :neg"
    if asked[0][0] != denied[0][0]:
        return "the question and its negation ask for different kinds of attribute"
    return ""


def _mask_problem(question: str, negated: str, masked: bool) -> str:
    if question.count(MASK) == int(masked) == negated.count(MASK):
        return ""
    if masked:
        return "the question and its negation need one [mask] each"
    return "a question for a causal model has no [mask]; ask for the masked form instead"


def read_attributes(path: Path) -> tuple[Attribute, ...]:
    """Read a file of attributes; a form that the file lacks is the same as the plain one."""
    forms: dict[str, list[tuple[str, str, _Line]]] = {}
    for line in _lines(path):
        key, name, said = _parts(
            line, _ATTRIBUTE_KEY, "one of [p_act], [l_act], with -single and :neg after it"
        )
        forms.setdefault(key, []).append((name, said, line))
    found = [one for kind in ("p_act", "l_act") for one in _attributes_of(kind, forms, path)]
    if not found:
        raise RecordError("there is no attribute in this file; give at least one", path=str(path))
    return tuple(found)


def _attributes_of(
    kind: str, forms: dict[str, list[tuple[str, str, _Line]]], path: Path
) -> Iterator[Attribute]:
    """The attributes of one kind, their forms put side by side."""
    plain = forms.get(kind, [])
    mine = {key: rows for key, rows in forms.items() if key.startswith(kind)}
    for key, rows in mine.items():
        if len(rows) != len(plain):
            problem = f"{len(rows)} lines of [{key}] for {len(plain)} of [{kind}]; align them"
            raise RecordError(problem, path=str(path))
    if plain and f"{kind}:neg" not in forms:
        raise RecordError(f"[{kind}:neg] is missing; give every negation", path=str(path))
    numbers: dict[str, int] = {}
    for row, (name, text, _) in enumerate(plain):
        said = {key: rows[row] for key, rows in mine.items()}
        for other, _, line in said.values():
            if other != name:
                raise line.refused(
                    f"its class differs from that of the same line of [{kind}]; align them"
                )
        label = name or path.name
        numbers[label] = numbers.get(label, 0) + 1
        place = "" if kind == "p_act" else "place_"
        negated = said[f"{kind}:neg"][1]
        yield Attribute(
            f"{place}{label}.{numbers[label]:02d}",
            kind,
            text,
            negated,
            single=said[f"{kind}-single"][1] if f"{kind}-single" in said else text,
            single_negated=(
                said[f"{kind}-single:neg"][1] if f"{kind}-single:neg" in said else negated
            ),
        )


def read_subjects(path: Path) -> tuple[Subject, ...]:
    """Read a file of subjects; one without a cluster is a cluster of its own."""
    named: dict[str, str] = {}
    demonyms: list[str] = []
    for line in _lines(path):
        key, cluster, name = _parts(line, _SUBJECT_KEY, "[subj] or [subj:dem]")
        if key == "subj:dem":
            demonyms.append(name)
        elif name in named:
            raise line.refused("this subject stands here already")
        else:
            named[name] = cluster or name
    if not named:
        raise RecordError("there is no subject in this file; give two or more", path=str(path))
    if demonyms and len(demonyms) != len(named):
        problem = f"{len(demonyms)} lines of [subj:dem] for {len(named)} of [subj]; align them"
        raise RecordError(problem, path=str(path))
    return tuple(
        Subject(name, cluster, demonym)
        for (name, cluster), demonym in zip(
            named.items(), demonyms or [""] * len(named), strict=True
        )
    )


def _parts(line: _Line, keys: re.Pattern[str], wanted: str) -> tuple[str, str, str]:
    """Key, class (or cluster; empty where there is no bar) and text of a line."""
    found = _KEYED.fullmatch(line.text)
    if found is None:
        raise line.refused("the line doesn't begin with a key in square brackets")
    key = found.group(1).strip()
    if not keys.fullmatch(key):
        raise line.refused(f"the key isn't {wanted}")
    before, bar, after = found.group(2).partition("|")
    name, text = (before.strip(), after.strip()) if bar else ("", before.strip())
    if not text or (bar and not name) or "|" in after:
        raise line.refused("the line isn't '[key] class | text' or '[key] text'")
    if _ANY_SLOT.search(text):
        raise line.refused("the text holds a placeholder")
    return key, name, text
