"""``python -m evenhand``, the same as the ``evenhand`` command: starts it with libraries hushed.

What a library has to say to programmers (a deprecation, a progress bar, advice on its settings)
is nothing to whoever runs a verb. Errors still raise. ``python -W`` and ``PYTHONWARNINGS`` win, and
so do the libraries' own variables where they are set.
"""

import os
import sys
import warnings

from evenhand.cli.main import main

_HUSHED = {
    "DATASETS_VERBOSITY": "error",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}


def run() -> None:
    """Run the command line and exit with its code."""
    for name, value in _HUSHED.items():
        os.environ.setdefault(name, value)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    main()


if __name__ == "__main__":
    run()
