"""Figures of stereotyped choice, computed with numpy from scores of shape (examples, 4, 2)."""
