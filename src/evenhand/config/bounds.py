"""Bounds of counts that options and settings share; loads nothing, since every start reads it."""

MOST_SAMPLES = 1_000
"""Rewordings of a span that may be asked for."""
LAST_SEED = 2**32 - 1
"""The last seed that every library's generator takes."""
