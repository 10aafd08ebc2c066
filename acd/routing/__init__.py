"""Routing: what a dialled number is, whoever has written it in whatever way."""
