"""Malicious archives, images and arrays are skipped and counted, or refused."""

import base64
import gzip
import io
import re
import struct
import subprocess
import sys
import tarfile
import warnings
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notmnist.datasets import prepare
from notmnist.datasets.reading.images import encode
from notmnist.datasets.reading.zip import zip_members
from notmnist.errors import ArchiveError
from tests.archives import draw, glyphs, outcome, stem, write_idx, write_tar, write_zip

GOOD = draw(1, "A")
PNG = encode(GOOD)


def everything_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth=8, color=0, raw=b"", extra=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw, 9))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


# Members: each of them together with one good image, in a tar and in a zip.

PATHS = ["../A/x.png", "t/../../A/x.png", "/etc/A/x.png"]


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_a_name_that_leaves_the_archive_is_skipped_and_leaves_no_trace(tmp_path, home, write):
    path = write(tmp_path / "a", [*((name, PNG) for name in PATHS), *glyphs(1)])
    before = everything_below(tmp_path)
    store = prepare(path, verbose=0)
    assert sum(store.sizes().values()) == 10
    skipped = {"a path that leaves the archive": {"count": 3, "names": PATHS}}
    assert store.manifest["skipped"] == skipped
    assert everything_below(tmp_path) == before
    assert all(path.is_relative_to(home / "store") for path in home.rglob("*.npy"))


def test_links_and_devices_in_a_tar_are_skipped_and_counted(tmp_path):
    kinds = "SYMTYPE", "LNKTYPE", "CHRTYPE", "BLKTYPE", "FIFOTYPE"
    with tarfile.open(tmp_path / "a", "w:gz") as archive:
        for kind in kinds:
            info = tarfile.TarInfo(f"t/A/{kind}.png")
            info.type, info.linkname = getattr(tarfile, kind), "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("t/A/good.png")
        info.size = len(PNG)
        archive.addfile(info, io.BytesIO(PNG))
    assert outcome(tmp_path / "a") == (["good"], {"a link": 2, "a device": 2, "a pipe": 1})


def test_links_and_encrypted_members_in_a_zip_are_skipped_and_counted(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        link = zipfile.ZipInfo("t/A/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("t/A/secret.png", PNG)
        archive.writestr("t/A/lzma.png", PNG, zipfile.ZIP_LZMA)
        archive.writestr("t/A/good.png", PNG)
        archive.getinfo("t/A/secret.png").flag_bits |= 1
    reasons = {"a link": 1, "encrypted": 1, "neither stored nor deflated": 1}
    assert outcome(tmp_path / "a") == (["good"], reasons)


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_of_two_members_of_one_name_the_first_stays(tmp_path, write):
    other = encode(draw(2, "A"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns about the duplicate
        path = write(tmp_path / "a", [*glyphs(1), (glyphs(1)[0][0], other)])
    store = prepare(path, verbose=0)
    assert sum(store.sizes().values()) == 10
    reason = store.manifest["skipped"]["a second file of the same name"]
    assert reason == {"count": 1, "names": [f"A/{stem(0)}"]}
    images = np.concatenate([store.images(split) for split in store.sizes()])
    assert not any(np.array_equal(image, draw(2, "A")) for image in images)


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_a_file_that_cannot_be_used_is_skipped_and_counted(tmp_path, write):
    members = {
        "large": png(60_000, 60_000),
        "damaged": PNG[:-20] + b"\0" + PNG[-19:],
        "empty": b"",
        "gif": b"GIF89a" + bytes(100),
        "huge": PNG + bytes(1 << 20),
        "x" * 5000: PNG,
        "good": PNG,
    }
    path = write(tmp_path / "a", [(f"t/A/{name}.png", data) for name, data in members.items()])
    reasons = {
        "more than 1,048,576 pixels": 1,
        "a damaged PNG": 1,
        "empty": 1,
        "not a readable image": 1,
        "larger than 1,048,576 bytes": 1,
        "a name longer than 4 KiB": 1,
    }
    assert outcome(path) == (["good"], reasons)


NAMES = [
    "Lato Regular",
    base64.b64encode(b"\x80\x81\x00").decode(),  # not text
    base64.b64encode(b"a\x1b[31m.ttf").decode(),
    base64.b64encode("Zürich.ttf".encode("latin-1")).decode(),
    'a"b',
    "x" * 4000,
]


@pytest.mark.parametrize("write", [write_tar, write_zip])
def test_any_name_of_a_font_becomes_printable_text(tmp_path, write):
    members = [(f"t/{letter}/{name}.png", PNG) for letter in "AB" for name in NAMES]
    store = prepare(write(tmp_path / "a", members), verbose=0)
    assert len(store.font_names) == len(NAMES)
    for font in store.font_names:
        assert font
        assert font.isprintable()
        font.encode("utf-8")


def test_a_name_that_is_not_utf8_becomes_text_that_can_be_encoded(tmp_path):
    with tarfile.open(
        tmp_path / "a", "w", encoding="latin-1", format=tarfile.GNU_FORMAT
    ) as archive:
        for name, data in (
            ("t/A/Zürich.png", PNG),
            ("t/A/Genève.png", b""),
            ("t/B/Zürich.png", PNG),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    store = prepare(tmp_path / "a", verbose=0)
    assert store.font_names == ("Z\\xfcrich",)
    assert store.manifest["skipped"]["empty"]["names"] == ["t/A/Gen\\xe8ve.png"]


# Bombs: each in a new process, to measure its peak memory.


def write_tar_bomb(path):
    """A member of 8 GB in 8 MB."""
    with gzip.open(path, "wb", compresslevel=6) as file:
        info = tarfile.TarInfo("t/A/x.png")
        info.size = 8 << 30
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(220):  # MB are enough to exceed the limit
            file.write(bytes(1 << 20))


def write_header_bomb(path):
    """A long name of 4 GB."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        info = tarfile.TarInfo("t/A/x.png")
        info.size, info.type = 4 << 30, tarfile.GNUTYPE_LONGNAME
        file.write(info.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 24))


def write_zip_bomb(path):
    """A thousand entries that share the same megabyte of zeros, packed to a kilobyte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t/A/x.png", bytes(1 << 20))
    data = out.getvalue()
    start = data.index(b"PK\1\2")
    end = data.index(b"PK\5\6")
    entries = data[start:end] * 1000
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1000, 1000, len(entries), start, 0)
    path.write_bytes(data[:start] + entries + tail)


def write_directory_bomb(path):
    """A hundred thousand empty members."""
    entry = b"PK\1\2" + bytes(24) + struct.pack("<3H", 9, 0, 0) + bytes(12) + b"t/A/x.png"
    local = b"PK\3\4" + bytes(22) + struct.pack("<2H", 9, 0) + b"t/A/x.png"
    count = 100_000
    size = len(entry) * count
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, size, len(local), 0)
    path.write_bytes(local + entry * count + tail)


def write_image_bombs(path):
    """Images whose pixels, text or colour profile unpack to 250 MB each."""
    zeros = zlib.compress(bytes(250_000_000), 6)
    entries = [
        ("t/A/a.png", PNG[:33] + chunk(b"IDAT", zeros) + PNG[-12:]),
        ("t/A/b.png", PNG[:33] + chunk(b"zTXt", b"k\0\0" + zeros) + PNG[33:]),
        ("t/A/c.png", PNG[:33] + chunk(b"iCCP", b"k\0\0" + zeros) + PNG[33:]),
        ("t/A/d.png", png(60_000, 60_000).replace(PNG[-12:], chunk(b"IDAT", zeros) + PNG[-12:])),
        ("t/A/good.png", PNG),
        ("t/B/good.png", PNG),
    ]
    assert all(len(data) <= 1 << 20 for _, data in entries)
    write_tar(path, entries)


def write_idx_bomb(path):
    """A pair of IDX files of 300,000 blank images, 235 MB in 0.3 MB."""
    path.mkdir()
    for kind, shape in (("images-idx3", (300_000, 28, 28)), ("labels-idx1", (300_000,))):
        head = bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
        with gzip.open(path / f"x-{kind}-ubyte.gz", "wb", compresslevel=6) as file:
            file.write(head)
            left = int(np.prod(shape))
            while left > 0:
                file.write(bytes(min(left, 1 << 20)))
                left -= 1 << 20


BOMBS = {
    write_tar_bomb: "unpacks to more than",
    write_header_bomb: "claims 4294967296 bytes",
    write_zip_bomb: "unpacks to more bytes|Overlapped entries",  # zipfile itself, in later Pythons
    write_directory_bomb: "its directory lists 100000 of 65535 members",
    write_image_bombs: None,
    write_idx_bomb: "unpacks to more than",
}
MEASURE = """
import resource, sys
from notmnist.datasets import prepare
small, *bombs = sys.argv[1:]
prepare(small, verbose=0)  # what any preparation takes
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for bomb in bombs:
    try:
        prepare(bomb, verbose=0)
    except Exception as error:
        print(type(error).__name__, str(error).replace("\\n", " "))
    else:
        print("read")
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_bomb_is_refused_and_takes_less_than_200_mb(tmp_path, archive, home):
    paths = [tmp_path / write.__name__ for write in BOMBS]
    for write, path in zip(BOMBS, paths, strict=True):
        write(path)
    command = [sys.executable, "-c", MEASURE, str(archive), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    lines = done.stdout.splitlines()
    for path, reason, said, more in zip(
        paths, BOMBS.values(), lines[::2], lines[1::2], strict=True
    ):
        assert int(more) < 200, path.name
        if reason is None:
            assert said == "read"
        else:
            assert said.startswith("ArchiveError "), said
            assert re.search(reason, said), said
            assert path.name in said, "it names the file"
    litter = [path for path in (home / "store").rglob("*") if path.name.endswith((".tmp", ".raw"))]
    assert not litter


# Hypothesis: arbitrary bytes.


def is_hidden(path):
    """Return whether a member is ignored, not counted; a backslash separates folders too."""
    *folders, file = re.split(r"[/\\]", path)
    if file[:1] == ".":
        return True
    folders = [folder for folder in folders if folder not in ("", ".")]
    return ".." not in folders and any(name[0] == "." or name == "__MACOSX" for name in folders)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    entries=st.lists(
        st.tuples(
            st.text(
                st.characters(blacklist_characters="\0", codec="utf-8"), min_size=1, max_size=30
            ),
            st.one_of(
                st.binary(max_size=200),
                st.builds(lambda head, rest: PNG[:head] + rest, st.integers(0, 90), st.binary()),
            ),
        ),
        max_size=5,
        unique_by=lambda entry: entry[0],
    ),
    write=st.sampled_from([write_tar, write_zip]),
)
def test_arbitrary_bytes_as_members_are_read_or_skipped(tmp_path_factory, entries, write):
    folder = tmp_path_factory.mktemp("any")
    members = [(f"t/A/{name.replace('/', '_')}x.png", data) for name, data in entries]
    path = write(folder / "a", [*dict(members).items(), ("t/B/good.png", PNG)])
    names, reasons = outcome(path)
    hidden = sum(is_hidden(name) for name in dict(members))
    assert len(names) + sum(reasons.values()) + hidden == len(dict(members)) + 1
    assert everything_below(folder) == ["a"]


def test_a_zip64_archive_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        for name, data in glyphs(1):
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(data)
    assert [data for _, data in zip_members(tmp_path / "a", 1 << 20)] == [d for _, d in glyphs(1)]


def test_idx_files_that_claim_more_than_they_contain_are_refused(tmp_path):
    write_idx(tmp_path / "x-images-idx3-ubyte", np.zeros((3, 28, 28)))
    (tmp_path / "x-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + struct.pack(">I", 3) + b"ab")
    with pytest.raises(ArchiveError, match=r"x-labels-idx1-ubyte.* 2 bytes instead of 3"):
        prepare(tmp_path, verbose=0)
