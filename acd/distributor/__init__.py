"""The only place where nouns meet: a package, one module for each phase of the work.

Its modules import each other in one direction: turn, closing, waiting, connecting, offering,
leaving, moving, watching, core.
"""

from acd.distributor.core import Bug, Decision, Distributor
from acd.distributor.state import Change, Node, Row, State

__all__ = ["Bug", "Change", "Decision", "Distributor", "Node", "Row", "State"]
