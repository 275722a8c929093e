"""Frames of duties: ways to say "this is a duty of the post" around one and the same statement.

"Prepare reports.", "You will prepare reports." and "The work includes preparing reports." state
one duty. ``framings`` gives a statement in every frame that its grammar allows; ``unframed``
takes the frames off two texts, so that the gates compare what is framed and not the frames.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from evenhand.language.coordination import coordinated, is_verb, with_forms
from evenhand.language.duties import duty_verb, opens_as_duty
from evenhand.language.imperatives import is_imperative, may_be_imperative
from evenhand.language.inflection import inflect
from evenhand.language.text import tokens


@dataclass(frozen=True, slots=True)
class Frame:
    """One way to say that a statement is a duty of the post.

    Attributes:
        name: Short name, for proofs.
        opening: What is put before the statement; may be empty.
        form: ``base``, ``ing`` or ``s``: the form that its verbs take.
    """

    name: str
    opening: str
    form: str


_OPENINGS = {
    "base": """You will; You'll; In this role, you will; In this position, you will;
        In this job, you will; As part of your work, you will; Your work is to; The work is to;
        Your role is to; The role is to; Your job is to; The job is to; It will be your task to;
        One of your tasks is to; One task is to; We ask you to; You will be asked to;
        The person in this role will; The successful candidate will;
        Whoever takes this role will; You""",
    "ing": """You will be; The work includes; Your work includes; The role includes;
        This role includes; Your duties include; Duties include; You will be responsible for;
        Responsible for""",
}
_BARE = (Frame("base form", "", "base"), Frame("gerund", "", "ing"), Frame("third person", "", "s"))
FRAMES: tuple[Frame, ...] = (
    *_BARE,
    *(
        Frame(opening.lower(), opening + " ", form)
        for form, listed in _OPENINGS.items()
        for opening in re.split(r";\s+", listed)
    ),
)
"""All frames that are proposed."""

_OTHER_OPENINGS = (
    "You are responsible for", "You'll be responsible for", "You'll be",
    "One of your duties is to", "One of the duties is to", "This position includes",
    "The position includes", "The job includes", "Your role includes", "Your job includes",
    "The work involves", "The role involves", "This role involves", "Your work involves",
    "Your duties will include", "Duties will include", "Your tasks include", "Tasks include",
    "Responsibilities include", "Your responsibilities include",
)  # fmt: skip
_NOT_OF_A_SPAN = frozenset({"you ", "we ask you to ", "you will be asked to "})
"""Openings that often frame something else than a duty when an ad itself uses them."""

_NOT_TASKS = frozenset(
    """
    receive learn enjoy grow join start understand welcome celebrate remain stay find own relate
    get gain earn look seek hire offer come care try thrive strive apply invite discover
    """.split()
)
_OF_APPLICANTS = frozenset(
    "send submit contact visit check call read bring take think share follow show talk see".split()
)
_ASIDE = re.compile(
    r"\b(?:resume|résumé|cv|cover letter|website|email|link|linkedin|github|more|here|now|today)\b",
    re.I,
)
_NOT_A_DUTY = re.compile(
    r"\b(?:experience|skills?|ability|knowledge|degree|qualifications?|required|preferred|a plus"
    r"|years?|salary|benefits?)\W*$|\b(?:experience|skills?) (?:with|in|of|is|are|required)\b",
    re.I,
)
_STATES = re.compile(
    r"^[\w-]+(?:\s[\w-]+){0,3}?\s(?:is|are|was|were|has|have|will|can|should|must)\b"
)
_READER = re.compile(r"\b(?:you|your|yours|yourself|you'[a-z]+)\b", re.I)
_TEAM = re.compile(r"\b(?:we|us|i|my|me|let's)\b", re.I)
_OURS = re.compile(r"\b(?:our|us|we|you|your)\b", re.I)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _is_gerund(word: str) -> bool:
    return word.endswith("ing") and duty_verb(word) not in {None, word}


def _raised(text: str) -> str:
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """Every known opening at the start of a text, the longest first."""
    known = {frame.opening for frame in FRAMES if frame.opening}
    known |= {f"{opening} " for opening in _OTHER_OPENINGS}
    known |= {f"In {what}, you'll " for what in ("this role", "this position", "this job")}
    longest_first = sorted(known, key=lambda opening: (-len(opening), opening))
    return re.compile("|".join(map(re.escape, longest_first)), re.I)


@lru_cache(maxsize=8192)
def split_frame(text: str) -> tuple[str, str]:
    """(opening, statement) of a text; the opening is empty where no frame is recognised.

    The statement begins with a verb in the form that the opening asks for, in lower case.
    """
    straight = text.replace("\u2019", "'")
    match = _pattern().match(straight)
    if not match or len(straight) != len(text):
        return "", text
    rest = text[match.end() :]
    first = next((token.lower for token in tokens(rest)), "")
    opening = match[0].lower()
    gerund = opening.endswith((" for ", "include ", "includes ", "involves ", " be "))
    fits = _is_gerund(first) if gerund else is_verb(first)
    return (opening, rest) if fits and rest[:1].islower() else ("", text)


def states_duty(text: str) -> bool:
    """Whether a span states a duty of the post, in a frame or without one."""
    opening, rest = split_frame(text)
    first = next((token.lower for token in tokens(rest)), "")
    verb = duty_verb(first)
    if verb is None or opening in _NOT_OF_A_SPAN or (verb in _NOT_TASKS):
        return False
    if not opening and (not opens_as_duty(text) or _STATES.match(text)):
        return False
    if _NOT_A_DUTY.search(rest) or re.search(r"[?!:]", rest):
        return False
    asks = verb in _OF_APPLICANTS and (_OURS.search(rest) or _ASIDE.search(rest))
    return not asks


@lru_cache(maxsize=8192)
def unframed(before: str, after: str) -> tuple[str, str]:
    """Both texts without their frames, where the first states a duty; else both as they are."""
    if not states_duty(before):
        return before, after
    return _raised(split_frame(before)[1]), _raised(split_frame(after)[1])


def _opening(text: str) -> str:
    """The opening of a frame that a text begins with, whatever follows ("You will quickly …")."""
    match = _pattern().match(text.replace("\u2019", "'"))
    return match[0].lower() if match else ""


def _written_out(opening: str) -> str:
    return opening.replace("you'll ", "you will ")


def misframed(before: str, after: str) -> str:
    """What is wrong with the frame of a rewording; empty where nothing is."""
    opening, rest = split_frame(after)
    framed = split_frame(before)[0] or _written_out(opening) == _written_out(_opening(before))
    if opening and not framed and not (states_duty(before) and _maybe(before)):
        return "puts a frame around a sentence that has its own subject"
    core = _base_core(before)
    verbs = coordinated(core) if core else None
    first = next((token.lower for token in tokens(rest)), "")
    if not verbs or not opening:
        return ""
    form = "ing" if _is_gerund(first) else "base"
    other = {"ing": "base", "base": "ing"}[form]
    words = [token.lower for token in tokens(core)]
    wrong = {inflect(words[index], other) for index in verbs[1:]}
    found = [token.lower for token in tokens(rest)]
    if form == "ing":
        right = {inflect(words[index], form) for index in verbs[1:]}
        wrong = {word for word in wrong if inflect(word, "ing") in right}
    after_joint = (word for joint, word in pairwise(found) if joint in {",", "and", "or"})
    clash = next((word for word in after_joint if word in wrong), "")
    return f"breaks the grammar in {clash!r}" if clash else ""


def _gerund_core(text: str) -> str:
    """The statement as it opens with a gerund in the text itself; or nothing."""
    rest = split_frame(text)[1]
    first = next((token.lower for token in tokens(rest)), "")
    return rest if _is_gerund(first) else ""


def _base_core(text: str) -> str:
    """The statement in its base form, without a frame; or nothing."""
    rest = split_frame(text)[1]
    first = next((token.lower for token in tokens(rest)), "")
    if duty_verb(first) == first:
        return _lowered(rest)
    return _plain_gerunds(_lowered(rest)) if _gerund_core(text) else ""


def _plain_gerunds(text: str) -> str:
    """The text with the coordinated gerunds it opens with in their base form; or nothing."""
    match = re.match(r"[a-z]+ing(?:(?:,| and| or|, and|, or) [a-z]+ing)*\b", text)
    if not match or re.search(r"(?:,|\band\b|\bor\b|\bplus|;) [a-z]+ing\b", text[match.end() :]):
        return ""
    bases = {word: duty_verb(word) for word in re.findall(r"(?<![a-z])[a-z]+ing\b", match[0])}
    if not all(bases.values()):
        return ""
    return (
        re.sub(r"(?<![a-z])[a-z]+ing\b", lambda m: str(bases[m[0]]), match[0]) + text[match.end() :]
    )


@dataclass(frozen=True, slots=True)
class _Cores:
    """A statement in each form; empty where the form is not safe."""

    base: str
    ing: str
    s: str


@lru_cache(maxsize=4096)
def _cores(text: str) -> _Cores:
    base = _base_core(text)
    gerund = _gerund_core(text)
    gerund = _lowered(gerund) if gerund else with_forms(base, "ing") if base else ""
    return _Cores(base, gerund, with_forms(base, "s") if base else "")


def _allowed(frame: Frame, rest: str, verb: str) -> bool:
    """Whether the frame goes with the people that the statement itself speaks of."""
    if _READER.search(rest) and (frame.form == "s" or "you" not in frame.opening.lower()):
        return False
    if frame.name == "you will be" and verb in {"be", "have", "remain", "ensure", "act", "serve"}:
        return False
    return not (frame.opening.startswith("We ") and _TEAM.search(rest))


@lru_cache(maxsize=4096)
def framings(text: str, *, beside: bool = False) -> tuple[tuple[str, str], ...]:
    """(text, name of the frame) of a duty in every other frame; none where it states no duty.

    A line without a frame is one only by the parser's word: that it surely is, or may be where it
    stands ``beside`` lines that surely are.
    """
    told = _maybe if beside else _surely
    return tuple(_framings(text)) if states_duty(text) and told(text) else ()


def _surely(text: str) -> bool:
    """Whether a duty has a frame already, or is an imperative for the parser."""
    return bool(split_frame(text)[0]) or is_imperative(_raised(_base_core(text)))


def _maybe(text: str) -> bool:
    """Whether a duty that someone else put into a frame can be one for the parser."""
    return bool(split_frame(text)[0]) or may_be_imperative(_raised(_base_core(text)))


def _framings(text: str) -> Iterator[tuple[str, str]]:
    cores = _cores(text)
    verb = next((token.lower for token in tokens(cores.base)), "")
    for frame in FRAMES:
        core = {"base": cores.base, "ing": cores.ing, "s": cores.s}[frame.form]
        if not core or not _allowed(frame, core, verb):
            continue
        after = frame.opening + core if frame.opening else _raised(core)
        if after != text:
            yield after, f"frame: {frame.name}"
