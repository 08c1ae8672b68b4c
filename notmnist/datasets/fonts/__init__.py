"""Letters drawn from font files."""
