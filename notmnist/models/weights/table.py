"""The files of trained weights beside it; benchmarks/pack_weights.py writes this."""

from __future__ import annotations

__all__ = ["SHA256"]

SHA256 = {
    "cnn": "f68937ebb7cb8fc4b886576542033d37d87058014d36d36c8744bde0a337cfb7",
    "logistic": "44ef211efa679c45e514b92ce14b5cc78c286cef0a222d21f5240c3c460ffb48",
    "mlp": "6ef25adaad4496103edc0aff684c1f5642030d6f017e0d199878fcba60fc9255",
}
