"""Chance that can be told again: a number is drawn from a state, and each state has a next one.

This is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
"""

_STEP, _BITS = 0x9E3779B97F4A7C15, (1 << 64) - 1


def seed(text: str) -> int:
    """A first state; the same text gives the same."""
    state = 0
    for byte in text.encode():
        state = _mixed((state ^ byte) + _STEP)
    return state


def after(state: int) -> int:
    """The state that follows."""
    return state + _STEP & _BITS


def draw(state: int, number: int, sides: int) -> int:
    """The number-th throw in this state: 0 to sides - 1, each as likely as another."""
    return _mixed(_mixed(state) + number * _STEP) % sides


def _mixed(value: int) -> int:
    value &= _BITS
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _BITS
    value = (value ^ value >> 27) * 0x94D049BB133111EB & _BITS
    return value ^ value >> 31
