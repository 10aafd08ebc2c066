"""The whole program, built in one place."""
