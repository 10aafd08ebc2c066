"""Lives that are drawn apart from each other.

Hypothesis tries each life that it has drawn some more times with parts of it repeated, which finds
little here: of 250 lives 50 began differently. As a backend of its own the same draws are made
anew for each; what fails is still made smaller by Hypothesis.
"""

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

APART = "apart"
"""For `settings(backend=...)`."""


class Apart(HypothesisProvider):
    """Hypothesis's own draws, and nothing that it does between them."""


AVAILABLE_PROVIDERS[APART] = f"{__name__}.{Apart.__name__}"
