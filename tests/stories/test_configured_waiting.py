"""What is configured for those who wait is what they hear, and where they go: a story for each key.

Each story is also told of the configuration as it stands, in which it goes otherwise.
"""

from datetime import timedelta

import pytest

from acd.effects import StartMusic
from acd.ids import StatusName
from acd.requests import LogOut, SetStatus
from tests.stories.acd import Acd
from tests.stories.test_configured import AYSE, BARIS, story

QUEUE = '"700", agents: [ayse, baris]'
POSITION = "position number-1 pause"
BACK = "press number-1 for-call-back"
LEAVE = "press number-1 to-leave"
LUNCH = StatusName("Lunch")


def with_keys(keys: str, *changes: tuple[str, str]) -> Acd:
    """The queue sales with these keys more."""
    return story((QUEUE, f"{QUEUE}, {keys}"), *changes)


def told(
    keys: str, *changes: tuple[str, str], seconds: float = 10, number: str = "700"
) -> list[str]:
    """What somebody is told who calls and waits for so long, each to its end."""
    acd = with_keys(keys)
    acd.calls("first")
    for _ in range(int(seconds * 2)):
        acd.pass_time(0.5)
        acd.hears_it_to_the_end("first")
    return [" ".join(text.split()) for text in acd.told("first")]


def outcomes(acd: Acd) -> list[str]:
    return acd.outcomes("Entry")


@pytest.mark.key("queues.announce")
def test_the_position_the_exit_both_or_nothing_is_told() -> None:
    assert told("announce: none") == told("priority: 0") == []
    assert told("announce: position") == [POSITION]
    exit_to = "exit_to: queue:service"
    assert told(f"announce: exit, {exit_to}") == [LEAVE]
    assert told(f"announce: position+exit, {exit_to}") == [f"{POSITION} {LEAVE}"]
    assert told("announce: exit, exit_to: callback:sales") == [BACK]


@pytest.mark.key("queues.announce_first_s", "queues.announce_every_s")
def test_it_is_told_first_after_so_long_and_then_so_often() -> None:
    assert len(told("announce: position", seconds=9)) == 0
    assert len(told("announce: position", seconds=39)) == 1
    assert len(told("announce: position", seconds=40)) == 2
    assert len(told("announce: position, announce_first_s: 4", seconds=4)) == 1
    assert len(told("announce: position, announce_every_s: 12", seconds=22)) == 2


@pytest.mark.key("queues.announce_improved_only")
def test_the_position_is_told_again_only_when_it_is_better() -> None:
    assert len(told("announce: position", seconds=70)) == 3
    only = "announce: position, announce_improved_only: true"
    assert len(told(only, seconds=70)) == 1
    acd = with_keys(only)
    acd.calls("before")
    acd.calls("first")
    acd.pass_time(11)
    acd.caller_hangs_up("before")
    acd.pass_time(31)
    acd.pass_time(60)
    assert acd.told("first") == [POSITION.replace("number-1", "number-2"), POSITION]
    acd = with_keys("announce: position+exit, exit_to: queue:service, announce_improved_only: true")
    acd.calls("first")
    acd.pass_time(41)
    assert acd.told("first") == [f"{POSITION} {LEAVE}", LEAVE]


def answers(acd: Acd, times: int) -> None:
    """Ayşe answers one caller a minute, and always somebody waits."""
    acd.calls("0")
    for n in range(times):
        acd.calls(str(n + 1))
        acd.takes("ayse")
        acd.pass_time(58)
        acd.caller_hangs_up(str(n))
        acd.pass_time(0.5)


@pytest.mark.key("queues.announce_wait")
def test_how_long_it_will_take_is_told_once_it_can_be() -> None:
    """A guess from too few answers is not told (trap 39)."""

    def first(keys: str, times: int) -> str:
        acd = with_keys(keys)
        acd.at_work("ayse")
        answers(acd, times)
        acd.calls("first")
        acd.pass_time(10)
        return acd.told("first")[0]

    place = POSITION.replace("number-1", "number-2")
    assert first("announce: position", 7) == place
    assert first("announce: position, announce_wait: true", 5) == place
    told_wait = first("announce: position, announce_wait: true", 7)
    assert told_wait.startswith(f"{place} wait")
    assert "number-2" in told_wait.removeprefix(place)


@pytest.mark.key("queues.comfort", "queues.comfort_every_s")
def test_something_is_played_now_and_then() -> None:
    assert told("comfort: standard", seconds=61) == ["comfort"]
    assert told("comfort: standard, comfort_every_s: 20", seconds=61) == ["comfort"] * 3
    assert told("comfort: 'sound:sorry'", seconds=61) == ["sound:sorry"]


@pytest.mark.key("queues.exit_digit", "queues.exit_to")
def test_the_exit_key_leads_to_the_exits_target() -> None:
    def after(digit: str, keys: str) -> list[str]:
        acd = with_keys(f"announce: exit, {keys}")
        acd.calls("first")
        acd.caller_presses("first", digit)
        entries = acd.world.core.state.entries.values()
        return [f"{entry.kind} in {entry.queue}" for entry in entries]

    assert after("1", "exit_to: queue:service") == ["caller in service"]
    assert after("2", "exit_to: queue:service") == ["caller in sales"]
    assert after("2", "exit_to: queue:service, exit_digit: '2'") == ["caller in service"]
    assert after("1", "exit_to: callback:service") == ["callback in service"]
    both = "exit_to: queue:service, timeout_s: 60, timeout_to: hangup:busy"
    assert after("1", both) == ["caller in service"]


@pytest.mark.key("queues.timeout_s", "queues.timeout_to")
def test_who_waits_for_too_long_goes_to_the_timeouts_target() -> None:
    def after(seconds: float, keys: str) -> list[str]:
        acd = with_keys(keys)
        acd.calls("first")
        acd.pass_time(seconds)
        return outcomes(acd) + acd.outcomes("Interaction")

    to = "timeout_to: 'hangup:normal'"
    assert after(20, f"timeout_s: 20, {to}") == ["queue_timeout", "ended_in_flow"]
    assert after(19.9, f"timeout_s: 20, {to}") == []
    assert after(4.9, f"timeout_s: 1, {to}") == []
    assert after(5, f"timeout_s: 1, {to}") == ["queue_timeout", "ended_in_flow"]
    assert after(20, "timeout_s: 20, exit_to: 'hangup:busy'") == ["queue_timeout", "ended_in_flow"]
    assert after(20, "timeout_s: 20, timeout_to: queue:service") == ["queue_timeout"]


@pytest.mark.key("queues.max_waiting", "queues.full_to")
def test_one_more_than_may_wait_goes_elsewhere() -> None:
    acd = with_keys("max_waiting: 2, full_to: queue:service")
    for caller in ("first", "second", "third"):
        acd.calls(caller)
    queues = [entry.queue for entry in acd.world.core.state.entries.values()]
    assert queues == ["sales", "sales", "service"]
    assert outcomes(acd) == ["full"]


def test_who_is_put_through_at_once_does_not_wait() -> None:
    acd = with_keys("max_waiting: 1, full_to: 'hangup:busy'")
    acd.at_work("ayse", "baris")
    acd.calls("first")
    acd.calls("second")
    assert acd.doing("baris") == "ringing"
    acd.calls("third")
    assert outcomes(acd) == ["full"]


@pytest.mark.key("queues.max_wait_s")
def test_who_would_wait_for_too_long_goes_elsewhere() -> None:
    def after(keys: str) -> list[str]:
        acd = with_keys(f"{keys}, full_to: queue:service")
        acd.at_work("ayse")
        answers(acd, 7)
        acd.calls("first")
        return [one for one in outcomes(acd) if one != "answered"]

    assert after("max_wait_s: 200, max_waiting: 100") == []
    assert after("max_wait_s: 100, max_waiting: 100") == ["full"]


@pytest.mark.key("queues.join_when_empty", "queues.no_agents_to")
def test_who_finds_nobody_there_goes_elsewhere() -> None:
    def after(reasons: str, *staff: str, lunch: bool = False, away: bool = False) -> list[str]:
        acd = with_keys(f"join_when_empty: [{reasons}], no_agents_to: queue:service")
        acd.at_work(*staff)
        for agent in staff if lunch else ():
            acd.ask(SetStatus(agent=agent, status=LUNCH))  # type: ignore[arg-type]
        for number in ("1001", "1002") if away else ():
            acd.world.unregister(number)
        acd.calls("first")
        return outcomes(acd)

    assert after("") == after("all_paused") == after("none_available") == ["no_agents"]
    assert after("none_logged_in") == after("", "ayse") == []
    assert after("none_logged_in", "ayse", lunch=True) == ["no_agents"]
    assert after("all_paused", "ayse", "baris", lunch=True) == []
    assert after("none_logged_in, all_paused", "ayse", away=True) == ["no_agents"]
    assert after("none_available", "ayse", away=True) == []


def test_whose_phone_is_not_on_hook_yet_is_there() -> None:
    acd = with_keys("join_when_empty: [], no_agents_to: queue:service")
    acd.at_work("ayse")
    acd.calls("first")
    acd.takes("ayse")
    acd.caller_hangs_up("first")
    assert acd.doing("ayse") == "no device"
    # At once: the phone rests for half a second.
    acd.world.asterisk.call("700")
    acd.world.settle()
    assert outcomes(acd) == ["answered"]


@pytest.mark.key("queues.leave_when_empty")
def test_for_whom_nobody_is_there_any_more_goes_elsewhere() -> None:
    def after(seconds: float, reasons: str, *, all_leave: bool = True) -> list[str]:
        to = "no_agents_to: 'hangup:normal'"
        acd = with_keys(f"leave_when_empty: [{reasons}], {to}" if reasons else "priority: 1")
        acd.at_work("ayse", "baris")
        acd.calls("first")
        acd.rejects("ayse", 603)
        acd.rejects("baris", 603)
        acd.ask(LogOut(agent=AYSE))
        if all_leave:
            acd.ask(LogOut(agent=BARIS))
        acd.pass_time(seconds)
        return outcomes(acd)

    assert after(10, "none_logged_in") == ["no_agents"]
    assert after(9.9, "none_logged_in") == after(60, "") == after(60, "all_paused") == []
    assert after(20, "none_logged_in", all_leave=False) == []


def test_who_comes_where_nobody_is_waits_in_vain_for_no_longer_than_others() -> None:
    acd = with_keys("leave_when_empty: [none_logged_in], no_agents_to: 'hangup:normal'")
    acd.pass_time(60)
    acd.calls("first")
    acd.pass_time(5)
    acd.calls("second")
    acd.pass_time(4)
    assert outcomes(acd) == ["no_agents"]
    acd.pass_time(6)
    assert outcomes(acd) == ["no_agents"] * 2


@pytest.mark.key("queues.resume_s")
def test_who_rings_again_soon_has_the_old_place() -> None:
    def order(keys: str, seconds: float) -> list[str]:
        acd = with_keys(keys)
        acd.calls("first")
        acd.calls("behind")
        acd.caller_hangs_up("first")
        acd.pass_time(seconds)
        acd.calls("first")
        return acd.waiting()

    assert order("resume_s: 60", 50) == ["first", "behind"]
    assert order("resume_s: 60", 60) == order("priority: 0", 50) == ["behind", "first"]


@pytest.mark.parametrize("how", ["exit", "timeout", "answered"])
def test_only_who_has_hung_up_has_the_place_again(how: str) -> None:
    about = "announce: exit, exit_to: 'hangup:normal', timeout_s: 30, resume_s: 600"
    acd = with_keys(about)
    if how == "answered":
        acd.at_work("ayse")
    acd.calls("first")
    if how == "exit":
        acd.caller_presses("first", "1")
    elif how == "timeout":
        acd.pass_time(30)
    else:
        acd.takes("ayse")
        acd.caller_hangs_up("first")
        acd.ask(LogOut(agent=AYSE))
        acd.pass_time(60)
    acd.calls("behind")
    acd.calls("first")
    assert acd.waiting() == ["behind", "first"]


ROUTE = 'routes: [{{number: "+90212", to: queue:{}{}}}]\noutbound_routes'


@pytest.mark.key("routes.music")
def test_the_routes_music_is_heard_where_the_queue_has_none() -> None:
    def music(queue: str, route: str) -> list[str]:
        acd = with_keys(
            queue,
            ("outbound_routes", "music: [{name: calm}, {name: wild}]\noutbound_routes"),
            ("outbound_routes", ROUTE.format("sales", route)),
        )
        channel = acd.world.asterisk.call("+90212")
        acd.world.tell(acd.world.asterisk.events.popleft())
        effects = [e for lane in acd.world.lanes.values() for e in lane]
        return [e.music for e in effects if isinstance(e, StartMusic) and e.channel == channel]

    assert music("priority: 0", "") == ["default"]
    assert music("priority: 0", ", music: calm") == ["calm"]
    assert music("music: wild", ", music: calm") == ["wild"]


@pytest.mark.key("routes.language", "language")
def test_callers_are_told_in_the_language_of_their_route() -> None:
    def language(route: str, file: str = "") -> list[str | None]:
        changes = ("outbound_routes", f"{file}{ROUTE.format('sales', route)}")
        acd = with_keys("announce: position", changes)
        acd.calls("first", "+90212")
        acd.pass_time(11)
        return [play.language for play in acd.world.asterisk.played]

    assert language("") == ["en"]
    assert language(", language: tr") == ["tr"]
    assert language("", "language: tr\n") == ["tr"]
    assert language(", language: en", "language: tr\n") == ["en"]


def test_nothing_is_told_before_two_seconds_after_what_was_told() -> None:
    """However long it took: of one caller's announcements none overlaps another (Q-030)."""
    acd = with_keys(
        "announce: position, announce_every_s: 5, comfort: standard, comfort_every_s: 5"
    )
    acd.calls("first")
    ends = []
    for _ in range(600):
        acd.pass_time(0.1)
        [announcer] = acd.world.core.state.announcers.values()
        if announcer.playback and announcer.over_by:
            ends.append((announcer.playback, acd.world.now))
    first_seen = dict(reversed(ends))
    last_seen = dict(ends)
    begins, overs = list(dict.fromkeys(first_seen.values())), list(last_seen.values())
    begins.sort()
    gaps = [begin - over for begin, over in zip(begins[1:], overs, strict=False)]
    assert len(gaps) > 3
    assert min(gaps) >= timedelta(seconds=1.9)
