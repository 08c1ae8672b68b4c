"""Downloading the original files from their mirrors, verified."""
