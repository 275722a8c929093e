"""Words of tone: praise, degree and manner that state no duty, no requirement and no fact.

A rewording may drop them. Data only; coded words are in ``wording_rules``, words that may be
added are in ``neutral``.
"""

from __future__ import annotations

TONE_WORDS = frozenset(
    """
    absolutely amazing awesome aggressive aggressively ambitious ambition beautiful beautifully
    best best-in-class big bold boldly brave bright brilliant brilliantly bullish carefully
    compelling competitive confident confidently cool crazy creative crucial cutting-edge cutting
    edge deep deeply demanding determined dominant dominate driven dynamic eager easily effective
    effectively efficient efficiently elite endless energetic energy energized enjoyable enthusiasm
    enthusiastic entrepreneurial epic essential exceptional exceptionally excellent excellence excited
    exciting excitement extraordinary extremely fabulous fantastic fast fast-moving fast-paced fearless
    fierce fiercely fresh friendly fun game-changing genuinely good great greatest greatly
    groundbreaking happy hard hard-working hardcore healthy hearty high-energy high-impact
    high-octane high-performing highly hot huge hungry hustle immense immensely important incredible
    incredibly innovative inspired inspiring intense intensely interesting keen key kick killer leading
    leading-edge legendary lively lovely love loving lucrative magic magical major massive massively
    meaningful mission-critical modern motivated motivating naturally next-generation nice nimble
    outstanding paced passion passionate passionately perfect perfectly phenomenal pioneering pleasant
    powerful powerfully premier proactive proactively proud proudly quick quickly quality radical rapid
    rapidly real really relentless relentlessly remarkable renowned revolutionary revolutionize rewarding
    rigorous robust rockstar ruthless savvy seamless seamlessly seriously sharp simply skillful
    skillfully smart smartly solid spectacular star stellar stimulating strong strongly stunning
    successful successfully super superb superior superstar supportive talented terrific
    thoughtful thoughtfully thrilled thrilling thriving tirelessly tough tremendous tremendously true
    truly unbeatable unique unparalleled unrivaled unrivalled unstoppable valuable vibrant vigorous
    vital warm well-known willing winning wonderful world-class world-leading world-renowned worthwhile
    state-of-the-art cutting-edge art exactly especially particularly literally obviously clearly
    actually basically essentially certainly definitely surely accurately promptly properly
    professionally
    """.split()
)
