import contextlib
import io
import subprocess
import tracemalloc
import zlib

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

import notmnist
from notmnist.cli import main
from notmnist.datasets import CLASS_NAMES
from notmnist.datasets.fonts.rendering import draw
from notmnist.errors import ArgumentError, MissingSourceError
from notmnist.models.reading import as_glyph, read


def dejavu():
    import matplotlib

    return f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"


def picture(letter, *, mode="L", ink=255, ground=0, size=(120, 90), at=(50, 12), height=48):
    """Draw a letter of DejaVu Sans somewhere on a larger background."""
    drawn = Image.new("L", size, ground)
    font = ImageFont.truetype(dejavu(), height)
    ImageDraw.Draw(drawn).text(at, letter, ink, font)
    return drawn.convert(mode)


def test_a_picture_becomes_what_the_data_set_would_make_of_the_letter():
    same = draw(dejavu(), "G")["G"]
    seen = as_glyph(picture("G", size=(300, 300), height=168))
    assert seen.shape == (28, 28)
    assert seen.dtype == np.uint8
    assert np.abs(seen.astype(int) - same).mean() < 2  # edges at a sixth of a pixel
    moved = as_glyph(picture("G", size=(400, 500), at=(200, 200), height=168))
    assert np.array_equal(seen, moved)


def test_every_mode_of_picture_is_made_grey(tmp_path):
    for mode in ("L", "RGB", "RGBA", "P", "1", "LA", "CMYK", "I;16"):
        plain = picture("B", mode="1" if mode == "1" else "L")
        if mode == "I;16":
            other = Image.fromarray(np.asarray(plain).astype(np.uint16) * 257)
        else:
            other = plain.convert(mode)
        path = tmp_path / f"b.{'tiff' if mode in ('CMYK', 'I;16') else 'png'}"
        other.save(path)
        assert np.abs(as_glyph(path).astype(int) - as_glyph(plain.convert("L"))).max() <= 2, mode


def test_dark_on_light_is_given_and_not_guessed():
    light, dark = picture("E"), picture("E", ink=0, ground=255)
    assert np.array_equal(as_glyph(light), as_glyph(dark, dark_on_light=True))
    assert not np.array_equal(as_glyph(light), as_glyph(dark))


def test_transparent_parts_are_background():
    letter = picture("F")
    for ink, dark_on_light in ((0, True), (255, False)):
        shown = Image.merge("LA", (Image.new("L", letter.size, ink), letter))
        assert np.array_equal(as_glyph(shown, dark_on_light=dark_on_light), as_glyph(letter))


def test_faint_noise_in_the_background_does_not_count_as_ink():
    noise = np.random.default_rng(0).integers(0, 20, (90, 120)).astype(np.uint8)
    noisy = Image.fromarray(np.maximum(noise, np.asarray(picture("C"))))
    assert np.abs(as_glyph(noisy).astype(int) - as_glyph(picture("C"))).mean() < 12


def test_pictures_are_turned_as_their_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    picture("J").rotate(90, expand=True).save(tmp_path / "j.png", exif=exif)
    assert np.array_equal(as_glyph(tmp_path / "j.png"), as_glyph(picture("J")))


def test_plain_letters_are_read():
    readings = read(*(picture(letter) for letter in CLASS_NAMES))
    right = [
        reading.letter == letter for reading, letter in zip(readings, CLASS_NAMES, strict=True)
    ]
    assert sum(right) >= 9
    assert [reading.doubt for reading in readings].count("") >= 9
    for reading in readings:
        shares = list(reading.probabilities.values())
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1)
        assert set(reading.probabilities) == set(CLASS_NAMES)


def test_a_model_of_your_own_reads_too():
    model = notmnist.models.logistic(classifier_activation=None)
    (reading,) = read(picture("A"), model=model)
    said = keras.ops.softmax(model.predict(reading.image[None, ..., None], verbose=0)[0])
    expected = dict(zip(CLASS_NAMES, keras.ops.convert_to_numpy(said), strict=True))
    assert reading.probabilities == pytest.approx(expected, abs=1e-5)
    assert read() == []


def test_a_model_of_other_classes_is_refused():
    with pytest.raises(ArgumentError, match=r"10 letters.*Received: a model with 11 classes"):
        read(picture("A"), model=notmnist.models.logistic(classes=11))
    with pytest.raises(ArgumentError, match=r"or a Keras model\. Received: model='vgg'"):
        read(picture("A"), model="vgg")


def test_a_blank_picture_is_an_error(tmp_path):
    path = tmp_path / "blank.png"
    for grey in (0, 30, 128, 255):
        Image.new("L", (40, 40), grey).save(path)
        for dark_on_light in (False, True):
            with pytest.raises(
                ArgumentError, match=r"picture='.*blank\.png'\. The picture is blank\."
            ):
                as_glyph(path, dark_on_light=dark_on_light)


def test_what_is_not_a_picture_is_an_error(tmp_path):
    path = tmp_path / "letter.png"
    path.write_text("not a picture")
    with pytest.raises(ArgumentError, match=r"picture that .* Received: picture='.*letter\.png'"):
        as_glyph(path)
    picture("A").resize((400, 400)).save(path)
    path.write_bytes(path.read_bytes()[:900])
    with Image.open(path) as lazy:
        for unread in (path, lazy, Image.new("LAB", (9, 9))):
            with pytest.raises(ArgumentError, match=r"Received: picture=.* The reason: "):
                as_glyph(unread)
    with pytest.raises(ArgumentError, match=r"The reason: .*File name too long"):
        as_glyph(f"{'long' * 99}.png")
    with pytest.raises(MissingSourceError, match=r"nowhere\.png"):
        as_glyph(tmp_path / "nowhere.png")
    with pytest.raises(ArgumentError, match=r"Received: picture=3\."):
        as_glyph(3)


def test_no_picture_starts_another_program(tmp_path, monkeypatch):
    def forbidden(*command, **_):
        raise AssertionError(f"{command} was started")

    monkeypatch.setattr(subprocess, "Popen", forbidden)
    for name, kind in (("letter.eps", "EPS"), ("letter.png", "EPS"), ("letter.pdf", "PDF")):
        picture("A").convert("RGB").save(tmp_path / name, kind)
        with pytest.raises(ArgumentError, match=rf"PNG, JPEG, WEBP.*{name}'"):
            as_glyph(tmp_path / name)


def png_of(width, height):
    """Return a PNG of a few bytes whose header claims so many pixels."""

    def chunk(kind, data):
        whole = kind + data
        return len(data).to_bytes(4) + whole + zlib.crc32(whole).to_bytes(4)

    size = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 0, 0, 0, 0])
    data = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8_000, 8_000), (60_000, 60_000)])
def test_a_picture_of_too_many_pixels_is_not_decoded(size, tmp_path):
    (tmp_path / "large.png").write_bytes(png_of(*size))
    tracemalloc.start()
    with pytest.raises(ArgumentError, match=r"at most 50 Mpixels\. Received: picture='.*large"):
        as_glyph(tmp_path / "large.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


FILES = {}  # a whole file of each format


@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]), st.data())
def test_a_damaged_picture_is_read_or_an_error_of_the_library(tmp_path_factory, kind, data):
    if kind not in FILES:
        file = io.BytesIO()
        picture("A").save(file, kind)
        FILES[kind] = file.getvalue()
    whole = bytearray(FILES[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "a.picture"
    path.write_bytes(whole[: data.draw(st.integers(1, len(whole)))])
    with contextlib.suppress(ArgumentError):
        assert as_glyph(path).shape == (28, 28)


def test_it_doubts_what_is_not_a_letter():
    (word,) = read(picture("HELLO", size=(400, 90)))
    assert word.doubt == "Not sure: it may not be a letter from A to J."


def test_it_says_when_ink_and_background_seem_swapped():
    page = picture("J", ink=0, ground=255)
    (wrong,), (right,) = read(page), read(page, dark_on_light=True)
    assert wrong.doubt.startswith("It may be dark on light, with --dark-on-light")
    assert wrong.doubt.endswith(f"{right.letter} {right.probabilities['J']:.0%}.")
    assert right.doubt == ""
    (wrong,) = read(picture("J"), dark_on_light=True)
    assert wrong.doubt.startswith("It may be light on dark, without --dark-on-light")
    (same,) = read(picture("G", ink=0, ground=255))
    assert (same.letter, same.doubt) == ("G", "")  # read as the same letter either way


def test_the_command_goes_on_after_a_file_that_it_cannot_read(tmp_path, capsys):
    picture("H").save(tmp_path / "h.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    picture("D", ink=0, ground=255).save(tmp_path / "d.png")
    names = [str(tmp_path / name) for name in ("bad.png", "h.png", "nowhere.png", "d.png")]
    assert main(["read", *names, "--model", "mlp", "--crops", str(tmp_path / "crops.png")]) == 2
    output = capsys.readouterr()
    lines = output.out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [names[1], names[3]]
    assert "--dark-on-light" not in lines[0]
    assert "--dark-on-light" in lines[1]
    assert [name in output.err for name in names] == [True, False, True, False]
    with Image.open(tmp_path / "crops.png") as crops:
        assert crops.size == (256, 128)


def test_the_command_prints_one_line_per_picture(tmp_path, capsys):
    paths = [tmp_path / "h.png", tmp_path / "d.jpg"]
    picture("H", ink=0, ground=255).save(paths[0])
    picture("D", ink=0, ground=255).save(paths[1])
    status = main(["read", *map(str, paths), "--dark-on-light", "--model", "mlp", "--top", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line.split(": ")[1][0] for line in lines] == ["H", "D"]
    assert [line.count("%") for line in lines] == [2, 2]


def test_what_cannot_be_read_is_one_line(capsys):
    assert main(["read", "nowhere.png", "--model", "logistic"]) == 2
    assert "nowhere.png" in capsys.readouterr().err.splitlines()[-1]
    assert main(["read", "a.png", "--top", "0"]) == 2
    assert "--top=0" in capsys.readouterr().err.splitlines()[-1]
