"""The command line: a face over ``verbs`` with no logic of its own."""
