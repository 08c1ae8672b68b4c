import subprocess
import sys

import pytest

import notmnist

HEAVY = ("tensorflow", "keras", "sklearn", "matplotlib", "tensorflow_datasets", "numpy", "PIL")


def loaded(code):
    """Return the heavy modules that `code` imports, in a new process."""
    check = f"{code}; import sys; print(*[m for m in {HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_importing_notmnist_imports_nothing_heavy():
    assert loaded("import notmnist") == []


def test_that_test_can_fail():
    assert loaded("import notmnist; notmnist.load") == ["numpy"]


def test_a_numpy_feed_needs_neither_tensorflow_nor_keras():
    assert loaded("import notmnist; notmnist.load('open', format='numpy', verbose=0)") == ["numpy"]


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="lode"):
        notmnist.lode  # noqa: B018 - asking is the test
    assert set(notmnist.__all__) <= set(dir(notmnist))


def test_nothing_of_the_library_prints():
    run = subprocess.run(
        [sys.executable, "-c", "import notmnist; notmnist.load('open', format='numpy', verbose=0)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (run.stdout, run.stderr) == ("", "")


def test_every_error_belongs_to_the_family_and_to_a_built_in_kind():
    kinds = {
        "ArchiveError": ValueError, "ArgumentError": ValueError, "DownloadError": OSError,
        "IntegrityError": OSError, "MissingSourceError": FileNotFoundError, "StoreError": OSError,
    }  # fmt: skip
    for name, kind in kinds.items():
        error = getattr(notmnist, name)("what was received")
        assert isinstance(error, notmnist.NotMNISTError)
        assert isinstance(error, kind)
        assert str(error) == "what was received"
