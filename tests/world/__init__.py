"""A world for the core: an Asterisk that does things late, a journal that a crash cuts short."""
