"""Implicit language Q-learning over cached states; torch is imported by its leaf modules only."""
