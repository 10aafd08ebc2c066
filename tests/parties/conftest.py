"""The parties' own tests use their fixtures."""

from tests.parties.fixtures import baresip, party_factory, sipp

__all__ = ["baresip", "party_factory", "sipp"]
