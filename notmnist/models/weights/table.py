"""Checksums of the trained weights, written by benchmarks/pack_weights.py."""

from __future__ import annotations

__all__ = ["SHA256"]

SHA256 = {
    "cnn": "32a92e281710c00dee09f94a1fd50da4174324e034ea263d40760947147780de",
    "logistic": "44ef211efa679c45e514b92ce14b5cc78c286cef0a222d21f5240c3c460ffb48",
    "mlp": "6ef25adaad4496103edc0aff684c1f5642030d6f017e0d199878fcba60fc9255",
}
