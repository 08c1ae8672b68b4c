"""The TFDS data set `bars`."""
