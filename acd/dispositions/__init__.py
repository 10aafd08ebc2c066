"""Dispositions: with which result code, and which words, an agent closes a call."""
