"""The off-the-shelf classifier: scikit-learn's default logistic regression, on 5,000 images.

    python benchmarks/offtheshelf.py open
    python benchmarks/offtheshelf.py FOLDER      # any edition, or a path such as IDX files

Prints the accuracy with its interval, the calibration and the confusion matrix on the test split.
"""

import argparse
import functools
import warnings

import notmnist
from notmnist.evaluation import evaluate


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="as for notmnist.load")
    options = parser.parse_args()
    load = functools.partial(notmnist.load, options.data, format="numpy", verbose=0)
    images, labels = next(iter(load(split="train", batch_size=5000, shuffle=True, seed=0)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 100 iterations do not converge, on purpose
        baseline = notmnist.models.baseline().fit(images, labels)
    print(evaluate(baseline, load(split="test")).text())


if __name__ == "__main__":
    main()
