"""Sound files: into the form that costs Asterisk least."""
