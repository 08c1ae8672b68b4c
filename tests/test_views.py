"""What notebooks display."""

import io
import re
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import notmnist
from notmnist import plots
from notmnist.callbacks import WeightImages
from notmnist.callbacks.files.notebook import player
from tests import chromium


def fitted(**arguments):
    keras.utils.set_random_seed(0)
    model = notmnist.models.mlp(hidden=20)
    film = WeightImages(every=1, **arguments)
    images = np.random.default_rng(0).integers(0, 255, (60, 28, 28, 1), np.uint8)
    model.fit(images, np.arange(60) % 10, batch_size=10, verbose=0, callbacks=[film])
    return model, film


def test_a_chart_is_a_picture_without_pyplot(monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    axes = plots.class_counts([1, 2], "AB")
    with Image.open(io.BytesIO(axes._repr_png_())) as picture:
        assert picture.size == (500, 350)
    assert axes.figure._repr_png_() == axes._repr_png_()


def test_a_chart_is_one_of_pyplots_in_an_interactive_session():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    with pyplot.ion():
        axes = plots.class_counts([1, 2], "AB")
    try:
        assert pyplot.gca() is axes
        assert not hasattr(axes, "_repr_png_"), "pyplot shows it already"
    finally:
        pyplot.close(axes.figure)


def test_the_weights_of_a_model_are_the_last_frame_of_its_film():
    model, film = fitted(labels=False, scale="frame")
    drawn = plots.weights(model)
    assert np.array_equal(np.asarray(drawn), np.asarray(film._draw(film.frames[-1])))


def test_a_film_plays_in_half_a_megabyte_and_shows_its_last_frame_without_scripts():
    noise = np.random.default_rng(0)
    frames = [Image.fromarray(noise.integers(0, 255, (500, 450), np.uint8)) for _ in range(60)]
    html = player(frames, 150)
    assert len(html) <= 500_000
    images = re.findall(r"<img[^>]*?src=", html)
    assert len(images) >= 3
    assert [" hidden" in image for image in images] == [True] * (len(images) - 1) + [False]
    _, film = fitted()
    assert len(re.findall("<img", film._repr_html_())) == len(film.frames) == 7


def test_the_slider_of_a_film_shows_each_frame(tmp_path):
    if chromium.find() is None:
        pytest.skip("Chromium is not installed")
    _, film = fitted()
    path = tmp_path / "film.html"
    path.write_text(f"<!doctype html><body>{film._repr_html_()}</body>", "utf-8")
    shown = "[...document.images].map(i => i.hidden ? '' : i.dataset.frame).join('')"
    with chromium.browser() as page:
        page.screen(800, 600, still=True)
        page.open(path)
        assert page.run(shown) == "6"
        page.run("s = document.querySelector('input'); s.value = 2; s.oninput(); 0")
        assert page.run(shown) == "2"
        page.run("document.querySelector('button').click()")
        assert page.run(shown) == "0"


@pytest.mark.slow
def test_an_output_follows_a_fit_in_a_notebook(monkeypatch):
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed: extra docs")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: extra docs")
    monkeypatch.setenv("PYTHONPATH", str(Path(notmnist.__file__).parents[1]))
    source = (
        "import notmnist\n"
        "train = notmnist.load('open', split='train[:2000]')\n"
        "pictures = notmnist.callbacks.WeightImages()\n"
        "history = notmnist.models.logistic().fit(train, verbose=0, callbacks=[pictures])\n"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (output,) = [o for o in notebook.cells[0].outputs if o.output_type == "display_data"]
    assert "data:image/png" in output["data"]["text/html"]
    assert "accuracy" in output["data"]["text/html"]


def test_results_show_themselves_as_tables_and_have_short_names():
    test = notmnist.load("open", split="test[:200]", format="numpy", verbose=0)
    model = notmnist.models.logistic(weights="open")
    results = {
        "precision": notmnist.evaluation.evaluate(model, test),
        "b wrong": notmnist.evaluation.compare(model, notmnist.models.logistic(), test),
        "AUROC": notmnist.evaluation.ood(model, test, 255 - next(iter(test))[0]),
        "probability": notmnist.models.read(Image.fromarray(next(iter(test))[0][0, ..., 0])),
        "examples": notmnist.datasets.info("open", verbose=0),
    }
    (results["probability"],) = results["probability"]
    for word, result in results.items():
        html = result._repr_html_()
        assert html.count("<table>") == html.count("</table>") == 1
        assert f"<th>{word}</th>" in html
        assert len(repr(result)) < 150, repr(result)
