import io
import itertools
import struct
import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from notmnist.datasets.reading.images import decode, encode

IMAGES = arrays(np.uint8, (28, 28))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(raw: bytes, *, size=(28, 28), depth=8, colour=0, extra=b"", parts=1) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0))
    packed = zlib.compress(raw)
    cuts = [len(packed) * i // parts for i in range(parts + 1)]
    data = b"".join(chunk(b"IDAT", packed[a:b]) for a, b in itertools.pairwise(cuts))
    return b"\x89PNG\r\n\x1a\n" + head + extra + data + chunk(b"IEND", b"")


@given(st.lists(IMAGES, max_size=4))
def test_encoding_and_decoding_are_inverse(images):
    decoded = decode([encode(image) for image in images])
    assert len(decoded) == len(images)
    assert all(map(np.array_equal, decoded, images))


@given(arrays(np.uint8, st.tuples(*[st.integers(1, 9)] * 2, st.just(3))))
def test_colour_is_encoded_and_decoded_and_equal_channels_become_one(image):
    (decoded,) = decode([encode(image)])
    grey = (image[..., :1] == image).all()
    assert np.array_equal(decoded, image[..., 0] if grey else image)


@given(
    rows=arrays(np.uint8, (3, 28, 29)),
    filters=arrays(np.uint8, (3, 28), elements=st.integers(0, 4)),
    parts=st.integers(1, 2),
)
def test_every_mix_of_row_filters_gives_the_pixels_that_pillow_reads(rows, filters, parts):
    rows[:, :, 0] = filters
    files = [png(image.tobytes(), parts=parts) for image in rows]
    for file, image in zip(files, decode(files), strict=True):
        assert np.array_equal(image, np.asarray(Image.open(io.BytesIO(file))))


def test_grey_images_in_other_modes_and_formats_are_read_as_grey():
    grey = Image.fromarray(np.arange(784, dtype=np.uint8).reshape(28, 28))
    for mode, format in itertools.product(("1", "L", "P", "RGB", "RGBA"), ("PNG", "GIF", "WEBP")):
        file = io.BytesIO()
        grey.convert(mode).save(file, format, **({"lossless": True} if format == "WEBP" else {}))
        expected = np.asarray(Image.open(file).convert("RGB"))[..., 0]
        assert np.array_equal(decode([file.getvalue()])[0], expected), (mode, format)


def test_a_jpeg_in_colour_has_three_channels():
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(file, "JPEG")
    assert decode([file.getvalue()])[0].shape == (30, 40, 3)


PLAIN = bytes(28 * 29)
BAD = {
    "empty": (b"", "empty"),
    "text": (b"<html>", "not a readable image"),
    "16 bits": (png(bytes(28 * 57), depth=16), "more than 8 bits per channel"),
    "a wrong checksum": (png(PLAIN)[:60] + b"\0" + png(PLAIN)[61:], "a damaged PNG"),
    "cut off": (png(PLAIN)[:-20], "a damaged PNG"),
    "60,000 × 60,000": (png(bytes(784), size=(60_000, 60_000)), "more than 1,048,576 pixels"),
    "2**31 wide": (png(b"", size=(2**31 - 1, 1)), "more than 1,048,576 pixels"),
    "no pixels": (png(b"", size=(0, 0)), "not a readable image"),
    "no such depth": (png(PLAIN, depth=3), "not a readable image"),
    "no such colour": (png(PLAIN, colour=5), "not a readable image"),
    "a byte too few": (png(PLAIN[:-1]), "a damaged PNG"),
    "no such filter": (png(b"\x05" + PLAIN[1:]), "a damaged PNG"),
    "a GIF": (b"GIF89a" + bytes(100), "not a readable image"),
    "EPS under the name of a PNG": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a readable image"),
}


def test_what_cannot_be_used_is_named_and_the_images_beside_it_are_read():
    good = np.full((28, 28), 7, np.uint8)
    for kind, (file, reason) in BAD.items():
        before, found, after = decode([encode(good), file, encode(good)])
        assert found == reason, kind
        assert (before == good).all(), kind
        assert (after == good).all(), kind


def test_an_image_that_inflates_to_more_than_it_says_is_read_as_pillow_reads_it():
    (image,) = decode([png(bytes(50_000_000))])
    assert image.shape == (28, 28)


def test_many_empty_chunks_take_no_longer_than_their_bytes():
    chunks = chunk(b"IDAT", b"") * 80_000
    file = png(PLAIN).replace(chunk(b"IEND", b""), chunks + chunk(b"IEND", b""))
    (image,) = decode([file])  # would take minutes if each chunk copied all later ones
    assert image.shape == (28, 28)


@given(st.binary(max_size=200), st.integers(0, 400), st.booleans())
def test_arbitrary_bytes_never_raise(noise, place, whole):
    file = png(PLAIN)
    file = noise if whole else file[:place] + noise + file[place + len(noise) :]
    (found,) = decode([file])
    assert isinstance(found, (str, np.ndarray))


@given(st.integers(0, 8 * len(png(PLAIN)) - 1))
def test_a_changed_bit_of_a_png_never_changes_pixels(bit):
    image = np.arange(784, dtype=np.uint8).reshape(28, 28)
    file = bytearray(encode(image))
    file[bit // 8 % len(file)] ^= 1 << bit % 8
    (found,) = decode([bytes(file)])
    assert isinstance(found, str) or np.array_equal(found, image)
