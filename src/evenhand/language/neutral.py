"""Words that a rewording may introduce because they say nothing new: data only.

Generic nouns and verbs of work, words of framing, and plain adverbs. Left out on purpose: praise,
skills, people, anything a reader could hold an employer or a candidate to.
"""

from __future__ import annotations

NEUTRAL_WORDS = frozenset(
    """
    work working role position job task part day include involve such use make take bring put keep
    carry look seek find need want get go come become start begin continue join help ensure sure
    allow let way order area thing something someone people person individual others kind type form
    purpose basis case place range set number variety well good also across along together
    toward towards regarding related concerning relevant appropriate suitable proper properly
    necessary needed required important key main new own able like know show give provide offer
    serve handle deal address relate involve base specific particular certain general different various
    various overall following based necessary clearly carefully directly closely effectively
    accurately promptly properly smoothly steadily day-to-day everyday opportunity chance
    please welcome invite hope enjoy ideally would responsible responsibility duty duties activity
    activities matter matters item items step steps result results outcome outcomes aspect aspects
    aim goal approach process practice method means fit suit match meet reach achieve complete
    perform conduct undertake maintain prepare develop create produce act play
    available open ready interested interest good strong solid clear careful helpful useful
    steady reliable plain simple
    """.split()
)
