"""The files of trained weights beside it; benchmarks/pack_weights.py writes this."""

from __future__ import annotations

__all__ = ["SHA256"]

SHA256 = {
    "cnn": "f68937ebb7cb8fc4b886576542033d37d87058014d36d36c8744bde0a337cfb7",
    "logistic": "ba4abd5e1828a58ab047c5e80a3f09e9696c4dc75a8d3b72c801bde36999a8a2",
    "mlp": "551dd63ad42e069dee2511c51e8eebb13fd686a84022b869cfc21444eb16cc44",
}
