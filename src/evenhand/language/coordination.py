"""Which verbs stand side by side at the top of a duty: "Prepare, examine, or analyze records".

A frame with a gerund ("The work includes …") has to convert all of them. Where it is unclear
whether a word is such a verb, or a noun, or belongs to a clause further down, nothing is said:
no frame is better than a wrong one. A parser would know more; this looks at neighbours only.
"""

from __future__ import annotations

from functools import lru_cache

from evenhand.language.duties import duty_verb
from evenhand.language.function_words import FUNCTION_WORDS
from evenhand.language.inflection import inflect
from evenhand.language.text import Token, tokens

NOUNS_TOO = frozenset(
    """
    act address advocate aid align answer approach audit author balance brief broaden budget call
    care challenge champion chart check clean clear close coach complete contact control copy
    correct counsel design direct discover display document draft draw drive edit estimate
    exercise experiment express file find fit fix focus forecast grow guide handle help hire host
    influence interview inventory issue judge keyboard lead look market match measure mentor
    model move offer open order own package partner photograph place plan play post practice
    present process produce product program project purchase qualify question raise read record
    refine register report request research review route run sample schedule search secure sell
    set shape share show sign sort source sponsor start stay store structure study supply support
    survey talk target test think track travel treat try turn update upgrade use visit volunteer
    welcome work
    """.split()
)
"""Duty verbs whose base form is a noun or an adjective as well."""

VERBS_BESIDE = frozenset(
    """
    accept access administrate amend announce anticipate argue ascertain ask assume attract
    authenticate avoid back bill book borrow calibrate carry cast certify circulate classify
    code commission compensate complement compose conceive conclude contest correlate cultivate
    deal debate declare deduct define delegate deposit derive disburse disclose disseminate
    distinguish divide empower enable encode enroll equip exchange expedite familiarize fill
    finalize finance flag formalize forward fund gain hear highlight impact impart impose
    incorporate integrate invest invoice justify lay lend level link list load meld minimize
    mitigate navigate note notify orient outline pay perceive permit persuade pinpoint pose
    preserve print proofread put quantify quote rank rate re-evaluate reassess rebuild
    reclassify redesign refinance reinforce reject release remediate remind renew reorganize
    repay report reschedule reserve restructure rewrite score screen see seize separate sequence
    simplify specialize spell stage stimulate strategize surrender swap synchronize tabulate
    tell trace trade triage uncover unify uphold value view watch widen withhold
    """.split()
)
"""Verbs that do not open a duty for the other files, but may stand beside one that does."""

_SEPARATORS = frozenset({",", ";", "and", "or", "/", "&", "then", "plus"})
_CLAUSES = frozenset(
    "that which who whom whose how what when where if whether while because so as".split()
)
_DETERMINERS = frozenset(
    """the a an any all each every their them its it this these those his her our your us you
    some other both new""".split()
)
_BOUND = frozenset("with on in at for from as about by through into towards".split())
_NOUN_ENDINGS = tuple("s ing ment tion sion ity ness er or ist ce ship".split())
_LIST_TAIL = frozenset({"including", "like", "e.g."})
_PARTICIPLES = frozenset(
    """using including regarding concerning involving following pending existing counseling
    training pricing marketing accounting engineering budgeting banking bookkeeping housing
    nursing parenting advertising spelling meeting funding staffing""".split()
)
"""Forms in -ing that are no duties of their own beside others."""
_ADJECTIVES = frozenset(
    """accurate adequate alternate appropriate associate candidate certificate climate corporate
    delegate desperate estate graduate immediate intimate late legitimate private rate real-estate
    separate size state date template update wise exercise enterprise expertise franchise
    merchandise concise precise prize""".split()
)


def is_verb(word: str) -> bool:
    """Whether the lower-case word is the base form of a listed verb."""
    return duty_verb(word) == word or word in VERBS_BESIDE


class _Scan:
    """One pass over a statement; ``verbs`` are token indices, ``clear`` tells if all is known."""

    def __init__(self, found: tuple[Token, ...]) -> None:
        self.words = [token.lower for token in found]
        self.verbs = [0]
        self.clear = True
        self.infinitive = self.clause = self.listing = self.unsure = False

    def run(self) -> list[int] | None:
        for index in range(1, len(self.words)):
            self._note(index)
            if self.words[index - 1] in _SEPARATORS and self.words[index] not in _SEPARATORS:
                self.clear = self.clear and self._judge(index)
        return self.verbs if self.clear else None

    def _at(self, index: int) -> str:
        return self.words[index] if 0 <= index < len(self.words) else "."

    def _note(self, index: int) -> None:
        """Remember what opened below the top: an infinitive, a clause, a list of examples."""
        word = self.words[index]
        self.infinitive |= self._at(index - 1) == "to" and is_verb(word)
        self.infinitive |= word in {"help", "helping", "let", "make"} and index > 0
        noun = word in FUNCTION_WORDS or word.endswith(_NOUN_ENDINGS)
        self.unsure |= self._at(index - 1) == "to" and not is_verb(word) and not noun
        self.listing |= word in _LIST_TAIL or (word == "as" and self._at(index - 1) == "such")
        self.clause |= word in _CLAUSES and self._at(index - 1) not in {"such", "well", "known"}

    def _directly(self, index: int) -> bool:
        """Whether only separators stand between this word and a verb of the top."""
        before = index - 1
        while self._at(before) in _SEPARATORS:
            before -= 1
        return before in self.verbs

    def _judge(self, index: int) -> bool:
        """Note the word after a separator if it is a verb of the top; False where it is unclear."""
        word, place = self.words[index], index
        if word.endswith("ly") and is_verb(self._at(index + 1)):
            word, place = self._at(index + 1), index + 1
        if word.endswith("ing") and word not in _PARTICIPLES and not is_verb(word):
            return self.listing and not self._directly(index)
        if word in FUNCTION_WORDS and not is_verb(word):
            return True
        if not is_verb(word):
            return not self._may_be_verb(word, index)
        if self._directly(index):
            self.verbs.append(place)
            return True
        return self._judge_later(word, place)

    def _may_be_verb(self, word: str, index: int) -> bool:
        """Whether a word that is in no list looks like a verb here."""
        plain = word.isalpha() and not word.endswith(("s", "ed"))
        shaped = word.endswith(("ate", "ify", "ize", "ise")) and word not in _ADJECTIVES
        return plain and (shaped or self._at(index + 1) in _DETERMINERS or self._directly(index))

    def _judge_later(self, word: str, place: int) -> bool:
        """The same for a word that follows the object of a verb."""
        comma = "," in {self._at(place - 1), self._at(place - 2)} or self._at(place - 1) == ";"
        noun = word in NOUNS_TOO or word in VERBS_BESIDE
        following = self._at(place + 1)
        if noun and following not in _DETERMINERS:
            ends = following in {".", "of"}
            return ends or (self.listing and following not in _BOUND and following != "to")
        if (
            self.clause
            or self.listing
            or self.unsure
            or self.words[0] in {"help", "let", "make", "assist"}
        ):
            return False
        if self.infinitive:
            return not comma
        self.verbs.append(place)
        return True


@lru_cache(maxsize=4096)
def coordinated(text: str) -> tuple[int, ...] | None:
    """Token indices of the verbs of the top of a statement that opens with a base form.

    None where it is not clear which they are.
    """
    verbs = _Scan(tokens(text)).run()
    return None if verbs is None else tuple(verbs)


def with_forms(text: str, form: str) -> str:
    """The statement with the verbs of its top in another form; empty where they are unclear."""
    verbs = coordinated(text)
    if verbs is None:
        return ""
    found, after = tokens(text), text
    for index in reversed(verbs):
        token = found[index]
        after = after[: token.start] + inflect(token.lower, form) + after[token.end :]
    return after
