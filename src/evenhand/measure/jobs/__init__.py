"""Fairness between single ads: how evenly the engine serves them."""
