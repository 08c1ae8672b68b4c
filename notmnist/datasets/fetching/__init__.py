"""Downloads the original files from their mirrors and verifies them."""
