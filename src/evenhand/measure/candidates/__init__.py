"""Fairness between single people: how evenly the lists show everybody, whatever their group."""
