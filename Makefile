PYTHON ?= python

.PHONY: lint format test test-slow test-backends test-backends-smoke wheel wheel-check docs bench bench-quick \
  open-edition open-copies open-page pictures l2-sweep ood label-noise models doubts faces-curve off-the-shelf chapters article article-real playground \
  ood-fonts copies-real copies-time temperature legibility beam-scale

lint:  ## ruff and mypy, as CI runs them
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

test:  ## the default suite: offline
	$(PYTHON) -m pytest -n auto

test-slow:  ## full-size archives, benchmarks' guards
	$(PYTHON) -m pytest -m slow

MODEL_TESTS = $(addprefix tests/test_,models.py weights.py recipes.py reading.py)

test-backends: test-backends-smoke  ## the models' tests on JAX and PyTorch too, if they are installed
	for backend in jax torch; do \
	  if $(PYTHON) -c "import $$backend" 2>/dev/null; \
	  then KERAS_BACKEND=$$backend $(PYTHON) -m pytest -n auto $(MODEL_TESTS) || exit 1; \
	  else echo "skipped: $$backend is not installed"; fi; \
	done

test-backends-smoke:  ## train on each backend, and compare the predictions of the shipped weights
	$(PYTHON) -m pytest -m slow tests/test_backends.py

bench:  ## all speed benchmarks, for docs/speed.md
	$(PYTHON) benchmarks/bench.py --write docs/speed-table.md

bench-quick:  ## a few speed benchmarks; fails if a ratio has become worse
	$(PYTHON) benchmarks/bench.py --quick --guard

wheel:
	$(PYTHON) -m build

docs:  ## build the pages, with warnings as errors; open docs/_build/html/index.html
	rm -rf docs/api  # generated from docs/api.md
	$(PYTHON) -m sphinx -W --keep-going -n -q docs docs/_build/html

pictures:  ## the pictures of weights and mistakes on the pages
	$(PYTHON) docs/make_pictures.py

open-page:  ## the sheet of faces and the tables in docs/open-edition.md
	$(PYTHON) docs/make_open_page.py

l2-sweep:  ## accuracy against λ for docs/scaling.md
	$(PYTHON) benchmarks/l2_sweep.py
	$(PYTHON) benchmarks/l2_sweep.py --draw

REAL ?= notMNIST_small.tar.gz

ood:  ## letters against MNIST's digits, for docs/evaluation.md; REAL is any path to real letters
	$(PYTHON) benchmarks/ood.py mnist --real $(REAL)

ood-fonts:  ## letters against digits of the same fonts, for docs/evaluation.md; after `make open-edition`
	$(PYTHON) benchmarks/ood.py fonts $(SOURCES)

LARGE ?= notMNIST_large.tar.gz

label-noise:  ## labels that look wrong, for docs/curation.md; REAL and LARGE are any paths
	$(PYTHON) benchmarks/label_noise.py $(REAL) $(LARGE)

copies-real:  ## the copies in docs/curation.md; REAL is any path
	$(PYTHON) -m notmnist curate $(REAL)

copies-time:  ## the time to search 547,838 images for copies, for docs/curation.md; REAL is an IDX file
	$(PYTHON) benchmarks/copies.py --source $(REAL)

temperature:  ## the temperatures of the recipes; after `make models`
	for name in cnn logistic mlp; do \
	  $(PYTHON) benchmarks/temperature.py $$name build/runs/open-$$name-0.npz || exit 1; \
	done

models:  ## train every recipe with five seeds, for docs/weights.md; REAL is a folder of IDX files
	$(PYTHON) benchmarks/models_table.py $(REAL) --weights build/runs
	$(PYTHON) benchmarks/models_table.py $(REAL) --setting real --seeds 0 1 2
	$(PYTHON) benchmarks/models_pages.py

doubts:  ## how often `models.read` reports a doubt, for docs/weights.md; after `make open-edition`
	$(PYTHON) benchmarks/doubt.py $(SOURCES)

faces-curve:  ## accuracy against the number of faces, for docs/open-edition.md
	$(PYTHON) benchmarks/faces_curve.py $(REAL) --recipe mlp --seeds 0 1

off-the-shelf:  ## scikit-learn's logistic regression, for docs/evaluation.md
	$(PYTHON) benchmarks/offtheshelf.py open

chapters:  ## accuracy after each chapter of the playground, for docs/playground.md; needs Chromium
	$(PYTHON) benchmarks/chapters.py

article:  ## the tutorial on the edition open, one seed, for docs/reproduction.md
	NOTMNIST_SITE=.. $(PYTHON) -m notmnist reproduce --quick -o build/article
	cp build/article/index.html docs/_static/article.html

article-real:  ## the tutorial on real images, without showing them; REAL is any path
	NOTMNIST_SITE=.. $(PYTHON) -m notmnist reproduce --edition $(REAL) --no-images -o build/article-real
	cp build/article-real/index.html docs/_static/article-real.html

playground:  ## docs/_static/playground.html, the page that trains in the browser
	$(PYTHON) -m notmnist playground --no-browser --output docs/_static/playground.html

wheel-check:  ## build and inspect the wheel, install it in a new environment and test it there
	.ci/wheel-check $(PYTHON)

SOURCES ?= build/open-sources

open-edition:  ## draw the edition open again; downloads 855 packages of fonts from Debian and npm, 3 GB unpacked
	$(PYTHON) tools/open_edition/rebuild.py $(SOURCES) --fetch

legibility:  ## how well a classifier finds faces without letters, for docs/open-edition.md; after `make open-edition`
	$(PYTHON) benchmarks/legibility.py $(SOURCES) --out build/legibility.json

beam-scale:  ## Beam's time and memory for docs/scaling.md; FONTS is a folder of fonts
	for images in 2000 100000 1000000; do $(PYTHON) benchmarks/beam_scale.py measure $(FONTS) $$images || exit 1; done
	$(PYTHON) benchmarks/beam_scale.py plan

open-copies:  ## find the copies in the edition open again; offline
	$(PYTHON) tools/open_edition/copies.py
