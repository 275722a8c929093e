"""Measuring and lessening stereotyped choices of a language model, its weights left as they are.

``probes`` asks questions that a text doesn't answer, ``metrics`` says how far a model's choices
between two subjects lean, and further rooms score models and train a small layer over the likeliest
tokens. Importing this package, ``probes`` or ``metrics`` needs neither torch nor transformers.
"""
