"""Closed classes of words: English function words, and common ones of other languages.

Data only. A function word carries no content of its own; those that carry a *fact* (negation,
modality, quantity, time) are looked at by ``facts``.
"""

from __future__ import annotations

FUNCTION_WORDS = frozenset(
    """
    a an the this that these those such same own other another each every all both either
    neither any some no none not n't nor never few many much more most less least several enough
    i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his
    himself she her hers herself it its itself they them their theirs themselves one ones who
    whom whose which what where when why how whoever whatever whichever wherever whenever
    someone somebody something anyone anybody anything everyone everybody everything nobody
    nothing and or but so yet if unless because since although though while whereas whether than
    as of in on at by for with from to into onto upon over under above below between among
    amongst through throughout during before after until till against about around across along
    beside besides beyond within without toward towards near off out up down via per versus vs
    including concerning regarding despite except like unlike plus minus be am is are was were
    been being 's 're 'm 'll 've 'd ' do does did done doing have has had having can could may
    might must shall should will would ca wo sha ought there here then now just also too very
    quite rather only even ever again still already not further furthermore moreover however
    therefore thus hence else instead otherwise yes please etc e.g. i.e. eg ie s t and/or
    """.split()
)

BEFORE_NOUNS = frozenset(
    """
    a an the this that these those our your their its his her my all both each every other any
    some various many several new existing current potential key internal external senior and 's '
    """.split()
)
"""Words that may stand between a preposition and its noun."""

FOREIGN_FUNCTION_WORDS = frozenset(
    """
    der das und ein eine einen einem einer ist sind wir sie ihr ihre unser unsere mit von zu zum
    zur im für auf bei nicht auch oder als wird werden haben sich dich dein deine deinem kannst
    les une est sont nous vous votre notre nos vos dans pour avec aux ce cette qui que ne leur
    être avez avoir ses lo una son nosotros tu su sus en por para se está como más nuestro
    nuestra il gli uno di che è sono noi voi nostra nostro della nel alla dei delle si um uma é
    são nós você em com da dos das ao à não mais nossa nosso het een op te voor zijn wij je jij
    ons onze aan niet ook naar wordt bent och att det som på är av för till din vår inte har ett
    jest są nie się oraz dla od przez jako
    """.split()
)
"""Frequent function words of Western European languages that are not English words or names."""
