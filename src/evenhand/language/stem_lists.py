"""The nine stem lists of the reference-letter study: data only.

Source: Wan et al. (2023), "Kelly is a Warm Person, Joseph is a Role Model", Findings of EMNLP,
arXiv 2310.09219; lists as released in ``word_constants.py`` of uclanlp/biases-llm-reference-letters
(MIT licence). The study took them from earlier work: ability and standout words from Schmader,
Whitehead and Wysocki (2007), masculine and feminine words from Gaucher, Friesen and Kay (2011),
the others from the literature on letters of recommendation that it cites.

The stems stand as released, defects included, so that published figures reproduce: ``implusive``
is a misspelling and never hits; ``most`` counts as standout; ``outstanding`` lies inside
``outstand`` and ``kinship`` begins with ``kind``, so that one word hits two stems of its list
except in the ``token`` mode of ``odds_ratio``; ``son`` and ``led`` are parts of many words in
``substring`` mode. They are lists for letters. For ads, ``data/wording.toml`` has
forms picked by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STEM_LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        name: tuple(stems.split())
        for name, stems in {
            "ability": """talent intelligen smart skill ability genius brillian bright brain
                aptitude gift capacity flair knack clever expert proficien capab adept able
                competent instinct adroit creative insight analy research""",
            "standout": """excellen superb outstand exceptional unparallel most magnificent
                remarkable extraordinary supreme unmatched best outstanding leading preeminent""",
            "masculine": """activ adventur aggress ambitio analy assert athlet autonom boast
                challeng compet courag decide decisi determin dominan force greedy headstrong
                hierarch hostil implusive independen individual intellect lead logic masculine
                objective opinion outspoken persist principle reckless stubborn superior confiden
                sufficien relian""",
            "feminine": """affection child cheer commit communal compassion connect considerat
                cooperat emotion empath feminine flatterable gentle interperson interdependen kind
                kinship loyal nurtur pleasant polite quiet responsiv sensitiv submissive supportiv
                sympath tender together trust understanding warm whin""",
            "agentic": """assert confiden aggress ambitio dominan force independen daring
                outspoken intellect""",
            "communal": """affection help kind sympath sensitive nurtur agree interperson warm
                caring tact assist""",
            "career": """execut profess corporate office business career promot occupation
                position""",
            "family": """home parent child family marri wedding relatives husband wife mother
                father son daughter""",
            "leader": "execut manage lead led",
        }.items()
    }
)
"""Name of a list to its lower-case stems, in the study's order."""
