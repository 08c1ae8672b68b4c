"""The editions of notMNIST, and your own files, as sources to read."""
