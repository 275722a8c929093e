"""Rollouts, fine-tuning and ILQL: how a language model learns what a rewording is worth.

``states`` proposes rewordings, ``rollouts`` judges and keeps them, ``sft`` imitates the good ones,
``ilql`` learns a regulator, ``tune`` does one after the other in the folder of ``runs``;
``training`` is the loop. ``ilql`` and ``training`` load torch when they are imported.
"""
