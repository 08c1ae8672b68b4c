"""Where films go, and what happens there when something goes wrong."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image, ImageSequence

import notmnist
from notmnist.callbacks import MistakeImages, TensorBoardLog, WeightImages
from tests.disk import small_disk
from tests.films import IMAGES, LABELS, RNG, Script, fit, linear, pixels, steps_of


def test_every_format_shows_the_same_pixels(tmp_path):
    callback = WeightImages([tmp_path / "a.gif", f"{tmp_path}/a/"], every=2, size=8)
    kernels = [RNG.normal(size=(16, 3)).astype("float32") * size for size in (9, 1, 4, 2, 0, 3)]
    fit(linear(), callback, Script(kernels))
    assert steps_of(callback) == [0, 2, 4, 6]
    folder = [pixels(path)[0] for path in sorted((tmp_path / "a").iterdir())]
    assert len(folder) == 4
    for name in ("b.gif", "b.png", "b.apng", "b.webp"):
        callback.save(tmp_path / name)
    for name in ("a.gif", "b.gif", "b.png", "b.apng", "b.webp"):
        frames = pixels(tmp_path / name)
        assert len(frames) == 4, name
        assert all((one == other).all() for one, other in zip(frames, folder, strict=True)), name


def test_a_resumed_fit_keeps_the_earlier_pictures_of_a_folder(tmp_path):
    fit(linear(), WeightImages(tmp_path / "w", every=6), epochs=3)
    (tmp_path / "w" / "mine.png").write_bytes(b"not ours")
    fit(linear(), WeightImages(tmp_path / "w", every=4), epochs=3, initial_epoch=1)
    names = sorted(path.name for path in (tmp_path / "w").iterdir())
    assert names == ["mine.png", *(f"step-{step:08d}.png" for step in (0, 6, 8, 12, 16, 18))]


def test_a_fit_that_goes_on_continues_a_gif_as_a_folder(tmp_path):
    places = [tmp_path / "w.gif", tmp_path / "w"]
    fit(linear(rate=0.1), WeightImages(places, every=2), epochs=2)
    before = pixels(tmp_path / "w.gif")
    fit(linear(rate=0.1), WeightImages(places, every=3), epochs=3, initial_epoch=1)
    after = pixels(tmp_path / "w.gif")
    assert len(after) == len(list((tmp_path / "w").iterdir())) == 3 + 5
    assert all(map(np.array_equal, before[:3], after[:3]))
    with Image.open(tmp_path / "w.gif") as image:
        shown = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    assert shown == [150] * 7 + [2000]
    fit(linear(units=4), WeightImages(places[0], every=3), epochs=3, initial_epoch=1)
    assert len(pixels(tmp_path / "w.gif")) == 5  # another size, so it starts again


def test_memory_and_files_stay_bounded(tmp_path):
    places = [tmp_path / "w.gif", tmp_path / "w"]
    callback = WeightImages(places, every=1, max_frames=8)
    fit(linear(rate=0.1), callback, steps=60, epochs=3)
    assert steps_of(callback) == [0, 32, 64, 96, 128, 160, 180]
    assert len(pixels(tmp_path / "w.gif")) == 7
    assert len(list((tmp_path / "w").iterdir())) == 7


def test_the_last_frame_of_an_animation_is_held(tmp_path):
    places = [tmp_path / name for name in ("w.gif", "v.gif", "v.png")]
    callback = WeightImages(places[0], every=3, duration=120, hold=900)
    fit(linear(), callback)
    for place in places[1:]:
        callback.save(place)
    for place in places:
        with Image.open(place) as image:
            shown = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
        assert shown == [120, 120, 900], place


def test_saving_needs_frames_and_a_known_suffix(tmp_path):
    film = WeightImages(None)
    with pytest.raises(notmnist.ArgumentError, match="There are no frames to save"):
        film.save(tmp_path / "w.gif")
    film.take(linear(), 0)
    with pytest.raises(notmnist.ArgumentError, match=r"\.webp.*path='w.mp4'"):
        film.save("w.mp4")
    with pytest.raises(OSError, match="No such file"):
        film.save(tmp_path / "gone" / "w.webp")


def test_a_place_that_cannot_be_written_is_reported_before_the_first_step(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.gif").mkdir()
    for path in ("file/w.gif", "file/w", "file", "folder.gif"):
        with pytest.raises(notmnist.ArgumentError, match=r"`path` must.*Received: path="):
            fit(linear(), WeightImages(tmp_path / path))


KILLED = """
import os, signal, sys, keras
sys.path.insert(0, sys.argv[1])
from notmnist.callbacks import WeightImages
from tests.films import fit, linear
class Kill(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 5:
            os.kill(os.getpid(), signal.SIGKILL)
places = [sys.argv[2] + name for name in ("w.gif", "w")]
fit(linear(rate=0.1), WeightImages(places, every=1), Kill())
"""


def test_a_killed_fit_leaves_readable_pictures(tmp_path):
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parents[1]), f"{tmp_path}/"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert len(pixels(tmp_path / "w.gif")) == 6
    assert len(list((tmp_path / "w").iterdir())) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w", "w.gif"]


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", "size=128k") as folder:
        yield folder


def fill(folder):
    """Write until the disk is full."""
    with contextlib.suppress(OSError), (folder / "full").open("wb", buffering=0) as file:
        while file.write(bytes(4096)) == 4096:
            pass


class Meanwhile(keras.callbacks.Callback):
    """Calls a function after a given step."""

    def __init__(self, step, act):
        super().__init__()
        self.step, self.act = step, act

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.step:
            self.act()


@pytest.mark.parametrize("name", ["w.gif", "w"])
def test_a_full_disk_warns_once_and_leaves_whole_pictures(disk, name):
    film = WeightImages(disk / name, every=1)
    full = Meanwhile(3, lambda: fill(disk))
    with pytest.warns(UserWarning, match="No more.*No space left.*Training continues") as told:
        history = fit(linear(units=40, rate=0.1), film, full, steps=20)
    assert len(told) == 1
    assert history.history["loss"]
    assert len(film.frames) == 21
    files = [disk / name] if name == "w.gif" else sorted((disk / name).iterdir())
    assert {path.suffix for path in files} <= {".gif", ".png"}
    frames = [page for path in files for page in pixels(path)]
    assert 4 <= len(frames) < 20
    film.save(disk.parent / "elsewhere.gif")
    assert len(pixels(disk.parent / "elsewhere.gif")) == 21


def test_a_disk_that_is_full_when_the_fit_ends_keeps_the_pictures_so_far(disk):
    film = WeightImages(disk / "w.gif", every=10)
    full = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: fill(disk))
    with pytest.warns(UserWarning, match="No more pictures"):
        fit(linear(units=40, rate=0.1), full, film, steps=20)
    assert len(pixels(disk / "w.gif")) >= 2
    assert sorted(path.name for path in disk.iterdir()) == ["full", "w.gif"]


def test_a_folder_that_vanishes_warns_once(tmp_path):
    films = [
        WeightImages(tmp_path / "w" / "w.gif", every=1),
        MistakeImages(tmp_path / "w", (IMAGES, LABELS)),
    ]
    gone = Meanwhile(3, lambda: shutil.rmtree(tmp_path / "w", ignore_errors=True))
    for film in films:
        with pytest.warns(UserWarning, match="No more pictures") as told:
            fit(linear(rate=0.1), film, gone, epochs=2)
        assert len(told) == 1
        assert film.frames[-1].step == 12


LIMITED = """
import resource, sys, warnings
sys.path.insert(0, sys.argv[1])
from notmnist.callbacks import WeightImages
from tests.films import fit, linear
warnings.simplefilter("always")
film = WeightImages(sys.argv[2], every=1)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
fit(linear(rate=0.1, units=40), film, steps=20)
print("trained", len(film.frames))
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are POSIX's")
def test_a_file_that_may_not_grow_stays_whole(tmp_path):
    command = [
        sys.executable,
        "-c",
        LIMITED,
        str(Path(__file__).parents[1]),
        str(tmp_path / "w.gif"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "trained 21", done.stderr
    assert done.stderr.count("UserWarning: No more pictures") == 1
    content = (tmp_path / "w.gif").read_bytes()
    assert content.endswith(b"\x3b")
    assert 0 < len(content) <= 20000
    assert 1 <= len(pixels(tmp_path / "w.gif")) < 20


def test_another_place_goes_on_where_one_fails(tmp_path):
    pytest.importorskip("tensorflow")

    class Broken(TensorBoardLog):
        def add(self, step, picture):
            raise RuntimeError("out of order")

    film = WeightImages([Broken(tmp_path / "logs"), tmp_path / "w.gif"], every=3)
    with pytest.warns(UserWarning, match="RuntimeError: out of order"):
        fit(linear(rate=0.1), film)
    assert len(pixels(tmp_path / "w.gif")) == 3
