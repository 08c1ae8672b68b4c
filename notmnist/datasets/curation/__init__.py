"""Copies among the images of a data set, and which of them to leave out."""
