"""Sphinx's settings: `make docs` builds the pages strictly, without a network connection."""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["NOTMNIST_OFFLINE"] = "1"  # the examples that the build runs use the edition open
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the pages describe this checkout, whatever is installed

import jupytext  # noqa: E402 - the path comes first

import notmnist  # noqa: E402

project = "notmnist"
author = "the notmnist contributors"
project_copyright = f"2026, {author}"
version = release = notmnist.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinxext.opengraph",
]
exclude_patterns = ["_build", "_ipynb", "speed-table.md"]  # the table is part of a page
nb_execution_mode = "cache"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_output_stderr = "remove"
nb_merge_streams = True
templates_path = ["_templates"]
autosummary_imported_members = True
nitpicky = True
smartquotes = False  # "train" in a docstring is code
default_role = "code"  # docstrings write `name`, as Keras's do
highlight_language = "none"  # so that a block without a language is not Python

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "signature"
autodoc_member_order = "groupwise"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False  # "Returns: The batches: ..." names no type
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True

# Links to other projects would need an inventory from the internet: their names stay plain text.
_OTHERS = (
    "collections|Image|keras|matplotlib|np|npt|numpy|os|pathlib|PIL|sklearn|tf|tensorflow|tfds"
    "|types"
)
nitpick_ignore_regex = [
    (r"py:.*", rf"({_OTHERS})\..*"),
    (r"py:.*", r"_?[A-Z][A-Za-z]*"),  # a module's own aliases, such as Images
    (r"py:class", r"utils\.VersionOrStr|dict\[str"),  # TFDS's, in FontsConfig's signature
    (r"py:class", r"notmnist\..*"),  # types in signatures that the API page does not list
]

# The addresses of the published pages and repository, if any, for links and social pictures.
SITE = os.environ.get("NOTMNIST_SITE", "")
REPOSITORY = os.environ.get("NOTMNIST_REPOSITORY", "")

html_theme = "furo"
html_favicon = "images/favicon.png"
ogp_site_url = SITE or "/"
ogp_image = f"{SITE}/_images/letters.gif"
ogp_social_cards = {"enable": False}
html_title = f"notmnist {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sphinx = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#8a1c24", "color-brand-content": "#8a1c24"},
    "dark_css_variables": {"color-brand-primary": "#f0a0a0", "color-brand-content": "#f0a0a0"},
}

if REPOSITORY:
    html_theme_options |= {
        "source_repository": REPOSITORY,
        "source_branch": "main",
        "source_directory": "docs/",
    }

_PACKAGES = ("notmnist", "datasets", "models", "callbacks", "evaluation", "plots")


def _public_names() -> dict[str, str]:
    """Return, for each name's place of definition, the place where the pages describe it."""
    places = {}
    for package in _PACKAGES:
        path = package if package == "notmnist" else f"notmnist.{package}"
        module = importlib.import_module(path)
        for name in module.__all__:
            home = getattr(getattr(module, name), "__module__", None)
            if home not in (None, path):
                places[f"{home}.{name}"] = f"{path}.{name}"
    return places


def _resolve(app: Any, env: Any, node: Any, contnode: Any) -> Any:
    """Link a type in a signature to its place on the API page."""
    target = app.notmnist_names.get(node.get("reftarget"))
    if target is None:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, contnode)


def _escape(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Escape the star of a shape such as (batch, *input_shape), which would start emphasis."""
    lines[:] = [re.sub(r", \*(\w+)\)", r", \\*\1)", line) for line in lines]


def _write_notebooks(app: Any) -> None:
    """Write the notebooks for readers to download."""
    folder = Path(app.srcdir, "_ipynb")
    folder.mkdir(exist_ok=True)
    for source in Path(app.srcdir, "notebooks").glob("*.md"):
        text = re.sub(r"{download}.*\n", "", source.read_text("utf-8"))
        notebook = jupytext.reads(text, "md:myst")
        jupytext.write(notebook, folder / f"{source.stem}.ipynb")


def setup(app: Any) -> None:
    """Set up this extension; Sphinx calls it."""
    app.connect("builder-inited", _write_notebooks)
    app.connect("autodoc-process-docstring", _escape)
    app.notmnist_names = _public_names()
    app.connect("missing-reference", _resolve)
