"""A trained regulator over the top-k tokens, its controls, its training and its attachment."""

RUN = "mitigation.json"
"""Written last into the folder of a run, it seals every file there."""
AGAIN = "train it again with `evenhand mitigate`"
