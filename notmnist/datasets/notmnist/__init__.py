"""The TFDS data set `notmnist`."""
