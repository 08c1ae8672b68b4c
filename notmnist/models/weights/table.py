"""The files of trained weights beside it; benchmarks/pack_weights.py writes this."""

from __future__ import annotations

__all__ = ["SHA256"]

SHA256 = {
    "cnn": "173dde99a1b84037a2e17f133cffc1544b9e7acc1cffa3b6199ec4dd83ce9cb0",
    "logistic": "44ef211efa679c45e514b92ce14b5cc78c286cef0a222d21f5240c3c460ffb48",
    "mlp": "6ef25adaad4496103edc0aff684c1f5642030d6f017e0d199878fcba60fc9255",
}
