"""What is said of targets, and of what those who wait are told."""

import pytest

from acd.config.waiting_advice import longest_ms
from acd.ivr import speaking
from acd.settings import Language
from tests.unit.config.texts import SMALL, compiled, told

OUT = (
    'trunks: [{name: carrier, host: "x:1"}]\n'
    'outbound_routes: [{pattern: "*", trunk: carrier, caller_id: "+1"}]\n'
)
HELP = '{name: help, project: support, number: "701", agents: [ayse]'


def text(keys: str, more: str = "", before: str = "") -> str:
    """The queue sales with these keys, and a queue help with others."""
    queues = SMALL.replace("agents: [ayse]}]", f"agents: [ayse], {keys}}}, {HELP}{more}}}]")
    return before + queues


def warned(keys: str, more: str = "", before: str = "") -> list[str]:
    warnings = compiled(text(keys, more, before)).warnings
    return [one.split(": ", 1)[1] for one in warnings]


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("announce: exit", "announce: needs exit_to, where callers go then"),
        ("timeout_s: 9", "timeout_s: needs timeout_to or exit_to, where callers go then"),
        ("max_waiting: 9", "max_waiting: needs full_to, where callers go then"),
        ("max_wait_s: 9", "max_wait_s: needs full_to, where callers go then"),
        ("join_when_empty: []", "join_when_empty: needs no_agents_to, where callers go then"),
        (
            "leave_when_empty: [all_paused]",
            "leave_when_empty: needs no_agents_to, where callers go then",
        ),
        (
            "exit_to: queue:help",
            "exit_to: nobody ever goes there: it needs announce: exit, or timeout_s",
        ),
        ("timeout_to: queue:help", "timeout_to: nobody ever goes there: it needs timeout_s"),
        (
            "full_to: queue:help",
            "full_to: nobody ever goes there: it needs max_waiting or max_wait_s",
        ),
        (
            "no_agents_to: queue:help",
            "no_agents_to: nobody ever goes there: it needs leave_when_empty, or join_when_empty",
        ),
        (
            "max_waiting: 9, full_to: queue:hlep",
            "full_to: there is no queue hlep; did you mean help?",
        ),
        ("max_waiting: 9, full_to: extension:1009", "full_to: there is no extension 1009"),
        ("max_waiting: 9, full_to: hangup:loud", "full_to: there is no way to hang up loud"),
        ("max_waiting: 9, full_to: flow:main", "full_to: there are no targets flow: yet"),
        ("max_waiting: 9, full_to: voicemail:x", "full_to: there are no targets voicemail: yet"),
        (
            "max_waiting: 9, full_to: callback:help",
            "full_to: needs outbound_routes, by which callers are called back",
        ),
        (
            "max_waiting: 9, full_to: queue:sales",
            "full_to: callers go round in circles without anybody waiting: sales -> sales",
        ),
    ],
)
def test_a_target_that_cannot_work_is_a_mistake(keys: str, says: str) -> None:
    [line] = told(text(keys))
    assert line.endswith(f"queues[0].{says}"), line


def test_queues_that_send_callers_round_at_once_are_a_mistake() -> None:
    more = ", join_when_empty: [], no_agents_to: queue:sales"
    lines = told(text("max_waiting: 1, full_to: queue:help", more))
    ways = [line.rpartition(": ")[2] for line in lines]
    assert ways == ["sales -> help -> sales", "help -> sales -> help"]


def test_queues_that_send_callers_round_by_the_clock_are_odd() -> None:
    sales = "timeout_s: 60, timeout_to: queue:help"
    again = "callers go round in circles again and again"
    assert warned(sales) == []
    assert warned(sales, ", timeout_s: 60, exit_to: queue:sales") == [
        f"queues[0].timeout_to: {again}: sales -> help -> sales",
        f"queues[1].timeout_to: {again}: help -> sales -> help",
    ]
    assert warned(sales, ", max_waiting: 3, full_to: queue:sales") == [
        f"queues[0].timeout_to: {again}: sales -> help -> sales",
        f"queues[1].full_to: {again}: help -> sales -> help",
    ]


def test_who_leaves_by_the_key_has_a_say_in_it() -> None:
    assert (
        warned("announce: exit, exit_to: queue:help", ", announce: exit, exit_to: queue:sales")
        == []
    )


def test_a_callback_needs_a_way_out() -> None:
    assert compiled(text("announce: exit, exit_to: callback:sales", before=OUT))
    # Where what there is cannot be read, nobody knows.
    broken = OUT.replace("trunk: carrier,", "")
    lines = told(text("announce: exit, exit_to: callback:sales", before=broken))
    assert [line for line in lines if "exit_to" in line] == []


def test_an_announcement_longer_than_its_interval_is_told() -> None:
    keys = "announce: position+exit, exit_to: queue:help, announce_every_s"
    queue = compiled(text(f"{keys}: 30")).file.queues[0]
    longest_s = longest_ms(queue, Language.ENGLISH) / 1000
    assert warned(f"{keys}: {int(longest_s + 3)}") == []
    [line] = warned(f"{keys}: {int(longest_s + 2)}")
    assert line == (
        f"queues[0].announce_every_s: an announcement takes up to {longest_s:.1f} s: the next one "
        f"comes 2 s after its end, not every {int(longest_s + 2)} s"
    )


def test_the_longest_announcement_has_all_its_parts_in_any_language_spoken() -> None:
    about = "announce: position+exit, announce_wait: true, exit_to: callback:sales"
    queue = compiled(text(about, before=OUT)).file.queues[0]
    for language in Language:
        offer = speaking.exit_offer(language, "1", called_back=True).duration_ms
        parts = speaking.LONGEST_POSITION_MS[language] + speaking.LONGEST_WAIT_MS[language]
        assert longest_ms(queue, language) == parts + offer
    spoken = [longest_ms(queue, language) for language in Language]
    assert spoken[0] != spoken[1]
    between = int(min(spoken) / 1000 + 2.99)
    tight = f"{about}, announce_every_s: {between}"
    quick = min(Language, key=lambda language: longest_ms(queue, language))
    slow = next(language for language in Language if language is not quick)
    route = 'routes: [{number: "9", to: queue:sales, language: '
    assert warned(tight, before=f"{OUT}language: {quick}\n") == []
    assert warned(tight, before=f"{OUT}language: {quick}\n{route}{slow}}}]\n") != []
    assert warned(tight, before=f"{OUT}language: {slow}\n") != []


def test_a_timeout_below_five_seconds_is_raised_and_told() -> None:
    about = "timeout_s: {}, timeout_to: queue:help"
    assert warned(about.format(5)) == []
    low = text(about.format(4))
    assert warned(about.format(4)) == ["queues[0].timeout_s: a timeout below 5 s is raised to 5 s"]
    assert compiled(low).settings.queues["sales"].leaving.timeout_s == 5  # type: ignore[index]


def test_the_exits_target_serves_for_the_timeout_too() -> None:
    queue = compiled(text("timeout_s: 9, exit_to: queue:help")).settings.queues["sales"]  # type: ignore[index]
    assert str(queue.leaving.timeout_to) == "queue:help"
