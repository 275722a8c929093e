"""Families of measures of lists: each gives ``Figure``s of everything that it knows."""
