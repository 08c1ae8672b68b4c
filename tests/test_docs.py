import importlib.util
import inspect
import json
import os
import re
import shlex
import subprocess
import sys

import pytest

import notmnist
from tests.pages import PAGES, ROOT, blocks, links, slugs

PYTHON = ("python", "pycon")
EXAMPLES = [page for page in PAGES if any(block.language in PYTHON for block in blocks(page))]
BUILT = [page for page in EXAMPLES if "{code-cell}" in page.read_text("utf-8")]
SLOW = [page for page in EXAMPLES if any(block.mark == "slow" for block in blocks(page))]


def by_name(page):
    return page.name


def run(page, tmp_path, *marks):
    """Run a page's examples in a new process, in an empty folder, offline."""
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "MPLBACKEND": "Agg",
        "PYTHONPATH": str(ROOT),
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TFDS_DATA_DIR": str(tmp_path / "tfds"),
    }
    command = [sys.executable, "-m", "tests.pages", str(page), *marks]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    return result.returncode, result.stdout[-2000:] + result.stderr[-4000:]


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[pytest.mark.slow] if page in BUILT else [])
        for page in EXAMPLES  # the build of the docs runs the others
    ],
    ids=by_name,
)
def test_the_examples_of_a_page_run_from_top_to_bottom(page, tmp_path):
    status, output = run(page, tmp_path)
    assert status == 0, output


@pytest.mark.slow
@pytest.mark.parametrize("page", SLOW, ids=by_name)
def test_the_long_examples_of_a_page_run_too(page, tmp_path):
    status, output = run(page, tmp_path, "slow")
    assert status == 0, output


@pytest.mark.parametrize(
    "text",
    [
        "```python\n1 / 0\n```",
        "```pycon\n>>> 1 + 1\n3\n```",
        "```python\nimport urllib.request as r\nr.urlopen('http://example.com')\n```",
    ],
)
def test_an_example_that_is_wrong_is_found(text, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(text)
    status, _ = run(page, tmp_path)
    assert status != 0


def test_every_link_leads_somewhere():
    dead = []
    for page in PAGES:
        for link in links(page):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if re.match(r"\w+:", link):
                continue
            if not target.exists() or (anchor and anchor not in slugs(target)):
                dead.append(f"{page.name} links to {link}")
    assert not dead


def test_every_page_is_in_the_table_of_contents():
    (index,) = (page for page in PAGES if page.name == "index.md")
    listed = {
        line.strip()
        for block in blocks(index)
        if block.language == "{toctree}"
        for line in block.code.splitlines()
    }
    assert {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index", "speed-table"} <= listed


def test_the_commands_on_the_pages_are_commands_of_the_program():
    from notmnist.cli import _parser

    shell = (block for page in PAGES for block in blocks(page) if block.language == "sh")
    for line in "\n".join(block.code for block in shell).splitlines():
        command = re.search(r"python3? -m notmnist\b(.*)", line.replace(".venv/bin/", ""))
        if command:
            _parser().parse_args(shlex.split(command[1], comments=True))


def test_the_page_of_errors_lists_every_one_with_its_built_in_kind():
    rows = {}
    for line in (ROOT / "docs" / "errors.md").read_text("utf-8").splitlines():
        cells = [re.findall(r"`([\w.]+)`", cell) for cell in line.split("|")[1:3]]
        if len(cells) == 2 and cells[0]:
            rows[cells[0][0].rpartition(".")[2]] = set(cells[1])
    for name in set(notmnist.errors.__all__) - {"NotMNISTError", "FallbackWarning"}:
        error = getattr(notmnist.errors, name)
        if isinstance(error, type):
            bases = {base.__name__ for base in error.__bases__} - {"NotMNISTError"}
            assert rows[name] == bases, name


def test_the_page_of_names_has_every_argument():
    text = (ROOT / "docs" / "design.md").read_text("utf-8")
    first = {name for row in re.findall(r"^\| ([^|]+) \|", text, flags=re.MULTILINE)
             for name in re.findall(r"`(\w+)`", row)}  # fmt: skip
    models = [getattr(notmnist.models, name) for name in ("cnn", "logistic", "mlp")]
    for function in (notmnist.load, notmnist.load_data, *models):
        assert set(inspect.signature(function).parameters) <= first, function.__name__


def test_no_page_names_a_place_on_somebodys_machine():
    for page in PAGES:
        assert not re.search(r"(?<![\w.$>/])/(?:home|root|tmp|work)/", page.read_text("utf-8"))


@pytest.mark.slow
def test_the_strict_build_has_no_warning(tmp_path):
    for name in ("sphinx", "myst_parser", "furo", "sphinx_copybutton", "sphinx_design"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: extra docs")
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "docs", str(tmp_path / "html")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-4000:]
    assert (tmp_path / "html" / "index.html").is_file()


def test_every_picture_is_made_from_the_present_edition():
    made = json.loads((ROOT / "docs" / "images" / "made.json").read_text("utf-8"))
    pictures = {path.name for path in (ROOT / "docs" / "images").iterdir()} - {"made.json"}
    assert pictures == set(made)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    edition = notmnist.datasets.EDITIONS["open"]
    for name, source in made.items():
        assert source["edition"] == f"{edition.name} {edition.version}", name
        assert f"\n{source['command'].removeprefix('make ')}:" in makefile, name
