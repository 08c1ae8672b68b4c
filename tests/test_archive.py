import contextlib
import gzip
import io
import random
import tarfile
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notmnist.datasets.reading import archives
from notmnist.datasets.reading.archives import read_archive
from notmnist.datasets.reading.batches import Notes, font_name
from notmnist.datasets.reading.images import encode
from notmnist.datasets.reading.tar import tar_members
from notmnist.errors import ArchiveError
from tests.archives import LETTERS, draw, glyphs, outcome, stem, write_tar, write_zip


def read(path, notes=None):
    batches = list(read_archive(path, notes or Notes("ABCDEFGHIJ")))
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


def test_every_container_gives_the_same_images_labels_and_fonts(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_BATCH", 16)
    expected = [
        (draw(font, letter), LETTERS.index(letter)) for letter in LETTERS for font in range(7)
    ]
    for kind, write in WRITERS.items():
        images, labels, names = read(write(tmp_path / kind, glyphs(7)))
        assert np.array_equal(images, np.stack([image for image, _ in expected])), kind
        assert labels.tolist() == [label for _, label in expected], kind
        assert [font_name(name) for name in names[1:3]] == [
            "Test Font 0001.ttf",
            "Test Font 0002.ttf",
        ]


def test_names_longer_than_a_tar_header_are_read_whole(tmp_path):
    name = "x" * 300
    for kind in ("tar.gz", "pax", "zip"):
        path = WRITERS[kind](tmp_path / kind, [(f"top/B/{name}.png", encode(draw(1, "B")))])
        _, labels, names = read(path)
        assert (labels.tolist(), names) == ([1], [name]), kind


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
    notes = Notes("ABCDEFGHIJ")
    _, labels, names = read(write_tar(tmp_path / "a", entries), notes)
    assert (labels.tolist(), names) == ([2], ["good"])
    assert notes.skipped.to_dict() == {
        "a path that leaves the archive": {"count": 1, "names": ["t/../B/up.png"]},
        "empty": {"count": 1, "names": ["t/A/empty.png"]},
        "larger than 1,048,576 bytes": {"count": 1, "names": ["t/B/large.png"]},
        "not a readable image": {"count": 1, "names": ["t/A/text.png"]},
    }


def test_a_truncated_archive_is_an_error_that_names_it(tmp_path):
    for kind, cut in (("tar.gz", 0.5), ("tar.gz", 0.99), ("tar", 0.5), ("tar", 0.3), ("zip", 0.5)):
        path = WRITERS[kind](tmp_path / "letters", glyphs(20))
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * cut)])
        with pytest.raises(ArchiveError, match=r"letters.* (cut off|damaged)"):
            read(path)


def test_a_damaged_tar_header_is_an_error(tmp_path):
    path = write_tar(tmp_path / "a", glyphs(3), mode="w")
    data = bytearray(path.read_bytes())
    data[1024 + 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="invalid tar header at byte 1024"):
        read(path)


def test_a_foreign_file_is_an_error_that_names_it(tmp_path):
    (tmp_path / "text").write_text("not an archive")
    with pytest.raises(ArchiveError, match=r"tar, tar\.gz or zip .*text"):
        read(tmp_path / "text")


KINDS = (
    [tarfile.REGTYPE] * 6
    + [tarfile.AREGTYPE, tarfile.CONTTYPE, b"9", tarfile.DIRTYPE]  # "9" is not a known type
    + [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)


def drawn_tar(draw_random, format):
    """Draw a tar of arbitrary members: long and short names, all types, perhaps global headers."""
    file = io.BytesIO()
    headers = {"comment": "of all"} if format == 2 and draw_random.random() < 0.3 else None
    with tarfile.open(fileobj=file, mode="w", format=format, pax_headers=headers) as archive:
        for number in range(draw_random.randrange(1, 8)):
            folder = "é/" * draw_random.randrange(3) + "x" * draw_random.choice([0, 5, 90])
            info = tarfile.TarInfo(f"{folder}{number}")
            data = draw_random.randbytes(draw_random.choice([0, 1, 511, 512, 513, 3000]))
            info.type = draw_random.choice(KINDS)
            if info.type in (tarfile.DIRTYPE, *KINDS[-4:]):
                data = b""
            info.size = len(data)
            if info.type == tarfile.DIRTYPE:
                info.size = 0
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


@given(seed=st.integers(0, 2**32), format=st.sampled_from([0, 1, 2]), twice=st.booleans())
def test_the_tar_walk_agrees_with_the_standard_library(seed, format, twice):
    raw = drawn_tar(random.Random(seed), format)
    expected = []
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        for member in archive:
            if member.isreg() or member.type not in tarfile.SUPPORTED_TYPES:
                start = member.offset_data
                expected.append((member.name, raw[start : start + member.size]))
    found = list(tar_members(io.BytesIO(raw * (1 + twice)), 1 << 20))
    assert [(name, data) for name, data in found if isinstance(data, bytes)] == (
        expected * (1 + twice)
    )


def test_bytes_after_the_end_are_counted_and_read_so_that_the_checksum_is(tmp_path):
    whole = gzip.decompress(write_tar(tmp_path / "a", glyphs(1)).read_bytes())
    (tmp_path / "b").write_bytes(gzip.compress(whole + b"more" * 200))
    _, reasons = outcome(tmp_path / "b")
    assert reasons == {"bytes after the archive's end": 1}
    packed = bytearray(gzip.compress(whole))
    packed[-6] ^= 1  # in the checksum, after everything that a tar needs
    (tmp_path / "c").write_bytes(packed)
    with pytest.raises(ArchiveError, match="CRC check failed"):
        outcome(tmp_path / "c")


def test_a_second_gzip_member_and_a_second_archive_are_read(tmp_path):
    parts = [write_tar(tmp_path / "a", glyphs(3)[n::2]).read_bytes() for n in (0, 1)]
    (tmp_path / "b").write_bytes(b"".join(parts))
    assert sorted(outcome(tmp_path / "b")[0]) == sorted(stem(n) for n in (0, 1, 2) for _ in LETTERS)


ODD_PATHS = {
    "A\\x.png": "A", "t/A//x.png": "A", "./A/./x.png": "A", "t\\A\\x.png": "A",
    "A/../A/x.png": None, "C:/A/x.png": None, "/A/x.png": None,
}  # fmt: skip


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_a_path_written_another_way_is_read_or_skipped_and_counted(tmp_path, write):
    for path, letter in ODD_PATHS.items():
        names, reasons = outcome(write(tmp_path / "a", [(path, encode(draw(1, "A")))]))
        assert (len(names), sum(reasons.values())) == ((1, 0) if letter else (0, 1)), path


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_a_changed_bit_gives_the_same_examples_a_counted_skip_or_an_error(tmp_path, write):
    """Five hundred bits of an archive; a plain tar has no checksums of names and is not tested."""

    def contents(path):
        notes = Notes()
        batches = list(read_archive(path, notes))
        classes = list(notes.classes)
        found = [
            (classes[label], name, image.tobytes())
            for batch in batches
            for label, name, image in zip(batch.labels, batch.names, batch.images, strict=True)
        ]
        return sorted(found), len(notes.skipped)

    original = write(tmp_path / "a", glyphs(2)).read_bytes()
    expected, _ = contents(tmp_path / "a")
    rng = random.Random(0)
    for _ in range(500):
        data = bytearray(original)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        (tmp_path / "b").write_bytes(data)
        with contextlib.suppress(ArchiveError):
            found, skipped = contents(tmp_path / "b")
            assert set(found) <= set(expected)
            assert len(found) + skipped >= len(expected)


def test_a_font_name_that_is_not_base64_is_used_unchanged():
    assert font_name(stem(3)) == "Test Font 0003.ttf"
    assert font_name("Lato") == "Lato"  # valid base64, but not of text
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
