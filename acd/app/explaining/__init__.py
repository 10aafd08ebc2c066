"""Explaining: what happened to a call and why nobody takes it, why an offer was made, and why an
agent is offered what he or she is offered."""

from acd.app.explaining.agents import agent_lines
from acd.app.explaining.calls import call_lines
from acd.app.explaining.offers import offer_lines
from acd.app.explaining.waits import queue_lines, wait_lines

__all__ = ["agent_lines", "call_lines", "offer_lines", "queue_lines", "wait_lines"]
