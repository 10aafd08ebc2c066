"""Explaining: what happened to a call, and why an agent is offered what he or she is offered."""

from acd.app.explaining.agents import agent_lines
from acd.app.explaining.calls import call_lines

__all__ = ["agent_lines", "call_lines"]
