import contextlib
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import notmnist
from notmnist.cli import main
from tests.archives import draw, glyphs, write_tar


def test_train_fits_draws_and_prints_the_accuracy(archive, tmp_path, capsys):
    pictures = tmp_path / "weights.gif"
    model = tmp_path / "model.keras"
    status = main(
        ["train", "--data", str(archive), "--hidden", "20", "--epochs", "2", "--units", "9",
         "--weight-images", str(pictures), "--save", str(model)]
    )  # fmt: skip
    out = capsys.readouterr().out
    assert status == 0
    assert "240 train, 30 valid, 30 test" in out
    assert "Test accuracy: " in out
    assert str(pictures) in out
    with Image.open(pictures) as animation:
        assert animation.n_frames >= 3
    assert model.stat().st_size > 10_000


def test_logistic_regression_draws_its_ten_outputs(archive, tmp_path):
    arguments = ["--model", "logistic", "--epochs", "1", "--batch-size", "120", "--every", "1"]
    places = ["--weight-images", str(tmp_path / "weights")]
    assert main(["train", "--data", str(archive), *arguments, *places]) == 0
    assert len(list((tmp_path / "weights").glob("*.png"))) == 3  # before, and after two steps


@pytest.mark.parametrize("text", ["foo", "0", "-1", "1.5"])
def test_a_wrong_step_is_shown_with_its_option(text, capsys):
    with pytest.raises(SystemExit):
        main(["train", "--data", "open", f"--every={text}"])
    message = f"argument --every: '{text}' must be a positive integer or log"
    assert message in capsys.readouterr().err


def test_hidden_are_the_units_of_a_cnn_too(archive, tmp_path, capsys):
    arguments = ["--model", "cnn", "--hidden", "16", "--epochs", "1"]
    places = ["--weight-images", str(tmp_path / "w.gif"), "--save", str(tmp_path / "m.keras")]
    assert main(["train", "--data", str(archive), *arguments, *places]) == 0
    import keras

    assert keras.saving.load_model(tmp_path / "m.keras").get_layer("hidden").units == 16


def test_the_model_is_saved_in_a_new_folder_without_a_valid_and_a_test_split(tmp_path, capsys):
    for number, letter in enumerate("AAABBB"):
        (tmp_path / "data" / "train" / letter).mkdir(parents=True, exist_ok=True)
        drawn = Image.fromarray(draw(number, letter))
        drawn.save(tmp_path / "data" / "train" / letter / f"{number}.png")
    arguments = ["--data", str(tmp_path / "data"), "--model", "logistic", "--epochs", "1"]
    places = ["--weight-images", str(tmp_path / "w.gif"), "--save", str(tmp_path / "new/m.keras")]
    assert main(["train", *arguments, *places]) == 0
    assert "6 train, 0 valid, 0 test" in (out := capsys.readouterr().out)
    assert "No test accuracy" in out
    assert (tmp_path / "new" / "m.keras").stat().st_size > 1000
    places = ["--weight-images", str(tmp_path / "w.gif"), "--save", str(tmp_path / "x.keras")]
    (tmp_path / "x.keras").mkdir()
    assert main(["train", *arguments, *places]) == 2
    assert "Received: --save=" in capsys.readouterr().err


def test_a_reader_that_stops_ends_a_command_quietly():
    program = "import sys; from notmnist.cli import main; sys.exit(main(['info', 'open']))"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0
    assert b"Error" not in errors


def test_data_of_other_classes_and_sizes_is_trained_on_and_drawn(tmp_path, capsys):
    random = np.random.default_rng(0)
    images = random.integers(0, 200, (60, 12, 9), np.uint8)
    np.savez(tmp_path / "greek.npz", images=images, labels=np.tile(list("αβγ"), 20))
    data = str(tmp_path / "greek.npz")
    for model in ("mlp", "logistic", "cnn"):
        arguments = ["--model", model, "--epochs", "1", "--weight-images", str(tmp_path / "w.gif")]
        assert main(["train", "--data", data, *arguments]) == 0
    assert f"logistic, {12 * 9 * 3 + 3} parameters" in capsys.readouterr().out
    sheet = tmp_path / "samples.png"
    assert main(["samples", data, "-o", str(sheet), "--columns", "2"]) == 0
    with Image.open(sheet) as picture:
        assert 3 * 24 <= picture.height < 4 * 28, "one row for each class"


def test_info_prints_facts_and_json(archive, capsys):
    assert main(["info", str(archive)]) == 0
    assert "Train: 240 examples" in capsys.readouterr().out
    assert main(["info", "open", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "open"


def test_prepare_says_where_the_store_is(archive, home, capsys):
    assert main(["prepare", str(archive)]) == 0
    assert str(home) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--data", "nowhere.tar.gz"], "nowhere.tar.gz"),
        (["train", "--data", "opne"], "'open'"),
        (["train", "--data", "open", "--epochs", "0"], "--epochs=0"),
        (["train", "--data", "open", "--save", "model.h5"], "model.h5"),
        (["train", "--data", "open", "--save", "/dev/null/m.keras"], "--save='/dev/null/m.keras'"),
        (["train", "--data", "open", "--l2", "-1"], "l2=-1.0"),
        (["info", "nowhere/"], "nowhere"),
    ],
)
def test_an_error_is_one_line_without_a_traceback(
    arguments, message, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.splitlines()[-1].startswith("notmnist: error: ")  # after a progress bar
    assert message in err
    assert not list(tmp_path.iterdir())


def test_the_module_runs_as_a_command():
    run = subprocess.run(
        [sys.executable, "-m", "notmnist", "--version"], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("notmnist ")


@pytest.mark.slow
def test_without_arguments_it_shows_offline_what_regularisation_does(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "notmnist"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    rows = re.findall(r"^(with\w*)\D.* ([\d.]+)% +([\d.]+)%$", run.stdout, re.MULTILINE)
    assert [name for name, _, _ in rows] == ["without", "with", "with"]
    plain, regularised, too_much = ([float(train), float(test)] for _, train, test in rows)
    assert plain[0] > 99.5
    assert regularised[1] > plain[1] + 1
    assert too_much[0] < 97
    assert too_much[1] < regularised[1] - 1
    for name in ("weights.gif", "weights-without.gif"):
        with Image.open(tmp_path / name) as animation:
            assert animation.n_frames > 40


def test_samples_draws_a_sheet(archive, tmp_path, capsys):
    sheet = tmp_path / "sheet.png"
    assert main(["samples", str(archive), "-o", str(sheet), "--columns", "5"]) == 0
    assert str(sheet) in capsys.readouterr().out
    with Image.open(sheet) as picture:
        assert picture.width > 5 * 28


def test_curate_prints_and_draws_the_copies(tmp_path, capsys):
    entries = glyphs(20)
    copies = [(name.replace(".png", "Y29weQ==.png"), data) for name, data in entries[:7]]
    path = write_tar(tmp_path / "a.tar.gz", entries + copies)
    assert main(["curate", str(path), "--json", "--distance", "0"]) == 0
    assert json.loads(capsys.readouterr().out)["groups"]["exact"] == 7
    sheet = tmp_path / "copies.png"
    assert main(["curate", str(path), "-o", str(sheet), "--distance", "0"]) == 0
    assert "7 groups of equal images" in capsys.readouterr().out
    assert sheet.stat().st_size > 1000


def test_curate_lists_and_draws_labels_that_look_wrong(tmp_path, capsys):
    (images, labels), *_ = notmnist.load(
        "open", split="test", batch_size=300, shuffle=False, format="numpy"
    )
    wrong = labels.copy()
    wrong[[3, 30, 200]] = (labels[[3, 30, 200]] + 5) % 10
    np.savez(tmp_path / "a.npz", images=images, labels=wrong)
    command = ["curate", str(tmp_path / "a.npz"), "--suspects"]
    assert main([*command, "--json"]) == 0
    suspects = json.loads(capsys.readouterr().out)["suspects"]
    rows = {suspect["row"] for suspect in suspects}
    assert {3, 30, 200} <= rows, "rows of the file"
    assert len(suspects) < 30
    sheet = tmp_path / "sheet.png"
    assert main([*command, "--json", "-o", str(sheet)]) == 0
    assert json.loads(capsys.readouterr().out)["suspects"] == suspects
    assert sheet.stat().st_size > 1000
    assert main(command) == 0
    assert f"{len(suspects)} of 300 labels" in capsys.readouterr().out
    assert main([*command, "--distance", "3"]) == 2
    assert "`--distance` must not be used with --suspects" in capsys.readouterr().err
    for place, rule in (("missing/s.png", "be in a folder that exists"), ("s.xyz", "end in .png")):
        assert main([*command, "-o", str(tmp_path / place)]) == 2
        assert f"`--output` must {rule}" in capsys.readouterr().err
    read_as = notmnist.models.cnn(weights="open").predict(images, verbose=0).argmax(1)
    np.savez(tmp_path / "none.npz", images=images, labels=read_as)
    assert main(["curate", str(tmp_path / "none.npz"), "--suspects"]) == 0
    (line,) = capsys.readouterr().out.splitlines()  # and no table
    assert line.startswith("0 of 300 labels")
    np.savez(tmp_path / "b.npz", images=images, labels=wrong + 3)
    assert main(["curate", str(tmp_path / "b.npz"), "--suspects"]) == 2
    assert (
        "only for 28×28 grey images of A to J. Received: 28×28×1 with 13 classes: 0, 1, 2"
        in capsys.readouterr().err
    )


def test_info_of_an_edition_needs_neither_its_data_nor_a_network(home, capsys, monkeypatch):
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    assert main(["info", "original"]) == 0
    out = capsys.readouterr().out
    assert "train 519,114, valid 10,000, test 18,724" in out
    assert "Licence: The author states none" in out
    assert "Known flaw: About 6.5 %" in out
    assert main(["info", "original", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["prepared"] is False


def test_info_counts_the_examples_of_each_class(archive, capsys):
    assert main(["info", str(archive)]) == 0
    assert "Test: 30 examples (A 3, B 3, " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "meant"),
    [(["trian"], "train"), (["info", "smal"], "small"),
     (["train", "--data", "open", "--recipe", "mpl"], "mlp"),
     (["samples", "open", "--split", "validation"], "valid")],
)  # fmt: skip
def test_a_mistyped_word_is_answered_by_what_may_be_meant(words, meant, capsys):
    with contextlib.suppress(SystemExit):
        main(words)
    assert f"Did you mean '{meant}'?" in capsys.readouterr().err


def test_tensorflow_is_silent_unless_it_fails(tmp_path):
    picture = tmp_path / "letter.png"
    Image.fromarray(draw(1, "A")).save(picture)
    command = [sys.executable, "-m", "notmnist", "read", "--model", "logistic", str(picture)]
    usual = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=usual)
    assert done.stderr == ""
    failing = {**usual, "KERAS_BACKEND": "nonsense"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=failing)
    assert "Unable to import backend" in done.stderr


def test_an_interruption_says_what_was_kept(capsys, monkeypatch):
    def interrupt(args):
        raise KeyboardInterrupt

    monkeypatch.setattr("notmnist.cli.tune.run", interrupt)
    assert main(["tune"]) == 130
    assert "Finished trials are kept" in capsys.readouterr().err
