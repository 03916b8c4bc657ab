"""How Sphinx draws the Developer Hub."""

from hub import search_words
from nce import __version__

project = "nce-iot"
author = "The nce-iot authors"
project_copyright = author
version = release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 6  # those of GitHub, which the pages' links are written for
smartquotes = False  # commands and examples in prose are copied

html_theme = "furo"
html_title = f"nce-iot {version}"
html_static_path = ["look"]
html_css_files = ["hub.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {"color-brand-primary": "#0b5cad", "color-brand-content": "#0b5cad"},
    "dark_css_variables": {"color-brand-primary": "#7db7f0", "color-brand-content": "#7db7f0"},
}
pygments_style = "default"
pygments_dark_style = "github-dark"

search_words.register()
