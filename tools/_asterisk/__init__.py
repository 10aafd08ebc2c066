"""Brings a fit Asterisk and runs as many instances of it, side by side, as are asked for."""
