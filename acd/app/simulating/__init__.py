"""Simulating: what was recorded happens once more in virtual time, by another configuration.

`reading` makes a recording of the journal: what people did, apart from what was decided. `people`
are those people, who do the same again or, where nobody knows what they would have done, something
like it. `phones` is as much of Asterisk as they need, and the core decides.
"""
