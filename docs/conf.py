"""How the documentation site is built: Sphinx, MyST and Furo, from the pages as they are.

``make site`` runs it. The source folder is the repository itself, so that links between pages are
the same in a checkout and on the site; links to other files become downloads. Nothing is fetched
from elsewhere when the site is read: it works from a folder, search included.
"""

from __future__ import annotations

from evenhand import __version__

project = "evenhand"
release = version = __version__
copyright = "the authors of evenhand, Apache-2.0"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**/*.md", "docs/*.md"]
exclude_patterns = [".*", "**/.*", "bench", "build", "configs", "locks", "runs", "src", "tests"]
templates_path = ["templates"]

myst_heading_anchors = 4

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # an attribute that the class declares and its docstring explains is one

html_theme = "furo"
html_title = f"evenhand {version}"
html_copy_source = False
html_show_sourcelink = False
html_additional_pages = {"index": "to_the_start.html"}
