"""A trained regulator over the top-k tokens, its controls, its training and its attachment."""
