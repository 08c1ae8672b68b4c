"""Prepared data sets on disk, as memory-mapped arrays."""
