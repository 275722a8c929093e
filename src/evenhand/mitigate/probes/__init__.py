"""Probe sets: underspecified questions over two subjects, read, filled, split and sampled."""
