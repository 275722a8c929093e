"""Rollouts, alignment and ILQL: how a language model learns what a rewording is worth.

Modules that need torch are imported by their full names, so that this package stays light.
"""
