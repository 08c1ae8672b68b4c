"""When pictures are taken, and how many steps a fit has done."""
