"""The editions of notMNIST and your own files, as sources of examples."""
