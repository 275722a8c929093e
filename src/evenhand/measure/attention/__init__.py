"""Measures of exposure: how much attention the places of lists give to groups and people.

Measures that are blind to merit (parity of exposure, AWRF, favoured pairs) are taken within an
ad's qualified pool. Those that have merit in their formula (treatment, impact, expected exposure,
pairwise accuracy, equity of attention) look at everybody, qualified or not: within the qualified
pool a yes-or-no relevance would make them say what parity of exposure says already.
``figures.exposure_figures`` gives all of them at once with intervals and chance levels.
"""
