"""The playground in real Chromium: it loads, plays, draws, and fits the screen."""

import re
import time
from pathlib import Path

import numpy as np
import pytest

import notmnist
from notmnist.cli import main
from notmnist.models.reading import as_glyph
from notmnist.playground.packing import TEST, TRAIN, choose
from tests import playground as driver
from tests.playground import LETTERS, READY, arrays, load, step, unpacked, wait, weights

COMMITTED = Path(__file__).parents[1] / "docs" / "_static" / "playground.html"
text, browser, letters, page = driver.text, driver.browser, driver.letters, driver.page  # fixtures


def test_the_page_is_one_file_of_at_most_four_megabytes_that_names_no_address(text):
    assert len(text.encode()) <= 4_000_000
    assert not re.findall(r'(?:src|href)="(?!data:)', text)
    assert set(re.findall(r"https?:[^'\" ]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "url(#frame)" in text
    assert len(re.findall(r"url\(|@import", text)) == 1
    assert "default-src 'none'" in text


def test_the_committed_page_is_up_to_date(text):
    committed = COMMITTED.read_text("utf-8")
    assert LETTERS.sub(r"\1", committed) == LETTERS.sub(r"\1", text)
    assert unpacked(committed) == unpacked(text)  # another zlib may compress them differently


def test_the_letters_are_the_editions_with_greys_in_16_levels(letters):
    train, test = notmnist.load_data("open")
    for split, given, count in (("train", train, TRAIN), ("test", test, TEST)):
        wanted = choose(*given, count).reshape(-1, 784)
        assert np.abs(letters[split].astype(int) - wanted).max() <= 8
        assert len(np.unique(letters[split])) == 16


def test_play_trains_draws_and_rests(page):
    picture = "document.querySelector('#tiles canvas').toDataURL()"
    before = page.run(picture)
    page.run("document.querySelector('#play').click()")
    wait(page, "playground.latest.step > 100 && playground.results.chart.points.length > 3")
    assert page.run("document.querySelector('#play').textContent.trim()") == "Pause"
    page.run("document.querySelector('#play').click()")
    wait(page, "!playground.latest.playing")
    rest = page.run("playground.latest.step")
    wait(page, f"clock.textContent === '{rest:,}'.toString()")
    assert page.run(picture) != before
    assert page.run("playground.latest.evaluation.test") > 0.5
    assert page.run("document.querySelectorAll('#tiles button').length") == 10
    assert page.run("document.querySelectorAll('#mistakes button').length") >= 18
    assert page.run("curves.querySelector('.test').getAttribute('points').split(' ').length") > 3
    page.run("document.querySelector('#one').click()")
    wait(page, f"playground.latest.step === {rest + 1}")
    page.run("document.querySelector('#reset').click()")
    wait(page, READY + " && playground.latest.step === 0")
    assert page.run(picture) == before


CHAPTERS = [  # the model, λ, dropout, batches
    ("logistic", 0, 0, "all"),
    ("logistic", 0.005, 0, "all"),
    ("logistic", 0.05, 0, "all"),
    ("hidden", 0, 0, "all"),
    ("hidden", 0.005, 0, "all"),
    ("hidden", 0, 0, 5),
    ("hidden", 0, 0.4, 5),
]


def test_the_presets_are_the_tutorials_chapters_and_a_link_brings_each_back(page):
    tutorial = {"units": 128, "rate": 0.5, "batch": 128, "spread": "tutorial", "seed": 1}
    assert page.run("PRESETS.length") == len(CHAPTERS)
    for i, values in enumerate(CHAPTERS):
        page.run(f"presets.querySelectorAll('button')[{i}].click()")
        assert page.run("playground.playing")
        page.run("playground.pause()")
        chapter = dict(zip(("model", "l2", "dropout", "batches"), values, strict=True))
        assert page.run("playground.settings") == {**tutorial, **chapter}
        assert page.run("toHash(fromHash(location.hash)) === toHash(playground.settings)")
        assert page.run("story.textContent.length") > 80
        assert page.run("[...presets.querySelectorAll('[aria-pressed=true]')].length") == 1
    page.run("location.hash = '#model=hidden&units=16&l2=0.001'")
    wait(page, "playground.settings.units === 16")
    assert page.run("[playground.settings.l2, playground.settings.rate]") == [0.001, 0.5]


def test_a_link_with_nonsense_gives_the_first_preset(page):
    load(page, "model=cnn&units=-3&rate=1e9&l2=NaN&batch=0&batches=1e6&seed=12345678&x=%3Cb%3E")
    assert page.run("describe(playground.settings)") == "Logistic regression"
    assert page.run("playground.settings.seed") == 9999


def test_the_learning_rate_can_be_changed_while_it_trains(page):
    before = weights(page)[0]
    step(page, 1)
    between = weights(page)[0]
    page.run("""const slider = document.querySelector("[name=rate]"); slider.value = 0;
        slider.dispatchEvent(new Event("input"))""")
    assert page.run("location.hash.includes('rate=0.001')")
    step(page, 1)  # the second step: training did not start again
    moved, then = np.abs(between - before).max(), np.abs(weights(page)[0] - between).max()
    assert 0 < then < moved / 50


def test_a_rate_that_is_too_high_is_reported_and_stops(page):
    load(page, "model=hidden&units=16&rate=2&l2=0.1&batches=1")
    page.run("playground.worker.postMessage({ kind: 'tune', changes: { rate: 1e30 } })")
    page.run("playground.play()")
    wait(page, "!playground.playing")
    assert "learning rate" in page.run("document.querySelector('#status').textContent")


def draw(page, *points):
    """Draw a line with the mouse; points are shares of the canvas."""
    box = page.run("(({ x, y, width }) => [x, y, width])(sketch.getBoundingClientRect())")
    for kind, (x, y) in zip(
        ["mousePressed", *["mouseMoved"] * (len(points) - 1)], points, strict=True
    ):
        mouse(page, kind, box[0] + x * box[2], box[1] + y * box[2])
    mouse(page, "mouseReleased", box[0] + x * box[2], box[1] + y * box[2])


def mouse(page, kind, x, y):
    page.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)


def ink(page):
    (drawn,) = arrays(page, np.uint8, "[playground.sketch.ink]")
    return drawn.reshape(168, 168)


def test_a_drawn_letter_is_cropped_and_stretched_as_the_data_sets_are(page):
    from PIL import Image

    page.run("document.querySelector('#sketch').scrollIntoView({ block: 'center' })")
    page.run("playground.sketch.clear()")
    draw(page, (0.3, 0.2), (0.3, 0.8), (0.6, 0.8))
    wait(page, "asked.textContent === 'Your letter'")
    wanted = as_glyph(Image.fromarray(ink(page)))
    found = page.run("Array.from(playground.answer.letter)")
    assert np.abs(np.reshape(found, (28, 28)) - wanted.astype(int)).max() <= 1
    assert wanted.mean() > 40
    page.run("document.querySelector('#clear').click()")
    assert not ink(page).any()


def test_keys_draw_pick_tiles_and_read_the_curve(page):
    def press(*keys):
        for key in keys:
            page.send("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, text="")
            page.send("Input.dispatchKeyEvent", type="keyUp", key=key, code=key)

    page.run("playground.sketch.clear(); document.querySelector('#sketch').focus()")
    press(" ", *["ArrowDown"] * 6, " ", *["ArrowRight"] * 6)
    rows, columns = np.nonzero(ink(page))
    assert np.ptp(rows) > np.ptp(columns) > 15  # the pen was up on its way to the right
    press("Delete")
    assert not ink(page).any()
    page.run("document.querySelector('#tiles [tabindex=\"0\"]').focus()")
    press("ArrowRight", "ArrowDown")
    assert page.run("document.activeElement.textContent") == "G"
    assert page.run("weightsName.textContent") == "weights of G"
    step(page, 10)
    page.run("curves.focus()")
    press("Home")
    assert page.run("readout.textContent").startswith("Step 0: train ")


def test_the_products_of_pixels_and_weights_add_up_to_the_logit(page):
    step(page, 20)
    page.run("document.querySelectorAll('#bars button')[3].click()")
    text = page.run("why.textContent").replace("−", "-")
    total, bias, logit = map(float, re.findall(r"[-+]\d+\.\d+", text)[:3])
    assert total + bias == pytest.approx(logit, abs=0.011)
    kernel, offset = weights(page)
    letter = np.array(page.run("Array.from(playground.answer.letter)"))
    said = ((letter - 127.5) / 255) @ kernel + offset
    assert logit == pytest.approx(said[3], abs=0.006)
    shown = page.run("[...document.querySelectorAll('.logit')].map((e) => e.textContent)")
    np.testing.assert_allclose([float(each.replace("−", "-")) for each in shown], said, atol=0.006)


@pytest.mark.parametrize("settings", ["", "model=hidden&units=256"])
def test_nothing_is_wider_than_the_screen(page, settings):
    step(page, 100)  # so that there is a previous run
    load(page, settings)
    outside = """[...document.querySelectorAll("main *")].filter((element) =>
        !element.closest("svg, #chaptersTitle") && element.checkVisibility() &&
        element.getBoundingClientRect().right >
            (element.closest(".panel") ?? document.body).getBoundingClientRect().right + 1
        ).map((e) => e.outerHTML)"""
    for width in (320, 375, 768, 1366):
        page.screen(width)
        assert page.run("document.documentElement.scrollWidth") <= width
        assert page.run(outside) == []


def test_light_and_dark_both_have_contrast(page):
    step(page, 1)
    colours = """["#story", ".note", "dt", "#train", "#test", ".legend .test", "#beforeTest",
        ".bar .logit", "#controls legend", "#status"].map((name) =>
        getComputedStyle(document.querySelector(name)).color)
        .concat([".panel", "body"].map((name) =>
        getComputedStyle(document.querySelector(name)).backgroundColor))"""
    for dark in (False, True):
        page.screen(1366, dark=dark)
        *inks, panel, paper = (luminance(colour) for colour in page.run(colours))
        assert (paper < 0.05) if dark else (paper > 0.9)
        for ink in inks:
            light, shade = max(ink, panel), min(ink, panel)
            assert (light + 0.05) / (shade + 0.05) >= 4.5


def luminance(colour):
    parts = [int(number) / 255 for number in re.findall(r"\d+", colour)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_pictures_change_once_a_second_where_little_motion_is_wanted(page):
    page.screen(1366, still=True)
    page.run("""globalThis.shows = 0; const show = playground.tiles.show;
        playground.tiles.show = function (...given) { shows += 1; show.apply(this, given); };
        playground.play()""")
    wait(page, "playground.latest.step > 0")
    time.sleep(1.5)
    shows = page.run("shows")
    page.run("playground.pause(); delete playground.tiles.show")
    assert 1 <= shows <= 2


def test_every_control_has_a_name(page):
    tree = page.send("Accessibility.getFullAXTree")["nodes"]
    controls = [
        node for node in tree
        if node.get("role", {}).get("value") in ("button", "slider", "radio", "spinbutton", "image")
    ]  # fmt: skip
    assert len(controls) > 60
    assert [node for node in controls if not node["name"]["value"].strip()] == []


def test_the_browser_has_nothing_to_complain_of_and_asks_for_nothing(page):
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
    assert [url for url in asked if not url.startswith(("data:", "blob:", "file:"))] == []
    assert sum(url.startswith("file:") for url in asked) == 1


def test_the_command_writes_the_page_and_opens_it(text, home, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    assert main(["playground"]) == 0
    path = home / "playground.html"
    assert opened == [path.as_uri()]
    assert str(path) in capsys.readouterr().out
    assert path.read_text("utf-8") == text  # every build is the same


def test_the_command_writes_elsewhere_and_opens_nothing(text, monkeypatch, tmp_path):
    monkeypatch.setattr("webbrowser.open", lambda address: pytest.fail(address))
    monkeypatch.setattr("notmnist.playground.build_page", lambda: text)
    assert main(["playground", "--output", str(tmp_path)]) == 2
    path = tmp_path / "new" / "page.html"
    assert main(["playground", "--output", str(path), "--no-browser"]) == 0
    assert path.read_text("utf-8") == text
