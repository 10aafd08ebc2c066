"""Lives that are drawn apart from each other.

Hypothesis tries each life that it has drawn some more times with parts of it repeated, which finds
little here: those lives begin alike. As a backend of its own the same draws are made anew for each
(half of the processor time until a bug is found); what fails is still made smaller by Hypothesis.
"""

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

APART = "apart"
"""For `settings(backend=...)`."""


class Apart(HypothesisProvider):
    """Hypothesis's own draws, and nothing that it does between them."""


AVAILABLE_PROVIDERS[APART] = f"{__name__}.{Apart.__name__}"
