"""The structure of the package: what is public, which modules import which, suppressions.

A rule about all modules is one test that lists the offenders.
"""

import ast
import collections
import doctest
import importlib
import inspect
import re
import types
import typing
from pathlib import Path

import pytest

import notmnist

ROOT = Path(notmnist.__file__).parents[1]  # of the installed package, in or out of a checkout
SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.glob("notmnist/**/*.py"))
}
PARTS = sorted({".".join(name.split(".")[:2]) for name in SOURCES} - {"notmnist.__main__"})
FOREIGN = {"Any", "Path", "TYPE_CHECKING", "annotations"}
VAGUE = {"base", "common", "core", "helper", "helpers", "lib", "misc", "tools", "util", "utils"}
TENSORFLOW = {
    "notmnist.callbacks.files.tensorboard",  # writes its records
    "notmnist.datasets.feeds.tf",  # makes a tf.data.Dataset
}
TFDS = {
    "notmnist.datasets.notmnist.fonts",
    "notmnist.datasets.notmnist.notmnist_dataset_builder",
    "notmnist.datasets.store.selection",  # its language of slices
}
# The path of the data: a module may import those before it, but never those after it.
ROAD = (
    "letters", "fetching", "reading", "fonts", "splitting", "curation", "store", "editions",
    "preparation", "default", "feeds", "loading", "exporting", "notmnist",
)  # fmt: skip
MOST_MODULES = 12  # in a folder


def faces(name="notmnist"):
    """Return the modules that users see: the package, those in its `__all__`, and in theirs."""
    face = importlib.import_module(name)
    inner = (getattr(face, public) for public in face.__all__)
    modules = [each.__name__ for each in inner if isinstance(each, types.ModuleType)]
    return [name, *(deeper for module in modules for deeper in faces(module))]


FACES = faces()
WITH_CODE = {"notmnist.tuning"}  # more than a list of names


def trees():
    return {name: ast.parse(path.read_text("utf-8")) for name, path in SOURCES.items()}


def imported(tree, names):
    """Return everything that a module imports at any time, except for the type checker only."""
    found = set()
    typed = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and id(node) not in typed:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and id(node) not in typed:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in names else node.module)
    return found


def cycle(graph):
    """Return modules that import each other in a circle, if there are any."""
    done = set()

    def walk(name, path):
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for following in sorted(graph[name]):
            if found := walk(following, [*path, name]):
                return found
        done.add(name)
        return []

    return next(filter(None, (walk(name, []) for name in graph)), [])


def users(library, sources):
    return {
        name
        for name, tree in sources.items()
        if any(each.split(".")[0] == library for each in imported(tree, sources))
    }


def unreasoned(text):
    """Return suppressions of the linter or the type checker without a reason."""
    pattern = (
        r"#\s*(?:noqa|type:\s*ignore|fmt:\s*\w+)(?!: RUF012$)(?::\s*[A-Z]+\d+|\[[\w, -]+\])?(.*)$"
    )
    found = re.findall(pattern, text, flags=re.MULTILINE)
    return [rest for rest in found if not re.match(r"\s*[-#]+ \w+", rest)]


def alias(value):
    """Return whether a value is an alias of a type, such as `Floats`."""
    return typing.get_origin(value) is not None or isinstance(value, typing.TypeVar)


def order(name):
    """Sort names as ruff does: constants, then classes, then functions, each by name."""
    return (not name.isupper(), not name[:1].isupper(), name)


def defined(tree):
    """Return the public names that a module defines itself."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                each = target.elts if isinstance(target, ast.Tuple) else [target]
                names |= {one.id for one in each if isinstance(one, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def test_what_a_module_defines_without_an_underscore_is_in_its_sorted_all():
    offenders = []
    for name, tree in trees().items():
        if name.endswith("__main__"):
            continue
        module = importlib.import_module(name)
        names = list(getattr(module, "__all__", []))
        hidden = {each for each in defined(tree) - set(names) if not alias(getattr(module, each))}
        missing = [each for each in names if not hasattr(module, each)]
        if hidden or missing or names != sorted(set(names), key=order):
            offenders.append((name, hidden, missing, names))
    assert offenders == []


def test_the_names_of_a_face_are_those_of_its_all():
    offenders = []
    for name in sorted({*FACES} - WITH_CODE):
        face = importlib.import_module(name)
        here = {
            key
            for key, value in vars(face).items()
            if not key.startswith("_") and not isinstance(value, types.ModuleType)
        }
        if not here - FOREIGN <= set(face.__all__):
            offenders.append((name, here - FOREIGN - set(face.__all__)))
    assert offenders == []


@pytest.mark.parametrize("part", PARTS)
def test_the_examples_in_docstrings_run(part, request):
    names = {"notmnist": notmnist, "getfixture": request.getfixturevalue}
    failed = []
    for name in SOURCES:
        if name == part or (name.startswith(f"{part}.") and part != "notmnist"):
            module = importlib.import_module(name)
            result = doctest.testmod(module, extraglobs=names, optionflags=doctest.ELLIPSIS)
            failed += [name] * result.failed
    assert failed == []


def lacking(text, arguments, *, returns):
    """Return what is missing from a docstring."""
    wanted = [rf"^ +\*?{re.escape(name)}: " for name in arguments]
    wanted += [r"^Returns:$"] * returns + [r"^Example:$"]
    return [pattern for pattern in wanted if not re.search(pattern, text, flags=re.MULTILINE)]


def test_public_functions_and_callbacks_document_every_argument_and_have_an_example():
    offenders = []
    for name in FACES:
        face = importlib.import_module(name)
        for public in face.__all__:
            thing = getattr(face, public)
            if inspect.isfunction(thing) or name == "notmnist.callbacks":
                arguments = inspect.signature(thing).parameters.values()
                named = [each.name for each in arguments if each.kind is not each.VAR_KEYWORD]
                gives = inspect.isfunction(thing) and thing.__annotations__["return"] != "None"
                lacks = lacking(inspect.getdoc(thing), named, returns=gives)
                offenders += [(name, public, lack) for lack in lacks]
    assert offenders == []


def test_a_docstring_that_lacks_an_argument_is_found():
    text = "Do.\n\nArgs:\n    one: First.\n\nReturns:\n    Two.\n\nExample:\n    >>> 1\n    1"
    assert lacking(text, ["one"], returns=True) == []
    assert lacking(text, ["one", "two"], returns=True) == [r"^ +\*?two: "]


def graph(sources):
    """Return each module's imports, late ones too, except of packages that import lazily."""
    inner = set(sources) - {"notmnist", "notmnist.datasets"}
    return {name: imported(sources[name], sources) & inner - {name} for name in inner}


def test_no_module_imports_itself_in_a_circle_late_imports_counted():
    assert cycle(graph(trees())) == []


def test_a_circle_is_found():
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c"]


def uphill(links):
    """Return imports of a part of the path by a part before it."""

    def place(name):
        parts = name.split(".")
        return ROAD.index(parts[2]) if parts[:2] == ["notmnist", "datasets"] else None

    return [
        (name, other)
        for name, others in links.items()
        for other in others
        if place(name) is not None and (place(other) is None or place(other) > place(name))
        and other not in ("notmnist.errors", "notmnist.notebook")
    ]  # fmt: skip


def test_imports_go_down_the_road_of_the_data_and_never_back_up():
    assert uphill(graph(trees())) == []
    back = ("notmnist.datasets.reading.idx", "notmnist.datasets.store.arrays")
    assert uphill({back[0]: {back[1]}}) == [back]


def test_evaluation_draws_nothing():
    links = graph(trees())
    assert [
        (name, other)
        for name, others in links.items()
        for other in others
        if name.startswith("notmnist.evaluation") and other.startswith("notmnist.plots")
    ] == []


def test_no_folder_has_more_than_twelve_modules():
    counts = collections.Counter(
        path.parent for path in SOURCES.values() if path.name != "__init__.py"
    )
    assert {folder: count for folder, count in counts.items() if count > MOST_MODULES} == {}


@pytest.mark.parametrize(
    ("library", "expected"), [("tensorflow", TENSORFLOW), ("tensorflow_datasets", TFDS)]
)
def test_a_large_library_is_imported_only_where_it_must_be(library, expected):
    assert users(library, trees()) == expected
    assert users(library, {"late": ast.parse(f"def f():\n    import {library}.python")}) == {"late"}


def test_modules_are_nouns_of_their_own():
    words = {word for name in SOURCES for word in re.split(r"[._]", name)}
    assert not words & VAGUE


def test_a_module_is_one_idea_of_less_than_four_hundred_lines():
    sizes = {name: len(path.read_text("utf-8").splitlines()) for name, path in SOURCES.items()}
    assert {name: size for name, size in sizes.items() if size >= 400} == {}


def test_every_suppression_says_why():
    found = {name: unreasoned(path.read_text("utf-8")) for name, path in SOURCES.items()}
    assert {name: bare for name, bare in found.items() if bare} == {}
    for bare in ("x = 1  # noqa: F401", "x = 1  # type: ignore[misc]", "x = 1  # fmt: skip"):
        assert len(unreasoned(f"{bare}\n{bare} - because\n")) == 1
