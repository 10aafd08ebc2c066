"""Frames that are held for those who come back: so many, and so large, and no more."""

from acd.http.frames import ALL, EVERYTHING, Audience, Held
from acd.http.view import Difference, Key, Kind, Shown


def change(name: str, old: str | None, new: str | None) -> dict[Key, Difference]:
    def shown(text: str | None) -> Shown | None:
        return None if text is None else Shown(text=text)

    return {(Kind.AGENTS, name): (shown(old), shown(new))}


def test_the_oldest_are_forgotten() -> None:
    held = Held(frames=2)
    for number in range(4):
        held.add(change("ayse", str(number), str(number + 1)))
    assert [seq for seq in range(-1, 7) if held.holds(seq)] == [2, 3, 4]


def test_large_ones_are_forgotten_earlier() -> None:
    held = Held(frames=100, pictures=5)
    for _ in range(10):
        held.add({**change("ayse", "1", "2"), **change("baris", "1", "2")})
    assert [seq for seq in range(11) if held.holds(seq)] == [8, 9, 10]
    held.add({key: one for n in range(9) for key, one in change(str(n), "1", "2").items()})
    assert [seq for seq in range(12) if held.holds(seq)] == [10, 11]


def test_what_came_since_is_told_as_one_change() -> None:
    held = Held()
    held.add(change("ayse", None, "1"))
    held.add(change("ayse", "1", "2") | change("baris", "8", "9"))
    held.add(change("ayse", "2", None))
    assert held.since(0) == change("ayse", None, None) | change("baris", "8", "9")
    assert held.since(1) == change("ayse", "1", None) | change("baris", "8", "9")
    assert held.since(3) == {}


def test_an_audience_has_a_name_of_its_own_in_any_run() -> None:
    assert EVERYTHING.name == Audience(kinds=ALL).name == "6fec567ed272"
    others = [
        Audience(kinds=frozenset({Kind.AGENTS})),
        Audience(projects=frozenset({"a"})),
        Audience(queues=frozenset({"a"})),
        Audience(agents=frozenset({"a"})),
        Audience(agents=frozenset({"a", "b"})),
    ]
    assert len({EVERYTHING.name, *(audience.name for audience in others)}) == 6


def test_extensions_are_seen_by_who_has_not_chosen_queues_or_projects() -> None:
    phone = Shown(text="{}")
    chosen = [
        Audience(queues=frozenset({"sales"})),
        Audience(projects=frozenset({"support"})),
        Audience(kinds=frozenset({Kind.AGENTS})),
    ]
    assert EVERYTHING.sees(Kind.EXTENSIONS, "1001", phone)
    assert not any(audience.sees(Kind.EXTENSIONS, "1001", phone) for audience in chosen)


def test_groups_are_seen_by_who_sees_all_or_has_chosen_them() -> None:
    group = Shown(text="{}")
    centre = Audience(queues=frozenset({"sales"}), groups=frozenset({"centre"}))
    assert EVERYTHING.sees(Kind.GROUPS, "centre", group)
    assert centre.sees(Kind.GROUPS, "centre", group)
    assert not centre.sees(Kind.GROUPS, "other", group)
    assert not Audience(queues=frozenset({"sales"})).sees(Kind.GROUPS, "centre", group)
    assert not Audience(projects=frozenset({"support"})).sees(Kind.GROUPS, "centre", group)
    assert centre.name != Audience(queues=frozenset({"sales"})).name
