"""Words of tone: praise and degree that state no duty, no requirement and no fact.

A rewording may drop them. Words that praise in one place and state something in another ("big
data", "deep learning", "real customers", "creative agency") are left out. Data only; coded words
are in ``data/wording.toml``, words that may be added are in ``neutral``.
"""

from __future__ import annotations

TONE_WORDS = frozenset(
    """
    absolutely actually amazing amazingly awesome basically beautifully best-in-class brilliant
    brilliantly bullish certainly clearly compelling cool cutting-edge definitely dynamic
    enjoyable enthusiasm enthusiastic enthusiastically epic excellence excellent exceptional
    exceptionally excited excitement exciting exhilarating extraordinarily extraordinary
    extremely fabulous fantastic fearless fierce fiercely game-changing genuinely great greatest
    greatly groundbreaking happy hard-working hardcore hardworking high-energy high-impact
    high-octane highly hugely immense immensely incredible incredibly insanely inspired
    inspiring intense intensely interesting keen killer legendary literally lively love lovely
    loving lucrative magical massively meaningful naturally obsessively obviously outstanding
    passion passionate passionately perfect perfectly phenomenal pioneering pleasant powerful
    powerfully premier proud proudly quite radically really relentless relentlessly remarkable
    remarkably renowned revolutionary rewarding rockstar ruthless seamless seamlessly seriously
    simply spectacular stellar stimulating stunning superb superbly superior superstar
    surely talented terrific thoroughly thoughtful thoughtfully thrilled thrilling thriving
    tirelessly top-notch tremendous tremendously truly unbeatable unparalleled unrivaled
    unrivalled unstoppable very vibrant vigorous wonderful wonderfully world-class world-leading
    world-renowned worthwhile
    """.split()
)
