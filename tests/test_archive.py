import gzip
import io
import random
import tarfile
import zipfile

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notmnist.datasets.archive import read_archive
from notmnist.datasets.decoder import DecoderPool
from notmnist.datasets.glyphs import Skipped, font_name
from notmnist.datasets.png import encode
from notmnist.datasets.tar import tar_members
from notmnist.errors import ArchiveError, MissingSourceError
from tests.archives import LETTERS, draw, glyphs, stem, write_tar, write_zip


def read(path, **kwargs):
    batches = list(read_archive(path, **kwargs))
    images = np.concatenate([batch.images for batch in batches])
    labels = np.concatenate([batch.labels for batch in batches])
    return images, labels, [name for batch in batches for name in batch.names]


WRITERS = {
    "tar.gz": lambda path, entries: write_tar(path, entries),
    "tar": lambda path, entries: write_tar(path, entries, mode="w"),
    "pax": lambda path, entries: write_tar(path, entries, format=tarfile.PAX_FORMAT),
    "ustar": lambda path, entries: write_tar(path, entries, format=tarfile.USTAR_FORMAT),
    "zip": write_zip,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_container_gives_the_same_images_labels_and_fonts(tmp_path, kind):
    images, labels, names = read(WRITERS[kind](tmp_path / "a", glyphs(7)), batch=16)
    expected = [
        (draw(font, letter), LETTERS.index(letter)) for letter in LETTERS for font in range(7)
    ]
    assert np.array_equal(images, np.stack([image for image, _ in expected]))
    assert labels.tolist() == [label for _, label in expected]
    assert [font_name(name) for name in names[:2]] == ["Test Font 0000.ttf", "Test Font 0001.ttf"]


@pytest.mark.parametrize("kind", ["tar.gz", "pax", "zip"])
def test_names_longer_than_a_tar_header_are_read_whole(tmp_path, kind):
    name = "x" * 300
    path = WRITERS[kind](tmp_path / "a", [(f"top/B/{name}.png", encode(draw(1, "B")))])
    _, labels, names = read(path)
    assert (labels.tolist(), names) == ([1], [name])


def test_members_that_cannot_be_used_are_counted_and_named(tmp_path):
    entries = [
        ("t/A/empty.png", b""),
        ("t/A/text.png", b"no image"),
        ("t/B/large.png", b"\x89PNG" + bytes(1 << 20)),
        ("t/../B/up.png", encode(draw(1, "B"))),
        ("t/C/good.png", encode(draw(1, "C"))),
        ("t/C/.DS_Store", b"x"),
        ("t/C/._good.png", b"x"),
        ("t/K/other.png", encode(draw(1, "A"))),
        ("t/readme.txt", b"x"),
    ]
    skipped = Skipped()
    _, labels, names = read(write_tar(tmp_path / "a", entries), skipped=skipped)
    assert (labels.tolist(), names) == ([2], ["good"])
    assert skipped.to_dict() == {
        "a path that leaves the archive": {"count": 1, "names": ["t/../B/up.png"]},
        "empty": {"count": 1, "names": ["A/empty.png"]},
        "larger than 1 MiB": {"count": 1, "names": ["t/B/large.png"]},
        "not a readable PNG": {"count": 1, "names": ["A/text.png"]},
    }


def test_png_bytes_are_kept_as_they_were(tmp_path):
    (batch,) = read_archive(write_tar(tmp_path / "a", glyphs(2)), keep_png=True)
    assert list(batch.pngs) == [data for _, data in glyphs(2)]


@pytest.mark.parametrize(
    ("kind", "cut"), [("tar.gz", 0.5), ("tar.gz", 0.99), ("tar", 0.5), ("tar", 0.3), ("zip", 0.5)]
)
def test_a_truncated_archive_is_an_error_that_names_it(tmp_path, kind, cut):
    path = WRITERS[kind](tmp_path / "a", glyphs(20))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(ArchiveError, match=r"cut off|damaged"):
        read(path)


def test_a_damaged_tar_header_is_an_error(tmp_path):
    path = write_tar(tmp_path / "a", glyphs(3), mode="w")
    data = bytearray(path.read_bytes())
    data[1024 + 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="header at byte 1024 is no header"):
        read(path)


def test_an_archive_without_letter_folders_is_an_error_that_says_what_is_wanted(tmp_path):
    path = write_tar(tmp_path / "a", [("photos/cat.png", encode(draw(0, "A")))])
    with pytest.raises(ArchiveError, match=r"folders named A to J .* which holds none"):
        read(path)


def test_a_missing_or_foreign_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(MissingSourceError, match=r"nowhere\.tar"):
        read(tmp_path / "nowhere.tar")
    (tmp_path / "text").write_text("not an archive")
    with pytest.raises(ArchiveError, match=r"tar, tar\.gz or zip .*text"):
        read(tmp_path / "text")


@given(seed=st.integers(0, 2**32), format=st.sampled_from([0, 1, 2]), flip=st.booleans())
def test_the_tar_walk_agrees_with_the_standard_library(seed, format, flip):
    draw_random = random.Random(seed)
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=format) as archive:
        for number in range(draw_random.randrange(8)):
            info = tarfile.TarInfo("é/" * draw_random.randrange(3) + f"{number}")
            data = draw_random.randbytes(draw_random.choice([0, 1, 511, 512, 513, 3000]))
            info.size = len(data)
            info.type = draw_random.choice(
                [tarfile.REGTYPE] * 4 + [tarfile.SYMTYPE, tarfile.DIRTYPE]
            )
            if info.type != tarfile.REGTYPE:
                info.size, data = 0, b""
            archive.addfile(info, io.BytesIO(data))
    raw = bytearray(file.getvalue())
    if flip:
        raw[draw_random.randrange(len(raw))] ^= 1 << draw_random.randrange(8)
    try:
        found = list(tar_members(io.BytesIO(raw), 1 << 20))
    except ArchiveError:
        assert flip
        return
    if flip:
        return  # the flip fell on data or padding
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        expected = [(m.name, archive.extractfile(m).read()) for m in archive if m.isfile()]
    assert [(name, data) for name, data in found if isinstance(data, bytes)] == expected


def test_a_font_name_that_is_not_base64_is_taken_as_it_stands():
    assert font_name(stem(3)) == "Test Font 0003.ttf"
    assert font_name("Lato") == "Lato"  # valid base64, but of no text
    assert font_name("Äpfel") == "Äpfel"
    assert font_name("") == ""
    assert font_name("/w==") == "/w=="


def test_a_zip_with_a_wrong_checksum_is_damaged(tmp_path):
    path = write_zip(tmp_path / "a.zip", glyphs(2))
    with zipfile.ZipFile(path) as archive:
        offset = archive.infolist()[5].header_offset + 120
    data = bytearray(path.read_bytes())
    data[offset] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="damaged"):
        read(path)


def test_a_gzip_that_ends_in_the_middle_of_a_member_is_cut_off(tmp_path):
    whole = gzip.decompress(write_tar(tmp_path / "a", glyphs(4)).read_bytes())
    (tmp_path / "b").write_bytes(gzip.compress(whole[: 512 * 5]))
    with pytest.raises(ArchiveError, match="cut off"):
        read(tmp_path / "b")


def test_helper_processes_give_what_one_process_gives(tmp_path):
    entries = [*glyphs(9), ("t/D/empty.png", b""), ("t/J/text.png", b"no image"), *glyphs(20)[90:]]
    path = write_tar(tmp_path / "a", entries)
    alone, shared = Skipped(), Skipped()
    expected = read(path, skipped=alone, batch=7, workers=0)
    found = read(path, skipped=shared, batch=7, workers=2)
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])
    assert found[2] == expected[2]
    assert shared.to_dict() == alone.to_dict()


def test_a_helper_process_that_dies_costs_no_image(tmp_path):
    with DecoderPool(2) as pool:
        batches = [(number, [encode(draw(number, "A"))] * 5) for number in range(20)]
        for number, (images, reasons) in pool.map(iter(batches)):
            assert not reasons
            assert np.array_equal(images, np.stack([draw(number, "A")] * 5))
            if number == 3:
                pool._all[0]._process.kill()


def test_reading_that_stops_early_leaves_no_process(tmp_path):
    path = write_tar(tmp_path / "a", glyphs(9))
    reading = read_archive(path, batch=7, workers=2)
    next(reading)
    children = psutil.Process().children()
    assert children
    reading.close()
    assert not psutil.wait_procs(children, timeout=10)[1]
