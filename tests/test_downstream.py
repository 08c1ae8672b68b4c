import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = ROOT / "tests" / "downstream"


@pytest.fixture
def project(tmp_path):
    """The downstream project, copied out of this checkout."""
    return shutil.copytree(
        PROJECT, tmp_path / "lookalikes", ignore=shutil.ignore_patterns("__pycache__", ".*_cache")
    )


def run(command, project, **environment):
    settings = {"NOTMNIST_OFFLINE": "1", "TF_CPP_MIN_LOG_LEVEL": "2", **environment}
    result = subprocess.run(
        command, cwd=project, env={**os.environ, **settings}, capture_output=True, text=True
    )
    return result.returncode, result.stdout + result.stderr[-4000:]


def test_a_project_that_depends_on_the_package_passes_its_tests(project):
    path = os.pathsep.join((str(ROOT), str(project / "src")))
    status, output = run([sys.executable, "-m", "pytest", "-q"], project, PYTHONPATH=path)
    assert status == 0, output


def test_a_project_that_depends_on_the_package_sees_its_types(project):
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed: extra dev")
    path = os.pathsep.join((str(ROOT), str(project / "src")))
    mypy = [sys.executable, "-m", "mypy", "--follow-imports=silent"]
    status, output = run(mypy, project, MYPYPATH=path)
    assert status == 0, output
    source = project / "src" / "lookalikes" / "pairs.py"
    source.write_text(source.read_text().replace("datasets.CLASS_NAMES", "datasets.CLASS_NAME"))
    status, output = run(mypy, project, MYPYPATH=path)
    assert status == 1
    assert "CLASS_NAME" in output


@pytest.mark.slow
def test_a_project_that_depends_on_the_package_works_in_an_environment_of_its_own(
    project, tmp_path
):
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    pip = [python, "-m", "pip", "--quiet"]
    reachable = run([*pip, "download", "--no-deps", "--dest", str(tmp_path), "hatchling"], project)
    if reachable[0] != 0:
        pytest.skip("no package index can be reached to install from")
    status, output = run([*pip, "install", f"{ROOT}[test]", f"{project}[test]"], project)
    assert status == 0, output
    status, output = run([".ci/run"], project, PYTHON=python)
    assert status == 0, output
