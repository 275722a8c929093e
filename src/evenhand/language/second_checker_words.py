"""Tables of the second checker: small words by class, and words that only look like people.

Data only, and on purpose not shared with the tables of ``facts``.
"""

from __future__ import annotations

CLASSES = {
    "not": "not no never without nor none neither except unless",
    "must": "must require requires required need needed mandatory essential necessary",
    "wish": "preferred prefer plus bonus desirable ideally ideal optional advantage asset",
    "should": "should ought",
    "may": "may might could",
    "can": "can capable",
    "willing": "willing",
    "all": "all every each always",
    "any": "any",
    "both": "both",
    "only": "only solely exclusively",
    "some": "some",
    "several": "several",
    "few": "few",
    "many": "many numerous",
    "most": "most",
    "mainly": "mainly mostly primarily",
    "half": "half",
    "two": "twice double",
    "either": "or either",
    "if": "if whether",
    "clause": "who which whose whom that",
    "example": "such including",
    "but": "but however though",
    "more": "more",
    "less": "less fewer",
    "than": "than",
    "instead": "instead rather",
    "floor": "floorbound",
    "ceiling": "ceilingbound",
    "about": "approximately roughly nearly almost",
    "before": "before",
    "after": "after",
    "until": "until",
    "since": "since",
    "during": "during",
    "day": "daily day days",
    "week": "weekly week weeks",
    "month": "monthly month months",
    "year": "annually annual yearly year years",
    "hour": "hourly hour hours",
    "last": "last previous",
    "next": "next",
    "now": "now current currently",
    "recent": "recently recent",
    "former": "former formerly",
    "soon": "soon",
    "past": "was were had did",
    "above": "above",
    "below": "below",
    "in": "internal",
    "out": "external",
    "up": "increase increases increasing",
    "down": "decrease decreases decreasing reduce reduces reducing",
    "senior": "senior",
    "junior": "junior",
    "remote": "remote remotely",
    "permanent": "permanent",
    "temporary": "temporary",
    "against": "against",
    "help": "help helps helping assist assists assisting",
    "lead": "lead leads leading led",
    "oversee": "oversee oversees overseeing supervise supervises supervising",
    "approve": "approve approves approved approving",
    "licensed": "registered certified licensed chartered accredited",
}

NOT_PEOPLE = frozenset(
    """
    administer after agree agreement alter
    another answer apartment argument assessment assignment assist
    behavior better brilliant career center centre chapter cluster color comment committee
    complement component computer confer confident consider consist consistent constant content
    counter cover current december degree deliver department development differ different
    discover document efficient either element employ enter environment equipment error event
    ever every excellent exist experiment factor fee filter folder footer for foster free
    frequent further gather government grant greater guarantee header her here higher honor
    however human implement important improvement independent infer instrument intelligent
    investment labor larger layer letter list lower major management master matter measurement
    minor moment monitor never newsletter nor november number october offer or order other over
    oversee paper parchment patient-centred payment per percent permanent plant pleasant
    power prefer
    present prevent prior proper quarter rather recent refer register relevant render represent
    requirement resist restaurant router sector see segment sent september server significant
    spent statement suffer summer supplement tailor talent than there three together transfer
    treatment tutor-led under urgent vector want water weekender were where whether winter woman
    """.split()
)
