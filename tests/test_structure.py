"""How the package is built: what is public, who imports whom, what is silenced and why."""

import ast
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
FOREIGN = {"Any", "Path", "TYPE_CHECKING", "annotations"}
VAGUE = {"base", "common", "core", "helper", "helpers", "lib", "misc", "tools", "util", "utils"}
TENSORFLOW = {
    "notmnist.callbacks.tensorboard",  # writes its records
    "notmnist.datasets.feeds.tf",  # makes a tf.data.Dataset
    "notmnist.datasets.notmnist.own_fonts",  # hands one on
    "notmnist.models.momentum",  # calls a kernel that Keras does not
}
TFDS = {
    "notmnist.datasets.notmnist.notmnist_dataset_builder",
    "notmnist.datasets.notmnist.own_fonts",
    "notmnist.datasets.selection",  # its language of slices
}


def faces(name="notmnist"):
    """The modules that users see: the package, and what stands in its `__all__`, and in theirs."""
    face = importlib.import_module(name)
    inner = (getattr(face, public) for public in face.__all__)
    modules = [each.__name__ for each in inner if isinstance(each, types.ModuleType)]
    return [name, *(deeper for module in modules for deeper in faces(module))]


FACES = faces()
WITH_CODE = {"notmnist.models.weights", "notmnist.sheets"}  # no mere list of names


def trees():
    return {name: ast.parse(path.read_text("utf-8")) for name, path in SOURCES.items()}


def imported(tree, names, *, late):
    """What a module imports: when it is imported itself, or at any time at all."""
    found = set()
    for node in ast.walk(tree) if late else tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in names else node.module)
    return found


def cycle(graph):
    """Modules that import each other in a circle, or none."""
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
        if any(each.split(".")[0] == library for each in imported(tree, sources, late=True))
    }


def unreasoned(text):
    """Suppressions of the linter or the type checker that do not say why."""
    pattern = r"#\s*(?:noqa|type:\s*ignore)(?!: RUF012$)(?::\s*[A-Z]+\d+|\[[\w, -]+\])?(.*)$"
    found = re.findall(pattern, text, flags=re.MULTILINE)
    return [rest for rest in found if not re.match(r"\s*[-#]+ \w+", rest)]


def alias(value):
    """Whether a value is a short name of a type, such as `Floats`."""
    return typing.get_origin(value) is not None or isinstance(value, typing.TypeVar)


@pytest.mark.parametrize("name", [*sorted({*FACES} - WITH_CODE), "notmnist.reproduction"])
def test_the_names_of_a_face_are_those_of_its_all(name):
    face = importlib.import_module(name)
    here = {
        key
        for key, value in vars(face).items()
        if not key.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert here - FOREIGN <= set(face.__all__)
    for public in face.__all__:  # what is imported late too
        assert getattr(face, public) is not None


@pytest.mark.parametrize("name", [name for name in SOURCES if not name.endswith("__main__")])
def test_what_a_module_defines_without_an_underscore_is_in_its_all(name):
    module, tree = importlib.import_module(name), ast.parse(SOURCES[name].read_text("utf-8"))
    defined = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                defined |= {each.id for each in names if isinstance(each, ast.Name)}
    defined -= {"TYPE_CHECKING"}  # where `typing` is too slow to import
    public = {key for key in defined if not key.startswith("_") and not alias(getattr(module, key))}
    assert public <= set(getattr(module, "__all__", []))


def lacking(text, arguments, *, returns):
    """What a docstring should have and has not."""
    wanted = [rf"^ +\*?{re.escape(name)}: " for name in arguments]
    wanted += [r"^Returns:$"] * returns + [r"^Example:$"]
    return [pattern for pattern in wanted if not re.search(pattern, text, flags=re.MULTILINE)]


@pytest.mark.parametrize(
    "name", sorted({*FACES} - {"notmnist.models.weights"})
)  # inner, but for `save`
def test_public_functions_and_callbacks_document_every_argument_and_have_an_example(name):
    face = importlib.import_module(name)
    for public in face.__all__:
        thing = getattr(face, public)
        if inspect.isfunction(thing) or name == "notmnist.callbacks":
            arguments = inspect.signature(thing).parameters.values()
            named = [each.name for each in arguments if each.kind is not each.VAR_KEYWORD]
            gives = inspect.isfunction(thing) and thing.__annotations__["return"] != "None"
            assert lacking(inspect.getdoc(thing), named, returns=gives) == [], public


def test_a_docstring_that_lacks_an_argument_is_found():
    text = "Do.\n\nArgs:\n    one: First.\n\nReturns:\n    Two.\n\nExample:\n    >>> 1\n    1"
    assert lacking(text, ["one"], returns=True) == []
    assert lacking(text, ["one", "two"], returns=True) == [r"^ +\*?two: "]


def test_no_module_imports_itself_in_a_circle():
    sources = trees()
    graph = {
        name: imported(tree, sources, late=False) & set(sources) - {name}
        for name, tree in sources.items()
    }
    assert cycle(graph) == []


def test_a_circle_is_found():
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c"]


@pytest.mark.parametrize(
    ("library", "expected"), [("tensorflow", TENSORFLOW), ("tensorflow_datasets", TFDS)]
)
def test_a_large_library_is_imported_only_where_it_must_be(library, expected):
    assert users(library, trees()) == expected
    assert users(library, {"late": ast.parse(f"def f():\n    import {library}.python")}) == {"late"}


def test_modules_are_nouns_of_their_own():
    words = {word for name in SOURCES for word in re.split(r"[._]", name)}
    assert not words & VAGUE


@pytest.mark.parametrize("name", SOURCES)
def test_a_module_is_one_idea_of_less_than_four_hundred_lines(name):
    assert len(SOURCES[name].read_text("utf-8").splitlines()) < 400


@pytest.mark.parametrize("name", SOURCES)
def test_every_suppression_says_why(name):
    assert unreasoned(SOURCES[name].read_text("utf-8")) == []


def test_a_suppression_without_a_reason_is_found():
    for bare in ("x = 1  # noqa: F401", "x = 1  # type: ignore[misc]", "x = 1  # noqa"):
        assert len(unreasoned(f"{bare}\n{bare} - because\n")) == 1
