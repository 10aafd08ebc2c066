"""What the bench reads from the wire."""

from bench.capture import Capture, Seen
from bench.following import Following, HangUp

ASTERISK, PHONES, CALLERS = 5060, 7000, 9000


def seen(
    at: float, method: str, port: int, call_id: str, caller: str = "", called: str = ""
) -> Seen:
    return Seen(at=at, port=port, method=method, called=called, caller=caller, call_id=call_id)


def following(*requests: Seen) -> Following:
    capture = Capture()
    capture.seen = list(requests)
    return Following(capture, asked=ASTERISK, phones=PHONES)


FIRST = [
    seen(1.0, "INVITE", ASTERISK, "c1", caller="+491"),
    seen(1.5, "INVITE", ASTERISK, "c1", caller="+491"),
    seen(2.0, "INVITE", PHONES, "a1", caller="+491", called="1001"),
    seen(3.0, "INVITE", ASTERISK, "c2", caller="+492"),
]


def test_a_ring_is_matched_by_the_callers_number_and_a_repetition_does_not_count() -> None:
    assert following(*FIRST).first_rings() == [1000.0]


def test_an_agents_hang_up_is_followed_by_the_next_ring_of_that_agent() -> None:
    ended = [
        seen(4.0, "BYE", ASTERISK, "a1"),
        seen(4.1, "INVITE", PHONES, "a2", caller="+493", called="1002"),
        seen(4.25, "INVITE", PHONES, "a3", caller="+492", called="1001"),
    ]
    wire = following(*FIRST, *ended)
    assert wire.by_agents() == [HangUp(extension="1001", at=4.0)]
    assert wire.rung_again(0.0) == [250.0]
    assert wire.rung_again(4.5) == []


def test_a_callers_hang_up_counts_only_while_somebody_else_waits() -> None:
    leaves = seen(4.0, "BYE", ASTERISK, "c1")
    assert following(*FIRST, leaves).by_callers() == [HangUp(extension="1001", at=4.0)]
    assert following(*FIRST[:3], leaves).by_callers() == []


def test_callers_are_present_until_somebody_hangs_up() -> None:
    assert following(*FIRST).present() == 2
    assert following(*FIRST, seen(4.0, "BYE", CALLERS, "c2")).present() == 1
