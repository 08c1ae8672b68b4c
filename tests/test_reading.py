import keras
import numpy as np
import pytest
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
    """A letter of DejaVu Sans somewhere on a larger ground."""
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


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA", "CMYK", "I;16"])
def test_every_mode_of_picture_is_made_grey(mode, tmp_path):
    plain = picture("B", mode="1" if mode == "1" else "L")
    if mode == "I;16":
        other = Image.fromarray(np.asarray(plain).astype(np.uint16) * 257)
    else:
        other = plain.convert(mode)
    path = tmp_path / f"b.{'tiff' if mode in ('CMYK', 'I;16') else 'png'}"
    other.save(path)
    assert np.abs(as_glyph(path).astype(int) - as_glyph(plain.convert("L"))).max() <= 2


def test_dark_on_light_is_said_and_not_guessed():
    light, dark = picture("E"), picture("E", ink=0, ground=255)
    assert np.array_equal(as_glyph(light), as_glyph(dark, dark_on_light=True))
    assert not np.array_equal(as_glyph(light), as_glyph(dark))


@pytest.mark.parametrize("dark_on_light", [False, True])
def test_what_is_transparent_is_ground(dark_on_light):
    letter = picture("F")
    ink = 0 if dark_on_light else 255
    shown = Image.merge("LA", (Image.new("L", letter.size, ink), letter))
    assert np.array_equal(as_glyph(shown, dark_on_light=dark_on_light), as_glyph(letter))


def test_faint_noise_of_the_ground_does_not_count_as_ink():
    noise = np.random.default_rng(0).integers(0, 20, (90, 120)).astype(np.uint8)
    noisy = Image.fromarray(np.maximum(noise, np.asarray(picture("C"))))
    assert np.abs(as_glyph(noisy).astype(int) - as_glyph(picture("C"))).mean() < 12


def test_pictures_are_turned_as_their_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    picture("J").rotate(90, expand=True).save(tmp_path / "j.png", exif=exif)
    assert np.array_equal(as_glyph(tmp_path / "j.png"), as_glyph(picture("J")))


@pytest.mark.parametrize("model", ["cnn", "mlp"])
def test_plain_letters_are_read(model):
    readings = read(*(picture(letter) for letter in CLASS_NAMES), model=model)
    right = [
        reading.letter == letter for reading, letter in zip(readings, CLASS_NAMES, strict=True)
    ]
    assert sum(right) >= 9
    for reading in readings:
        shares = list(reading.probabilities.values())
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1)
        assert set(reading.probabilities) == set(CLASS_NAMES)


def test_a_model_of_ones_own_reads_too():
    model = notmnist.models.logistic(classifier_activation=None)
    (reading,) = read(picture("A"), model=model)
    said = keras.ops.softmax(model.predict(reading.image[None, ..., None], verbose=0)[0])
    expected = dict(zip(CLASS_NAMES, keras.ops.convert_to_numpy(said), strict=True))
    assert reading.probabilities == pytest.approx(expected, abs=1e-5)
    assert read() == []


def test_a_model_of_other_classes_is_refused():
    with pytest.raises(ArgumentError, match=r"10 letters\. Received: a model of 11 classes"):
        read(picture("A"), model=notmnist.models.logistic(classes=11))
    with pytest.raises(ArgumentError, match=r"or a Keras model\. Received: model='vgg'"):
        read(picture("A"), model="vgg")


@pytest.mark.parametrize("grey", [0, 30, 128, 255])
@pytest.mark.parametrize("dark_on_light", [False, True])
def test_a_blank_picture_is_an_error(grey, dark_on_light, tmp_path):
    path = tmp_path / "blank.png"
    Image.new("L", (40, 40), grey).save(path)
    with pytest.raises(ArgumentError, match=r"this one is blank\. Received: picture='.*blank"):
        as_glyph(path, dark_on_light=dark_on_light)


def test_what_is_no_picture_is_an_error(tmp_path):
    path = tmp_path / "letter.png"
    path.write_text("not a picture")
    with pytest.raises(ArgumentError, match=r"picture file .* Received: picture='.*letter\.png'"):
        as_glyph(path)
    picture("A").resize((400, 400)).save(path)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(ArgumentError, match=r"letter\.png'\. Pillow says: "):
        as_glyph(path)
    with pytest.raises(MissingSourceError, match=r"nowhere\.png"):
        as_glyph(tmp_path / "nowhere.png")
    with pytest.raises(ArgumentError, match=r"Received: picture=3\."):
        as_glyph(3)


def test_the_command_prints_a_line_a_picture(tmp_path, capsys):
    paths = [tmp_path / "h.png", tmp_path / "d.jpg"]
    picture("H", ink=0, ground=255).save(paths[0])
    picture("D", ink=0, ground=255).save(paths[1])
    status = main(["read", *map(str, paths), "--dark-on-light", "--model", "mlp", "--top", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line.split(": ")[1][0] for line in lines] == ["H", "D"]
    assert [line.count("%") for line in lines] == [2, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["nowhere.png"], "nowhere.png"), (["a.png", "--top", "0"], "--top=0")],
)
def test_what_cannot_be_read_is_one_line(arguments, message, capsys):
    assert main(["read", *arguments]) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
