"""The documentation site: `make docs`, strict and offline."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

project = "Polysem"
author = "The Polysem developers"
copyright = "The Polysem developers, MIT licence"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "_site"]
exclude_patterns = ["_build", "_site", "gallery", "generated/*.md", "generated/errors"]
default_role = "code"
smartquotes = False

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
# A language that Pygments does not know is a slip; commands have none.
highlight_language = "none"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 70
viewcode_line_numbers = True

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "Polysem"
html_static_path = ["_static"]
html_css_files = ["polysem.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00527f", "color-brand-content": "#00527f"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ee", "color-brand-content": "#7cc4ee"},
}
