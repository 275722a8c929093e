"""The audit as one self-contained page, section by section.

Every section turns evidence into the blocks of ``view``; nothing is computed here.
"""
