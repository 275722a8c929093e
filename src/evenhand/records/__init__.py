"""Jobs, people, outcomes and judgements, and the files they come from and go to.

Names are imported from their modules: the rewriter takes ``records.job`` and ``records.files``, and
that alone must not load people and their attributes.
"""
