"""Measures of parity and ranking quality, with intervals and nulls; numpy only.

``summary.measure_rankings`` and ``comparison.compare_rankings`` are the front doors; one file holds
one measure.
"""
