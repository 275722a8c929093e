"""Measures of ranked lists: who stands in the top k, and in which order, against the pool.

Every measure is taken within an ad's qualified pool: people who aren't qualified for the ad are
left out of its list and of its pool, and so are people of unknown value. ``figures.list_figures``
gives all of them at once with intervals and chance levels.
"""
