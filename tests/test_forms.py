"""Every format in which people keep such images, with images from the published archives."""

import io
import os
import pickle
import tarfile
import textwrap
import unicodedata
from collections import Counter

import numpy as np
import pytest
import scipy.io
from PIL import Image, ImageOps

import notmnist
from notmnist.datasets import prepare
from notmnist.datasets.editions.own import source_of_path
from notmnist.datasets.preparation import prepare_source
from notmnist.datasets.reading import archives
from notmnist.datasets.reading.archives import read_archive
from notmnist.datasets.reading.batches import Notes
from notmnist.errors import ArchiveError, ArgumentError, MissingSourceError
from tests.archives import write_idx, write_tar, write_zip
from tests.real import real

LETTERS = "ABCDEFGHIJ"


@pytest.fixture(scope="module")
def members():
    """The path below the top folder and the bytes of twelve real files of each letter."""
    with tarfile.open(real("notMNIST_small_part.tar.gz")) as archive:
        found, counts = {}, Counter()
        for member in archive:
            letter = member.name.split("/")[1]
            if member.size and counts[letter] < 12:
                counts[letter] += 1
                found[member.name] = archive.extractfile(member).read()
    return found


@pytest.fixture(scope="module")
def arrays(members, tmp_path_factory):
    """The same images and labels as arrays."""
    path = write_tar(tmp_path_factory.mktemp("arrays") / "a", members.items())
    (batch,) = read_archive(path, Notes(LETTERS))
    return batch.images, batch.labels.astype(np.uint8)


def lay_out(folder, files):
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def examples(store, split=None):
    """Count the examples by letter and pixels."""
    return Counter(
        (store.class_names[label], image.tobytes())
        for each in ([split] if split else store.sizes())
        for label, image in zip(store.labels(each), store.images(each), strict=True)
    )


def expected(arrays):
    return Counter((LETTERS[label], image.tobytes()) for image, label in zip(*arrays, strict=True))


def converted(data, format="PNG", size=None, mode=None, invert=False):
    image = Image.open(io.BytesIO(data))
    image = image.resize(size) if size else image
    image = ImageOps.invert(image) if invert else image
    out = io.BytesIO()
    image.convert(mode or image.mode).save(out, format)
    return out.getvalue()


def test_an_extracted_folder_gives_the_examples_and_splits_of_its_archive(tmp_path, members):
    lay_out(tmp_path, members | {"notMNIST_small/.DS_Store": b"", "notMNIST_small/A/x.ini": b""})
    of_folder = prepare(tmp_path / "notMNIST_small", verbose=0)
    of_archive = prepare(write_tar(tmp_path / "notMNIST_small.tar.gz", members.items()), verbose=0)
    assert sum(of_folder.sizes().values()) == 120
    for split in of_folder.sizes():
        for column in ("images", "labels"):
            ours, theirs = (getattr(store, column)(split) for store in (of_folder, of_archive))
            assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("folder", ("train", "validation", "test")),
        ("tar", ("Train", "val", "testing")),
        ("zip", ("training", "valid", "test")),
    ],
)
def test_the_user_s_own_splits_are_kept(tmp_path, members, arrays, form, names):
    files = {}
    for number, (name, data) in enumerate(members.items()):
        split = names[(0, 0, 0, 1, 2)[number % 5]]
        files[name.replace("notMNIST_small", f"data/{split}")] = data
    path = {
        "folder": lambda: lay_out(tmp_path, files) / "data",
        "tar": lambda: write_tar(tmp_path / "data.tar.gz", files.items()),
        "zip": lambda: write_zip(tmp_path / "data.zip", files.items()),
    }[form]()
    store = prepare(path, verbose=0)
    assert store.sizes() == {"train": 72, "valid": 24, "test": 24}
    wanted = Counter(
        (name.split("/")[2], np.asarray(Image.open(io.BytesIO(data))).tobytes())
        for name, data in files.items()
        if name.startswith(f"data/{names[2]}")
    )
    assert examples(store, "test") == wanted
    assert examples(store) == expected(arrays)


def test_a_missing_valid_split_is_held_out_of_train(tmp_path, members):
    files = {
        name.replace("notMNIST_small", ("train", "test")[number % 3 == 0]): data
        for number, (name, data) in enumerate(members.items())
    }
    assert prepare(lay_out(tmp_path, files), verbose=0).sizes() == {
        "train": 73, "valid": 7, "test": 40,
    }  # fmt: skip


def test_files_of_one_name_in_two_splits_are_two_examples(tmp_path, members):
    pngs = list(members.values())
    files = {
        f"{split}/{letter}/{number}.png": pngs[5 * place + number]
        for place, split in enumerate(("train", "test"))
        for letter in "AB"
        for number in range(5)
    }
    store = prepare(lay_out(tmp_path, files), verbose=0)
    assert sum(store.sizes().values()) == 20
    assert not store.manifest["skipped"]


CLASSES = {
    "A to Z": (write_tar, [chr(code) for code in range(ord("A"), ord("Z") + 1)]),
    "digits": (write_zip, list("0123456789")),
    "lower case": (None, list("abc")),
    "any names": (write_tar, ["numeric_7", "numeric_10", "special_ぜ"]),
    "NFD, as macOS writes it": (None, ["か", "が"]),
}


@pytest.mark.parametrize("kind", CLASSES)
def test_folders_are_classes_in_natural_order(tmp_path, members, kind):
    write, names = CLASSES[kind]
    pngs = list(members.values())
    files = {
        f"set/{unicodedata.normalize('NFD', name)}/{number}.png": pngs[7 * place % 120 + number]
        for place, name in reversed(list(enumerate(names)))
        for number in range(12)
        if 7 * place % 120 + number < 120
    }
    path = write(tmp_path / "a", files.items()) if write else lay_out(tmp_path, files) / "set"
    ds, info = notmnist.load(
        path, label_mode="categorical", with_info=True, format="numpy", verbose=0
    )
    assert ds.class_names == list(info.class_names) == names
    assert sum(info.splits.values()) == len(files)
    assert next(iter(ds))[1].shape[1] == len(names)


def test_images_may_have_another_size_and_be_fitted(tmp_path, members):
    files = {name: converted(data, size=(20, 30)) for name, data in list(members.items())[:60]}
    ds = notmnist.load(lay_out(tmp_path, files), verbose=0)
    assert tuple(next(iter(ds))[0].shape[1:]) == (30, 20, 1)
    notmnist.models.logistic(input_shape=(30, 20, 1)).fit(ds, epochs=1, verbose=0)


@pytest.mark.parametrize("coloured", [[], [50, 119]])
def test_images_in_colour_have_three_channels_and_grey_ones_stored_as_rgb_one(
    tmp_path, members, arrays, monkeypatch, coloured
):
    monkeypatch.setattr(archives, "_BATCH", 16)  # grey batches before the first one in colour
    files = {}
    for number, (name, data) in enumerate(members.items()):
        image = Image.open(io.BytesIO(data)).convert("RGB")
        if number in coloured:
            image.putpixel((3, 4), (200, 10, 10))
        out = io.BytesIO()
        image.save(out, "PNG")
        files[name] = out.getvalue()
    store = prepare(lay_out(tmp_path, files), verbose=0)
    assert store.image_shape == (28, 28, 3 if coloured else 1)
    if not coloured:
        assert examples(store) == expected(arrays)
        return
    red = [image for split in store.sizes() for image in store.images(split)
           if (image[4, 3] == (200, 10, 10)).all()]  # fmt: skip
    assert len(red) == len(coloured)
    assert store.manifest["pixel_mean"] == pytest.approx(
        np.concatenate([store.images(split) for split in store.sizes()]).mean() / 255
    )
    batch = next(iter(notmnist.load(tmp_path, verbose=0)))[0]
    assert tuple(batch.shape[1:]) == (28, 28, 3)


def test_images_may_be_in_any_format_that_people_have(tmp_path, members, arrays):
    formats = {"TIFF": ".tif", "GIF": ".gif", "BMP": ".bmp", "WEBP": ".webp", "JPEG": ".JPG"}
    files, lossless = {}, Counter()
    for number, (name, data) in enumerate(members.items()):
        format, suffix = list(formats.items())[number % 5]
        letter = name.split("/")[1]
        files[f"set/{letter}/{number}{suffix}"] = converted(data, format)
        if number % 5 < 3:
            lossless[letter, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).tobytes()] += 1
    store = prepare(write_zip(tmp_path / "a.zip", files.items()), verbose=0)
    assert sum(store.sizes().values()) == 120
    assert store.image_shape == (28, 28, 3)  # lossy WebP is not grey
    assert lossless <= examples(store)


def save_npz(path, images, labels, **more):
    np.savez(path, images=images, labels=labels, **more)


def save_mat(path, images, labels, **more):
    scipy.io.savemat(path, {"images": images, "labels": labels, **more})


FORMS = {
    "(n, 28, 28)": lambda images, labels: (images, labels),
    "(28, 28, n)": lambda images, labels: (np.moveaxis(images, 0, -1), labels.astype(float)),
    "(n, 28, 28, 1)": lambda images, labels: (images[..., np.newaxis], labels[:, np.newaxis]),
    "from 1": lambda images, labels: (images.astype(np.float32), labels.astype(np.int64) + 1),
}


@pytest.mark.parametrize(
    ("name", "save"), [("notMNIST.npz", save_npz), ("notMNIST_small.mat", save_mat)]
)
def test_arrays_of_images_and_labels_load(tmp_path, arrays, name, save):
    for form, change in FORMS.items():
        (tmp_path / form).mkdir()
        save(tmp_path / form / name, *change(*arrays))
        store = prepare(tmp_path / form / name, verbose=0)
        assert examples(store) == expected(arrays), form
        assert store.sizes() == {"train": 96, "valid": 12, "test": 12}, form


@pytest.mark.parametrize("valid", ["valid", "val"])
def test_arrays_named_after_splits_keep_them(tmp_path, arrays, valid):
    parts = {"train": slice(0, 90), valid: slice(90, 100), "test": slice(100, None)}
    columns = {
        f"{column}_{name}": values[part]
        for name, part in parts.items()
        for column, values in zip("xy", arrays, strict=True)
    }
    np.savez(tmp_path / "a.npz", **columns, class_names=list("abcdefghij"))
    store = prepare(tmp_path / "a.npz", verbose=0)
    assert store.sizes() == {"train": 90, "valid": 10, "test": 20}
    assert store.class_names == tuple("abcdefghij")


def test_a_pickle_is_refused_and_the_lines_shown_convert_it(tmp_path, arrays, monkeypatch):
    images, labels = arrays
    scaled = (images.astype(np.float32) - 127.5) / 255
    parts = {"train": slice(0, 90), "valid": slice(90, 100), "test": slice(100, None)}
    data = {f"{name}_dataset": scaled[part] for name, part in parts.items()}
    data |= {f"{name}_labels": labels[part].astype(int) for name, part in parts.items()}
    (tmp_path / "notMNIST.pickle").write_bytes(pickle.dumps(data))
    with pytest.raises(ArchiveError, match="can run any program") as caught:
        prepare(tmp_path / "notMNIST.pickle", verbose=0)
    lines = [line[4:] for line in str(caught.value).splitlines() if line.startswith("    ")]
    monkeypatch.chdir(tmp_path)
    exec(textwrap.dedent("\n".join(lines)), {})
    store = prepare(tmp_path / "notMNIST.npz", verbose=0)
    assert examples(store) == expected(arrays)
    assert store.sizes() == {"train": 90, "valid": 10, "test": 20}


def test_a_train_and_a_test_pair_of_idx_files_may_have_any_prefix(tmp_path, arrays):
    images, labels = arrays
    for number, (train, test) in enumerate(
        [
            ("notMNIST_train-images-idx3-ubyte.gz", "notMNIST_t10k-images-idx3-ubyte.gz"),
            ("emnist-train-images-idx3-ubyte.gz", "emnist-test-images-idx3-ubyte.gz"),
            ("train-images.idx3-ubyte", "t10k-images.idx3-ubyte"),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, part in ((train, slice(0, 96)), (test, slice(96, None))):
            write_idx(folder / name, images[part])
            beside = name.replace("images", "labels").replace("idx3", "idx1")
            write_idx(folder / beside, labels[part])
        store = prepare(folder, verbose=0)
        assert store.sizes() == {"train": 88, "valid": 8, "test": 24}, train
        assert examples(store) == expected(arrays), train


def test_one_idx_file_of_images_is_read_with_its_labels(tmp_path, arrays):
    images, labels = arrays
    write_idx(tmp_path / "x-labels-idx1-ubyte.gz", labels)
    write_idx(tmp_path / "other-images-idx3-ubyte.gz", images[:1])  # without labels, not needed
    path = write_idx(tmp_path / "x-images-idx3-ubyte.gz", images)
    with pytest.raises(ArchiveError, match=r"IDX file of images.* Received: .*labels-idx1"):
        notmnist.load(tmp_path / "x-labels-idx1-ubyte.gz")
    assert len(notmnist.load(path, split="all", batch_size=1, verbose=0)) == len(labels)


def test_idx_labels_may_start_from_1_and_have_up_to_62_classes(tmp_path):
    for low, high, first, last in ((1, 26, "A", "Z"), (0, 25, "A", "Z"), (0, 61, "0", "61")):
        folder = tmp_path / f"{low} to {high}"
        folder.mkdir()
        labels = np.resize(np.arange(low, high + 1), 10 * (high + 1 - low))
        images = np.arange(len(labels) * 16).reshape(-1, 4, 4) % 251
        write_idx(folder / "x-images-idx3-ubyte", images)
        write_idx(folder / "x-labels-idx1-ubyte", labels)
        info = notmnist.datasets.info(folder, verbose=0)
        assert (info.class_names[0], info.class_names[-1]) == (first, last)
        assert len(info.class_names) == high + 1 - low
        assert {sum(counts) for counts in zip(*info.class_counts.values(), strict=True)} == {10}


def test_dark_letters_on_light_are_read_as_they_are_with_one_warning(tmp_path, members, recwarn):
    lay_out(tmp_path, {name: converted(data, invert=True) for name, data in members.items()})
    ds, info = notmnist.load(tmp_path, with_info=True, format="numpy", verbose=0)
    assert next(iter(ds))[0].mean() > 127
    (warning,) = [each for each in recwarn if "dark letters on a light" in str(each.message)]
    assert "255 - images" in str(warning.message)
    assert warning.filename == __file__
    assert info.known_flaws == (str(warning.message),)


def test_light_letters_on_dark_warn_of_nothing(tmp_path, members, recwarn):
    prepare(lay_out(tmp_path, members), verbose=0)
    assert not recwarn.list


def test_missing_letters_are_fine_and_info_names_them(tmp_path, members):
    files = {name: data for name, data in members.items() if name.split("/")[1] not in "CH"}
    info = notmnist.datasets.info(lay_out(tmp_path, files), verbose=0)
    assert info.class_names == tuple(LETTERS)
    assert info.empty_classes == ("C", "H")
    assert "Empty classes: C H" in str(info)


# Bad input: a clear error or a counted skip, and no half-written files.


def object_arrays(folder, members, arrays):
    np.savez(folder / "a.npz", images=np.array([{}] * 3, object), labels=np.zeros(3))
    return folder / "a.npz"


def keyless(folder, members, arrays):
    np.savez(folder / "a.npz", pictures=arrays[0], labels=arrays[1])
    return folder / "a.npz"


def half_a_pair(folder, members, arrays):
    images, labels = arrays
    np.savez(folder / "a.npz", x_train=images, y_train=labels, x_val=images[:9])
    return folder / "a.npz"


def outside_the_splits(folder, members, arrays):
    names = {0: "data/test", 1: "data/holdout"}
    return lay_out(
        folder,
        {
            name.replace("notMNIST_small", names.get(number % 5, "data/train")): data
            for number, (name, data) in enumerate(members.items())
        },
    )


def negative_labels(folder, members, arrays):
    save_npz(folder / "a.npz", arrays[0], arrays[1].astype(int) - 3)
    return folder / "a.npz"


def scaled_pixels(folder, members, arrays):
    save_npz(folder / "a.npz", (arrays[0] - 127.5) / 255, arrays[1])
    return folder / "a.npz"


def unequal_lengths(folder, members, arrays):
    save_npz(folder / "a.npz", arrays[0], arrays[1][:-1])
    return folder / "a.npz"


def mixed_sizes(folder, members, arrays):
    (odd, data), *_ = members.items()
    return lay_out(folder, members | {f"{odd}.png": converted(data, size=(32, 32))})


def one_class(folder, members, arrays):
    return lay_out(folder, {name: data for name, data in members.items() if "/A/" in name})


def no_image(folder, members, arrays):
    return lay_out(folder, {"A/x.png": b"", "B/y.png": b"text"})


def nothing(folder, members, arrays):
    return folder


BAD = {
    mixed_sizes: r"must have the same size.* 28×28 pixels .* 32×32 pixels",
    one_class: r"at least two classes.*Received: only images of \['A'\]",
    no_image: r"no readable image\..* Skipped: 1 empty, 1 not a readable image",
    nothing: r"no readable image\. .*in class folders, as in '\[train\|valid\|test/\]A/name\.png'",
    keyless: r"must contain `images` and `labels`.*Received: the arrays \['labels', 'pictures'\]",
    half_a_pair: r"Received: the arrays \['x_train', 'x_val', 'y_train'\]",
    outside_the_splits: r"a folder train, and 24 images outside these folders, such as .* 'A'",
    object_arrays: r"Object arrays cannot be loaded when allow_pickle=False",
    negative_labels: r"Labels must be 0 to 65535\. Received: -3 to 6",
    scaled_pixels: r"whole numbers from 0 .*float64 from -0\.5 to 0\.5.*np\.rint",
    unequal_lengths: r"for its 119 labels\. Received: shape \(120, 28, 28\)",
}


def test_bad_input_is_a_clear_error_and_leaves_nothing(tmp_path, members, arrays, home):
    for make, message in BAD.items():
        folder = tmp_path / make.__name__
        folder.mkdir()
        path = make(folder, members, arrays)
        with pytest.raises(ArchiveError, match=message) as caught:
            prepare(path, verbose=0)
        assert path.name in str(caught.value), make
    assert not [file for file in home.rglob("*") if file.is_file() and file.suffix != ".lock"]


def test_links_in_a_folder_are_not_followed_but_counted(tmp_path, members):
    folder = lay_out(tmp_path / "in", members)
    (tmp_path / "secret.png").write_bytes(next(iter(members.values())))
    (folder / "notMNIST_small" / "A" / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "notMNIST_small" / "K").symlink_to(folder / "notMNIST_small" / "A")
    store = prepare(folder, verbose=0)
    assert sum(store.sizes().values()) == 120
    assert store.class_names == tuple(LETTERS)
    assert store.manifest["skipped"]["a link"]["count"] == 2


def test_a_folder_that_changes_while_it_is_read_is_an_error(tmp_path, members, home, monkeypatch):
    folder = lay_out(tmp_path, members) / "notMNIST_small"
    read = os.scandir

    def scandir(path):
        if str(path).endswith("/J"):
            (folder / "A" / "new.png").write_bytes(b"x")
        return read(path)

    source = source_of_path(folder)
    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(ArchiveError, match="'notMNIST_small' changed while it was read"):
        prepare_source(source, verbose=0)
    assert not list(home.rglob("*.npy"))


def test_what_is_not_a_path_is_an_error_of_the_family():
    paths = ["/nowhere/" + "x" * 5000, "/nowhere/a\0b", "~nobody-of-this-name/x", ["open"], 3]
    for path, error in zip(paths, [MissingSourceError] * 2 + [ArgumentError] * 3, strict=True):
        with pytest.raises(error):
            notmnist.load(path, verbose=0)
