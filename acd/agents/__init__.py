"""Agents: status, capacity, devices, and how a ringing device's end is to be read."""
