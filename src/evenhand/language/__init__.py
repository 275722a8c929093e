"""Language: spans that may be reworded, wording rules, protected facts, text gates, diffs.

spaCy and simplemma are imported on first use. Names are imported from their modules: an audit of a
spreadsheet reads one of them and must not load all.
"""
