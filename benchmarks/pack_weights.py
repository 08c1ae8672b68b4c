"""Put trained weights into the package and their checksums into its table.

    python benchmarks/models_table.py REAL --only cnn --seeds 0 --weights runs
    python benchmarks/pack_weights.py cnn runs/open-cnn-0.npz

The file is a .npz written by `notmnist.models.weights.pack`, or a model that
`python -m notmnist train --recipe NAME --save FILE.keras` saved.
"""

import argparse
import hashlib
import io
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

import notmnist
from notmnist.models import weights

FOLDER = Path(weights.__file__).parent
LIMIT = 6_000_000  # bytes, of all files together


def table(sums):
    """Return the module with the checksums."""
    rows = "".join(f'    "{name}": "{sha256}",\n' for name, sha256 in sorted(sums.items()))
    return (
        '"""Checksums of the trained weights, written by benchmarks/pack_weights.py."""\n'
        "\nfrom __future__ import annotations\n\n"
        '__all__ = ["SHA256"]\n\n'
        f"SHA256 = {{\n{rows}}}\n"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted(weights.table.SHA256))
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    if options.file.suffix == ".keras":
        data = weights.pack(keras.saving.load_model(options.file, compile=False))
    else:
        data = options.file.read_bytes()
    factory = getattr(notmnist.models, options.name)
    model = factory(compile=False)
    weights.packing.unpack(
        model, io.BytesIO(data), str(options.file)
    )  # it fits the default architecture
    (FOLDER / f"{options.name}.npz").write_bytes(data)
    sums = {**weights.table.SHA256, options.name: hashlib.sha256(data).hexdigest()}
    (FOLDER / "table.py").write_text(table(sums))
    total = sum(path.stat().st_size for path in FOLDER.glob("*.npz"))
    print(f"{options.name}: {len(data):,} bytes; all files {total:,} of at most {LIMIT:,}")
    if total > LIMIT:
        raise SystemExit(f"The weights must not exceed {LIMIT:,} bytes in total.")


if __name__ == "__main__":
    main()
