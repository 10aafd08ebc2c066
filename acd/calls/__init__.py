"""Interactions and their legs."""
