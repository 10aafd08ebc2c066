"""What `make run` and `make demo` have in common: the sample, running on an Asterisk of its own."""
