"""What a probe is made of: subjects, attributes, templates, and the examples they fill.

An example is one pair of subjects, one attribute and one template; it gives four prompts, always
in this order: (12, a), (21, a), (12, not a), (21, not a), where 12 says which subject the context
names first. Scores of an example have shape ``(4, 2)``: the last axis is the subject of the *pair*
(0 = ``first``, 1 = ``second``), not of the order. Texts may offend by design: print ids, not texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from evenhand.mitigate.probes import filling, sampling

MASK = "[mask]"
"""Where the answer goes in a question of the masked ("lm") form; other forms don't have it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody, or some group, that a model can choose.

    Attributes:
        text: What the prompt says and what is scored as an answer.
        cluster: The group that figures are pooled over ("female"); the subject's own name where
            its file gives no cluster.
        demonym: The people of a country ("Belgian"); empty elsewhere.
    """

    text: str
    cluster: str
    demonym: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that may be said of a subject, and its negation.

    Attributes:
        id: Safe to print ("rude.03").
        kind: The slot it fits: "p_act" (people) or "l_act" (places).
        text: As filled into a question, about several people.
        negated: As filled into the negated question.
        single: ``text`` about one person or place.
        single_negated: ``negated`` about one person or place.
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

    Attributes:
        id: Safe to print ("gender_noact.01").
        context: With ``[subj1]`` and ``[subj2]`` or their ``:dem`` forms.
        question: With a slot such as ``[p_act]``.
        negated: The question's negation, with a slot such as ``[p_act:neg]``.
    """

    id: str
    context: str
    question: str
    negated: str

    @property
    def slot(self) -> str:
        """The kind of attribute that fits: "p_act" or "l_act"."""
        return filling.slot_of(self.question)

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

    Attributes:
        kind: The kind of bias ("gender").
        template: Id of the template.
        attribute: Id of the attribute.
        first: The pair's subject 0; its text is the one to score (a demonym where the template
            names demonyms).
        second: The pair's subject 1.
        prompts: In the order (12, a), (21, a), (12, not a), (21, not a).
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
        prompts = filling.four_prompts(chosen, said, first, second)
        return Example(self.kind, chosen.id, said.id, first, second, prompts)

    def examples(self, n: int, seed: int) -> list[Example]:
        """Draw ``n`` different examples, as evenly over templates, attributes and pairs as can be.

        The same seed gives the same examples. ``n`` above ``len(self)`` gives all of them.
        """
        drawn = sampling.draw(self.cells, len(self.pairs), min(n, len(self)), seed)
        return [self.example(t, *self.pairs[p], a) for t, a, p in drawn]

    def every_example(self) -> Iterator[Example]:
        """All examples, template by template; there may be millions."""
        for t, a in self.cells:
            for i, j in self.pairs:
                yield self.example(t, i, j, a)

    def _named(self, index: int, demonym: bool) -> Subject:
        subject = self.subjects[index]
        if not demonym:
            return subject
        return Subject(subject.demonym or subject.text, subject.cluster, subject.demonym)
