"""Queues: entries, their order, and who is offered them."""
