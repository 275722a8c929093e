"""A trained regulator over the top-k tokens, its controls, its training and its attachment."""

RUN = "mitigation.json"
"""Written last into the folder of a run, it seals every file there."""
CHECKPOINT, WORK = "checkpoint.pt", "work"
"""What an unfinished run goes on from; nobody reads it afterwards, so it isn't sealed."""
AGAIN = "train it again with `evenhand mitigate`"
