"""Measures of parity and ranking quality, with intervals and nulls; numpy only.

``measures.measure_rankings`` and ``compare.compare_rankings`` are the front doors; ``families``
holds what an audit of lists shows, ``rates`` what it shows of outcomes. What every measure is
stands on its card in ``data/measures``.
"""
