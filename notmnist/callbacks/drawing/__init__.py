"""What is drawn: kernels as tiles, tiles as a sheet."""
