"""The page contains everything, fetches nothing, and can be read everywhere."""

import base64
import contextlib
import dataclasses
import io
import re
import shutil
import warnings
from importlib import resources
from xml.etree import ElementTree

import keras
import numpy as np
import pytest
from PIL import Image

import notmnist
from notmnist.cli import main
from notmnist.reproduction import chapters, experiments, figures, reproduce, training
from notmnist.reproduction.data import Data
from notmnist.reproduction.page import render
from notmnist.reproduction.results import Results
from tests import chromium
from tests.archives import glyphs, write_tar
from tests.pages import ROOT

SECTIONS = [
    "summary", "look", "arrays", "split", "sklearn", "logistic", "relu", "l2-logistic", "l2-relu",
    "five-batches", "dropout", "beyond", "compared", "differences", "about",
]  # fmt: skip
PICTURES = """Promise.all([...document.querySelectorAll("img, image")].map(async element => {
    const image = new Image();
    image.src = element.src || element.href.baseVal;
    try { await image.decode(); } catch { return "broken"; }
    return image.naturalWidth > 0 ? "" : "empty";
})).then(found => found.filter(Boolean))"""


@pytest.fixture(scope="module")
def short_steps():
    """Shorten all experiments to two steps, so that a page takes seconds."""
    few = [dataclasses.replace(e, steps=min(e.steps, 2)) for e in experiments.EXPERIMENTS]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiments, "EXPERIMENTS", tuple(few))
        patch.setattr(training, "_FILMS", {"logistic": [0, 1, 2], "mlp": [0, 1, 2]})
        yield


@contextlib.contextmanager
def eagerly():
    """Run TensorFlow eagerly: tracing a function takes longer than two steps."""
    tf = pytest.importorskip("tensorflow")
    tf.config.run_functions_eagerly(True)
    try:
        with warnings.catch_warnings():  # tf.data's functions are traced nevertheless
            warnings.filterwarnings("ignore", "Even though the `tf.config.experimental_run")
            yield
    finally:
        tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def folder(short_steps, tmp_path_factory):
    """A report with two seeds on letters of thirty fonts."""
    place = tmp_path_factory.mktemp("reproduction")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOTMNIST_HOME", str(place / "home"))
        data = write_tar(place / "notMNIST_test.tar.gz", glyphs(30))
        with eagerly():
            reproduce(place / "report", edition=data, seeds=2, verbose=0)
    return place / "report"


@pytest.fixture(scope="module")
def page(folder):
    if chromium.find() is None:
        pytest.skip("no chromium on this machine")
    with chromium.browser() as one:
        one.screen(360)
        one.open(folder / "index.html")
        yield one


def test_the_page_fetches_nothing(folder):
    text = (folder / "index.html").read_text("utf-8")
    assert "<script src" not in text
    for address in re.findall(r'<(?!a )[^<>]*?(?:src|href)="([^"]{1,30})', text):
        assert address.startswith(("data:", "#")), address
    assert not re.findall(r"url\((?!#)", text)


def test_the_page_has_every_section_and_every_number(folder):
    text = (folder / "index.html").read_text("utf-8")
    assert re.findall(r'<section id="([^"]+)"', text) == SECTIONS
    assert re.findall(r'<li><a href="#([^"]+)"', text) == SECTIONS
    results = Results(folder, experiments.plan(), 2)
    for experiment in experiments.EXPERIMENTS:
        mean, deviation = results.mean(experiment.name), results.deviation(experiment.name)
        row = f'{re.escape(experiment.title)}</th>.*?<td class="own">{100 * mean:.1f} <small>± '
        row += f"{100 * deviation:.1f}</small>"
        assert re.search(row, text, flags=re.DOTALL), experiment.name
    for published in ("88.3", "91.1", "85.2 to 86.8", "89.1, 89.3, 89.4, 90.5"):
        assert published in text
    assert text.count('class="film"') == 8


def links(text):
    """Return the links of a page to other pages."""
    return [link for link in re.findall(r'<a href="([^"]+)"', text) if not link.startswith("#")]


def test_the_page_links_to_the_documentation_if_its_address_is_known(
    folder, short_steps, monkeypatch
):
    (blog,) = links((folder / "index.html").read_text("utf-8"))
    assert blog in notmnist.datasets.info("open", verbose=0).citation
    monkeypatch.setenv("NOTMNIST_SITE", "https://letters.example/docs/")
    names = ("reproduction.html", "_static/playground.html", "teaching.html")
    expected = [f"https://letters.example/docs/{name}" for name in names]
    text = render(Results(folder, experiments.plan(), 2), quick=False).html
    assert links(text) == [*expected, blog]


def test_the_links_of_the_published_page_lead_to_pages_of_the_documentation():
    published = ROOT / "docs" / "_static" / "article.html"
    found = [link for link in links(published.read_text("utf-8")) if ":" not in link]
    assert len(found) == 3
    for link in found:
        page = (published.parent / link).resolve()
        assert page.exists() or page.with_suffix(".md").exists(), link


def test_every_picture_has_words_for_those_who_do_not_see_it(folder):
    text = (folder / "index.html").read_text("utf-8")
    assert all(re.findall(r'<img [^>]*alt="([^"]*)"', text))
    shown = re.findall(r'<(?:svg class="weights"|div class="(?:plot|graph)")[^>]*>', text)
    assert len(shown) > 50
    assert all(re.search(r'role="img" aria-label="[^"]{10,}"', each) for each in shown)


def test_redrawing_trains_nothing_needs_no_data_and_gives_the_same_page(
    folder, short_steps, tmp_path, capsys
):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    before = (copy / "index.html").read_bytes()
    (copy / "index.html").unlink()
    assert main(["reproduce", "--redraw", "--seeds", "2", "-o", str(copy)]) == 0
    assert (copy / "index.html").read_bytes() == before
    out = capsys.readouterr().out
    assert len(re.findall("^(?:held|not held|not decided) ", out, flags=re.MULTILINE)) == 8
    assert str(copy / "index.html") in out


def test_the_figures_of_the_page_are_files_named_by_chapter_and_figure(
    folder, short_steps, tmp_path, monkeypatch
):
    monkeypatch.setattr(training, "run_all", None)  # nothing may be trained
    files = tmp_path / "figures"
    options = ["--seeds", "2", "-o", str(folder)]
    assert main(["reproduce", "--figures", str(files), *options]) == 0
    found = {path.name for path in files.iterdir()}
    drawn = {name.removesuffix(".svg") for name in found if name.endswith(".svg")}
    pixels = {name.removesuffix(".png") for name in found if name.endswith(".png")} - drawn
    lines = [chapter for chapter in chapters.CHAPTERS if chapter.lines]
    assert drawn == {
        "arrays-counts",
        "sklearn-confusion",
        *(f"{chapter.anchor}-graph" for chapter in chapters.CHAPTERS if chapter.graph),
        *(f"{each.anchor}-{name.replace('_', '-')}" for each in lines for name in each.metrics),
    }
    assert pixels == {
        "look-letters", "split-train", "split-valid", "split-test", "sklearn-mistakes",
        *(f"{chapter.anchor}-weights-{name}-step-{step:04}"
          for chapter in chapters.CHAPTERS for name in chapter.films for step in (0, 1, 2)),
    }  # fmt: skip
    for name in found:
        if name.endswith(".png"):
            with Image.open(files / name) as image:
                assert image.convert("L").getextrema()[0] < 100, f"{name} is blank"
    root = ElementTree.parse(files / "logistic-valid.svg").getroot()
    assert "Accuracy on validation images" in "".join(root.itertext())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def read_notebook(folder, *options):
    """Return the notebook of a report, and the names of the figures in it."""
    import nbformat

    assert main(["reproduce", "--notebook", "--seeds", "2", "-o", str(folder), *options]) == 0
    book = nbformat.read(folder / "tutorial.ipynb", as_version=4)
    nbformat.validate(book)
    outputs = [output.data for cell in book.cells for output in cell.get("outputs", ())]
    assert all(base64.b64decode(data["image/png"]).startswith(b"\x89PNG") for data in outputs)
    return book, [data["text/plain"] for data in outputs]


def test_the_notebook_has_the_words_the_code_the_figures_and_the_questions_of_the_page(
    folder, short_steps
):
    book, shown = read_notebook(folder)
    page = render(Results(folder, experiments.plan(), 2), quick=False)
    assert sorted(shown) == sorted(page.figures)
    words = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    for chapter in chapters.CHAPTERS:
        assert re.search(rf"^## (\d+ )?{re.escape(chapter.title)}$", words, re.MULTILINE)
        assert all(question in words for question in chapter.questions)
    assert "The article’s λ goes with `tf.nn.l2_loss`, which" in words
    assert words.count("<table") == page.html.count('<table class="wide">')


def test_the_code_of_the_notebook_runs_from_the_first_cell_to_the_last(
    folder, short_steps, tmp_path, monkeypatch
):
    book, _ = read_notebook(folder)
    code = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    files = list((resources.files("notmnist.reproduction") / "listings").iterdir())
    assert len(files) == 13
    for file in files:  # there are fewer images than the slices ask for
        text = re.sub(r"train\[:\d+\]", "train", file.read_text("utf-8"))
        assert text.replace('"open"', "DATA").strip() in code
    for steps in ("3_001", "801", "5_000", "2_000"):
        code = code.replace(f"steps_per_epoch={steps}", "steps_per_epoch=2")
    monkeypatch.chdir(tmp_path)
    keras.utils.disable_interactive_logging()
    exec(compile(code, "tutorial.ipynb", "exec"), {})


def test_without_images_no_image_of_the_data_is_left_anywhere(folder, short_steps, tmp_path):
    sheets = [f"{name}.png" for chapter in chapters.CHAPTERS for name in chapter.sheets]
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert all((copy / "pictures" / name).exists() for name in sheets)
    (copy / "tutorial.ipynb").write_text("of an earlier run, with its images")
    assert main(["reproduce", "--redraw", "--no-images", "--seeds", "2", "-o", str(copy)]) == 0
    assert not (copy / "tutorial.ipynb").exists()
    _, shown = read_notebook(copy, "--no-images")
    hidden = {
        f"{chapter.anchor}-{name}" for chapter in chapters.CHAPTERS for name in chapter.sheets
    }
    assert len(shown) > 40
    assert not hidden & set(shown)
    fresh = tmp_path / "fresh"
    data = Data(str(folder.parent / "notMNIST_test.tar.gz"), verbose=0, images=False)
    few = [each for each in experiments.plan() if each.name in ("sklearn", "logistic")]
    training.run_all(Results(fresh, few, 1), data, verbose=0)
    left = {path.name for place in (copy, fresh) for path in (place / "pictures").iterdir()}
    assert left == {name for chapter in chapters.CHAPTERS for name in chapter.films}
    text = (copy / "index.html").read_text("utf-8")
    assert "<img" not in text
    assert text.count('class="film"') == 8, "weights are shown"
    assert text.count("The images of the data set are not shown here, because") == 3


def test_a_report_with_gaps_is_drawn_with_gaps(folder, short_steps, monkeypatch):
    results, every = Results(folder, experiments.plan(), 2), Results.run

    def run(self, name, seed=0):
        return every(self, name, seed) if name == "logistic" else None

    monkeypatch.setattr(Results, "run", run)
    text = render(results, quick=False).html
    assert text.count("not run") > 20
    assert re.findall(r'<section id="([^"]+)"', text) == SECTIONS


def test_the_browser_asks_for_nothing_but_the_page_and_has_no_complaint(page):
    complaints = [
        event for event in page.events
        if event["method"] in ("Log.entryAdded", "Runtime.consoleAPICalled",
                               "Runtime.exceptionThrown", "Network.loadingFailed")
    ]  # fmt: skip
    assert not complaints
    asked = [
        event["params"]["request"]["url"][:60] for event in page.events
        if event["method"] == "Network.requestWillBeSent"
    ]  # fmt: skip
    assert [url for url in asked if not url.startswith(("data:", "file:"))] == []
    assert sum(url.startswith("file:") for url in asked) == 1


def test_every_picture_can_be_decoded(page):
    assert page.run("document.querySelectorAll('img, image').length") >= 12
    assert page.run(PICTURES) == []


def test_nothing_is_wider_than_the_screen(page):
    outside = """[...document.querySelectorAll("main *")].filter(element =>
        !element.closest(".scroll, pre, .store, svg") &&
        element.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML)"""
    for width in (320, 768, 1280):
        page.screen(width)
        assert page.run("document.documentElement.scrollWidth") <= width
        assert page.run(outside) == []


def test_dark_and_light_both_have_contrast(page):
    colours = """['body', '.note', 'a', 'pre .s2', 'pre .mi', 'pre .c1', '.verdict'].map(name =>
        getComputedStyle(document.querySelector(name)).color)
        .concat(getComputedStyle(document.body).backgroundColor)"""
    for dark in (False, True):
        page.screen(360, dark=dark)
        *inks, paper = (luminance(colour) for colour in page.run(colours))
        assert (paper < 0.05) if dark else (paper > 0.9)
        for ink, least in zip(inks, (7, 4.5, 4.5, 4.5, 4.5, 4.5, 4.5), strict=True):
            light, shade = max(ink, paper), min(ink, paper)
            assert (light + 0.05) / (shade + 0.05) >= least


def luminance(colour: str) -> float:
    parts = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_one_slider_moves_all_films_of_a_chapter(page):
    page.screen(360, still=True)
    films = "document.querySelector('.films:has(.reels > :nth-child(2))')"
    row = "-parseFloat(r.style.transform.slice(11)) / r.dataset.height"
    rows = f"[...{films}.querySelectorAll('.reel')].map(r => {row})"
    slider = f"{films}.querySelector('input')"
    last = int(page.run(f"{slider}.max"))
    assert set(page.run(rows)) == {last}, "it ends on the last frame"
    page.run(f"slider = {slider}; slider.value = 1; slider.dispatchEvent(new Event('input')); 0")
    assert set(page.run(rows)) == {1}
    page.run(f"{films}.querySelector('.steps button').click()")
    assert set(page.run(rows)) == {0}
    page.run(f"{films}.querySelector('.play').click()")
    assert page.run(f"{films}.querySelector('.play').textContent") == "Pause"
    page.run(f"{films}.querySelector('.play').click()")
    assert page.run(f"{films}.querySelector('.play').textContent") == "Play"
    page.screen(360)


def test_a_chart_tells_its_nearest_values_to_the_pointer_and_to_the_keyboard(page):
    page.screen(360)
    page.run("chart = document.querySelector('.charts .chart'); plot = chart.children[0]; 0")
    seen = "[...chart.querySelectorAll('tbody tr')].filter(row => row.checkVisibility())"
    assert page.run(f"{seen}.length") == 0
    page.run("chart.querySelector('.values').open = true")
    assert page.run(f"{seen}.map(row => row.cells[0].textContent)") == ["0", "2"]
    page.run("chart.querySelector('.values').open = false")
    page.run("plot.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = page.run("plot.getBoundingClientRect().toJSON()")
    told = "chart.querySelector('.reading p')?.textContent.split('\\n')[0] ?? ''"
    for place, step in ((0.99, "step 2"), (0.05, "step 0")):
        x, y = box["left"] + place * box["width"], box["top"] + box["height"] / 2
        page.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        assert page.run(told) == step
    page.send("Input.dispatchMouseEvent", type="mouseMoved", x=0, y=0)
    assert page.run(told) == ""
    page.run("plot.focus()")
    for key, step in (("End", "2"), ("ArrowLeft", "1"), ("Home", "0"), ("ArrowLeft", "0")):
        page.send("Input.dispatchKeyEvent", type="keyDown", key=key)
        assert page.run(told) == f"step {step}"
        assert page.run("plot.getAttribute('aria-valuetext')").startswith(f"step {step}, ")
    page.run("plot.blur()")
    assert page.run(told) == ""


def test_a_chart_tells_the_measured_values(folder, short_steps):
    results = Results(folder, experiments.plan(), 2)
    measured = {name: [run["curve"] for run in results.runs(name)] for name in ("relu", "logistic")}
    chart = figures.curves(measured, "valid", "name")
    assert chart.columns == ["step", "relu", "logistic"]
    assert [row.cells[0] for row in chart.rows] == ["0", "1", "2"]
    for at, row in enumerate(chart.rows):
        means = [np.mean([run["valid"][at] for run in runs]) for runs in measured.values()]
        assert list(row.cells[1:]) == [f"{100 * mean:.1f} %" for mean in means]
    places = [row.at for row in chart.rows]  # on a root scale, 1 is 71 % of the way to 2
    assert 0 < places[0] < places[2] < 1
    assert (places[1] - places[0]) / (places[2] - places[0]) == pytest.approx(0.5**0.5)
    text = (folder / "index.html").read_text("utf-8")
    assert text.count('<details class="values">') == 1 + sum(
        len(chapter.metrics) for chapter in chapters.CHAPTERS if chapter.lines
    )


def test_print_shows_stills_in_light_colours(page):
    page.media(dark=True, kind="print")
    shown = "getComputedStyle(document.querySelector('%s')).display"
    assert page.run(shown % ".film") == "none"
    assert page.run(shown % "nav") == "none"
    assert page.run(shown % ".stills") == "grid"
    assert page.run(shown % ".values") == "none"
    assert luminance(page.run("getComputedStyle(document.body).backgroundColor")) > 0.99
    assert page.pdf().startswith(b"%PDF")
    page.media()


def test_the_contents_lead_to_the_sections(page):
    page.screen(360)
    broken = """[...document.querySelectorAll('nav a')].filter(link =>
        !document.querySelector(link.getAttribute('href') + ' > h2')).length"""
    assert page.run(broken) == 0


def test_charts_take_the_colour_of_the_text_around_them(page):
    colours = """['.plot svg text', '.graph svg text', '.plot svg'].map(name =>
        getComputedStyle(document.querySelector(name)).fill)
        .concat(getComputedStyle(document.body).color)"""
    for dark in (False, True):
        page.screen(360, dark=dark)
        *drawn, ink = page.run(colours)
        assert set(drawn) == {ink}


def test_a_film_has_few_colours_and_holds_frames_that_do_not_differ_once(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    films = []
    for count in (1, 4):
        for step in range(count):
            Image.fromarray(noise).save(tmp_path / f"step-{100 * step:08}.png")
        films.append(figures.film(tmp_path, 16))
    one, four = films
    assert (four.steps, four.height) == ([0, 100, 200, 300], 60)
    data = base64.b64decode(four.strip.uri.partition("base64,")[2])
    drawn = Image.open(io.BytesIO(data)).convert("RGB")
    assert drawn.size == (four.strip.width, four.strip.height) == (60, 240)
    assert len(drawn.getcolors()) <= 16
    assert len(four.strip.uri) < 1.1 * len(one.strip.uri)
