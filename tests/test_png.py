import io
import itertools
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from notmnist.datasets.png import decode_batch, encode

IMAGES = arrays(np.uint8, (28, 28))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(raw: bytes, *, size=(28, 28), depth=8, colour=0, extra=b"", parts=1) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0))
    packed = zlib.compress(raw)
    cuts = [len(packed) * i // parts for i in range(parts + 1)]
    data = b"".join(chunk(b"IDAT", packed[a:b]) for a, b in itertools.pairwise(cuts))
    return b"\x89PNG\r\n\x1a\n" + head + extra + data + chunk(b"IEND", b"")


@given(st.lists(IMAGES, min_size=1, max_size=4))
def test_encoding_and_decoding_are_inverse(images):
    decoded, reasons = decode_batch([encode(image) for image in images])
    assert not reasons
    assert np.array_equal(decoded, np.stack(images))


@given(
    rows=arrays(np.uint8, (3, 28, 29)),
    filters=arrays(np.uint8, (3, 28), elements=st.integers(0, 4)),
    parts=st.integers(1, 3),
)
def test_every_mix_of_row_filters_gives_the_pixels_that_pillow_reads(rows, filters, parts):
    rows[:, :, 0] = filters
    files = [png(image.tobytes(), parts=parts) for image in rows]
    decoded, reasons = decode_batch(files)
    assert not reasons
    for file, image in zip(files, decoded, strict=True):
        assert np.array_equal(image, np.asarray(Image.open(io.BytesIO(file))))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("options", [{}, {"optimize": True}])
def test_other_modes_of_28_pixels_are_read_as_grey(mode, options):
    image = Image.fromarray(np.arange(784, dtype=np.uint8).reshape(28, 28)).convert(mode)
    file = io.BytesIO()
    image.save(file, "png", **options)
    (decoded,), reasons = decode_batch([file.getvalue()])
    assert not reasons
    assert np.array_equal(decoded, np.asarray(Image.open(file).convert("L")))


PLAIN = bytes(28 * 29)
BAD = {
    "empty": b"",
    "not a readable PNG": b"GIF89a",
    "not 28×28 pixels": png(bytes(29 * 30), size=(29, 29)),
    "more than 8 bits a channel": png(bytes(28 * 57), depth=16),
}


@pytest.mark.parametrize("reason", BAD)
def test_what_cannot_be_used_is_named_and_leaves_its_neighbours_alone(reason):
    image = np.full((28, 28), 7, np.uint8)
    decoded, reasons = decode_batch([encode(image), BAD[reason], encode(image)])
    assert reasons == {1: reason}
    assert np.array_equal(decoded[0], image)
    assert np.array_equal(decoded[2], image)
    assert not decoded[1].any()


@pytest.mark.parametrize(
    "file",
    [
        png(PLAIN)[:-20],  # cut off
        png(PLAIN[:-1]),  # a byte too few
        png(b"\x05" + PLAIN[1:]),  # a filter that does not exist
        png(bytes(784), size=(60_000, 60_000)),
        png(bytes(50_000_000)),  # inflates to more than it says
        png(PLAIN)[:60] + b"\0" + png(PLAIN)[61:],  # a wrong checksum
    ],
    ids=["cut", "short", "filter", "huge", "bomb", "crc"],
)
def test_a_damaged_file_is_skipped_or_read_as_pillow_reads_it(file):
    (decoded,), reasons = decode_batch([file])
    if not reasons:
        assert np.array_equal(decoded, np.asarray(Image.open(io.BytesIO(file))))


@given(st.binary(max_size=200), st.integers(0, 400), st.booleans())
def test_arbitrary_bytes_never_raise(noise, place, whole):
    file = png(PLAIN)
    file = noise if whole else file[:place] + noise + file[place + len(noise) :]
    decoded, reasons = decode_batch([file])
    assert decoded.shape == (1, 28, 28)
    assert set(reasons) <= {0}
