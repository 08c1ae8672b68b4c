import gzip
import lzma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from notmnist.datasets.reading.batches import Notes
from notmnist.datasets.reading.idx import find_pairs, read_idx, read_pair
from notmnist.errors import ArchiveError, MissingSourceError
from tests.archives import write_idx, write_idx_pair


@given(
    array=arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, max_side=6)),
    packed=st.sampled_from([bytes, gzip.compress, lzma.compress]),
)
def test_an_array_written_as_idx_is_read_back(tmp_path_factory, array, packed):
    path = tmp_path_factory.mktemp("idx") / "x"
    write_idx(path, array)
    path.write_bytes(packed(path.read_bytes()))
    assert np.array_equal(read_idx(path), array)


@given(cut=st.integers(0, 33), more=st.integers(1, 5))
def test_a_length_that_disagrees_with_the_header_is_an_error(tmp_path_factory, cut, more):
    path = write_idx(tmp_path_factory.mktemp("idx") / "x", np.zeros((2, 3, 3)))
    data = path.read_bytes()
    for changed in (data[:cut], data + bytes(more)):
        path.write_bytes(changed)
        with pytest.raises(ArchiveError, match=r"x'\. .* must (agree|begin)"):
            read_idx(path)


def test_a_header_that_claims_terabytes_is_an_error_at_once(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"\0\0\x08\x03" + b"\x7f\xff\xff\xff" * 3 + b"abc")
    with pytest.raises(ArchiveError, match="3 bytes"):
        read_idx(path)


def test_a_cut_gzip_is_an_error_that_names_the_file(tmp_path):
    path = write_idx(tmp_path / "x-images.gz", np.zeros((5, 28, 28)))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ArchiveError, match=r"x-images\.gz.* cut off or damaged"):
        read_idx(path)


def test_pairs_are_found_by_their_names(tmp_path):
    write_idx_pair(tmp_path, "t10k", 10, "")
    write_idx_pair(tmp_path, "train", 20, ".gz")
    pairs = find_pairs(tmp_path)
    assert [pair.name for pair in pairs] == ["t10k", "train"]
    assert [
        len(batch) for pair in pairs for batch in read_pair(pair, Notes("ABCDEFGHIJ", (28, 28)))
    ] == [10, 20]


def test_a_pair_that_does_not_fit_together_is_an_error(tmp_path):
    write_idx_pair(tmp_path, "a", 10)
    labels = tmp_path / "a-labels-idx1-ubyte.gz"
    (pair,) = find_pairs(tmp_path)
    write_idx(labels, np.zeros(9))
    with pytest.raises(ArchiveError, match=r"one label for each image.*\(9,\) for 10 images"):
        list(read_pair(pair, Notes("ABCDEFGHIJ", (28, 28))))
    write_idx(labels, np.full(10, 10))
    with pytest.raises(ArchiveError, match=r"must be 0 to 9.*Received: 10 to 10"):
        list(read_pair(pair, Notes("ABCDEFGHIJ", (28, 28))))
    write_idx(pair.images, np.zeros((10, 28, 27)))
    with pytest.raises(ArchiveError, match=r"n×28×28 .*\(10, 28, 27\)"):
        list(read_pair(pair, Notes("ABCDEFGHIJ", (28, 28))))
    labels.unlink()
    with pytest.raises(MissingSourceError, match="a-labels"):
        read_idx(labels)
    with pytest.raises(ArchiveError, match=r"labels beside it.* with none"):
        find_pairs(tmp_path)
    for name in ("a-labels-idx1-ubyte", "a-labels.idx1-ubyte"):
        write_idx(tmp_path / name, np.zeros(10))
    with pytest.raises(ArchiveError, match=r"with \['a-labels-idx1-ubyte', 'a-labels\.idx1-ubyte'"):
        find_pairs(tmp_path)


def test_the_file_that_is_damaged_is_the_one_that_is_named(tmp_path):
    for kind in ("images-idx3", "labels-idx1"):
        write_idx_pair(tmp_path, "a", 10)
        path = tmp_path / f"a-{kind}-ubyte.gz"
        path.write_bytes(path.read_bytes()[:-9])
        (pair,) = find_pairs(tmp_path)
        with pytest.raises(ArchiveError, match=rf"a-{kind}-ubyte\.gz.* cut off or damaged"):
            list(read_pair(pair, Notes("ABCDEFGHIJ")))
