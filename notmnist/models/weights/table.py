"""Checksums of the trained weights, written by benchmarks/pack_weights.py."""

from __future__ import annotations

__all__ = ["SHA256"]

SHA256 = {
    "cnn": "173dde99a1b84037a2e17f133cffc1544b9e7acc1cffa3b6199ec4dd83ce9cb0",
    "logistic": "43706acbd8aa2ee3f62fec65166690d8a8f5c4404062061d0606cc8a3862b293",
    "mlp": "995864b20722cf939f0edfa97cba497ab12891ab38cc72d1e599e4829ddf3d55",
}
