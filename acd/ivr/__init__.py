"""What is said on the line, as a tuple of recorded parts, and how long it takes."""
