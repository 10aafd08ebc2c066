"""Numbers from 0 to 999 as they are spoken: put together here, for ARI knows no grammar.

A part is the name of a file of sounds/LANGUAGE/acd.
"""

HIGHEST = 999
"""The largest number that can be said."""


def english(number: int) -> tuple[str, ...]:
    """123 as one hundred, twenty, three. Serves as place too: position 123."""
    return tuple(f"number-{term}" for term in _terms(number, whole_to=20))


def turkish(number: int) -> tuple[str, ...]:
    """123 as yüz, yirmi, üç."""
    return tuple(f"number-{term}" for term in _terms(number, whole_to=10))


def turkish_place(number: int) -> tuple[str, ...]:
    """123 as yüz, yirmi, üçüncü: only the last word is an ordinal. There is no place 0."""
    *before, last = _terms(number, whole_to=10)
    return (*(f"number-{term}" for term in before), f"place-{last}")


def _terms(number: int, *, whole_to: int) -> tuple[int, ...]:
    """123 as 100, 20 and 3; up to whole_to a number is a word of its own."""
    rest = number % 100
    tens = (rest,) if rest <= whole_to else (rest - rest % 10, rest % 10)
    return tuple(filter(None, (number - rest, *tens))) or (0,)
