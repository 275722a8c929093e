"""The page for one person on their own machine: ``evenhand serve``.

It calls what the command line calls and keeps what a person decided; it finds, mends and measures
nothing of its own. Accounts, batches and an API for platforms aren't here.
"""
