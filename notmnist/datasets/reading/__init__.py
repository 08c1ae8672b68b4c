"""Reads examples from archives, folders, IDX files and arrays."""
