"""The event stream: order, endings, reconnecting, and frames nobody expected."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from acd.ari.errors import AriError, AriUnauthorized, Replaced
from acd.ari.events import ACD, PRESENCE, Backoff, RawEvent, StasisApp, StreamState, StreamTimes
from acd.ari.models import ChannelDtmfReceived, Event, StasisStart
from acd.ari.node import AriNode
from tests.contract.fake_ari import FakeAri
from tests.contract.until import until

FAST = StreamTimes(first_delay_s=0.01, longest_delay_s=0.02, probe_every_s=60, handshake_s=2)


class Listener:
    """A node, and what it has told; `on_connected` runs `sync` of the test."""

    def __init__(
        self,
        ari: FakeAri,
        *,
        times: StreamTimes = FAST,
        apps: tuple[StasisApp, ...] = (ACD,),
        **options: Any,
    ) -> None:
        self.events: list[Event] = []
        self.states: list[StreamState] = []
        self.connects = 0
        self.sync: Callable[[], Awaitable[None]] | None = None
        self.node = AriNode(
            "node-1",
            ari.address,
            deliver=self.deliver,
            on_connected=self._connected,
            on_state=self.states.append,
            apps=apps,
            times=times,
            request_timeout_s=2.0,
            **options,
        )
        self.task: asyncio.Task[None] | None = None

    def deliver(self, event: Event) -> None:
        if event.type != "ApplicationRegistered":
            self.events.append(event)

    async def _connected(self) -> None:
        self.connects += 1
        if self.sync is not None:
            await self.sync()

    @property
    def live(self) -> bool:
        return self.node.events.state is StreamState.LIVE

    @property
    def digits(self) -> list[str]:
        return [each.digit for each in self.events if isinstance(each, ChannelDtmfReceived)]

    async def live_again(self, connects: int) -> None:
        await until(lambda: self.live and self.connects == connects)


@contextlib.asynccontextmanager
async def listening(ari: FakeAri, **options: Any) -> AsyncIterator[Listener]:
    """A listener that runs, and is cancelled at the end unless it has ended itself."""
    listener = Listener(ari, **options)
    async with listener.node:
        task = asyncio.create_task(listener.node.events.run())
        listener.task = task
        try:
            yield listener
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Replaced, AriError):
                await task


def digit(number: int) -> dict[str, Any]:
    return {"type": "ChannelDtmfReceived", "digit": str(number), "channel": {"id": "c1"}}


async def test_a_stream_goes_live_and_delivers_in_order(ari: FakeAri) -> None:
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        for number in range(50):
            ari.send(digit(number))
        await until(lambda: len(listener.digits) == 50)
        assert listener.digits == [str(number) for number in range(50)]
        assert listener.states == [
            StreamState.CONNECTING,
            StreamState.SYNCING,
            StreamState.LIVE,
        ]
    assert listener.states[-1] is StreamState.DOWN


async def test_the_handshake_names_the_applications_and_nothing_else(ari: FakeAri) -> None:
    async with listening(ari, apps=(ACD, PRESENCE)) as listener:
        await until(lambda: listener.live)
    assert ari.sent_to("events.eventWebsocket") == [{"app": ["acd", "acd-presence"]}]


async def test_the_filter_is_applied_at_every_connect_before_the_application_syncs(
    ari: FakeAri,
) -> None:
    async with listening(ari) as listener:

        async def ask() -> None:
            await listener.node.rest.channels.all()

        listener.sync = ask
        await until(lambda: listener.live)
        await ari.close_sockets()
        await listener.live_again(2)
    assert ari.operations == ["applications.filter", "channels.list"] * 2
    left_out = [each["type"] for each in ari.applications.filters["acd"]["disallowed"]]
    assert left_out == list(ACD.disallowed)
    assert not {"StasisStart", "StasisEnd", "ChannelDestroyed"} & {*left_out}


async def test_filtered_events_do_not_come(ari: FakeAri) -> None:
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        ari.world.caller_arrives("c1", "in")
        ari.world.presses("c1", "5")
        await until(lambda: listener.digits == ["5"])
        start = listener.events[0]
        assert isinstance(start, StasisStart)
        assert (start.channel.id, start.args) == ("c1", ["in"])


async def test_events_are_kept_back_in_order_while_the_application_syncs(ari: FakeAri) -> None:
    synced = asyncio.Event()
    async with listening(ari) as listener:
        listener.sync = synced.wait  # type: ignore[assignment]
        await until(lambda: listener.connects == 1)
        for number in range(250):  # more than one slice
            ari.send(digit(number))
        await listener.node.rest.asterisk.ping()
        assert listener.events == []
        assert listener.node.events.state is StreamState.SYNCING
        synced.set()
        await until(lambda: listener.live)
        ari.send(digit(250))
        await until(lambda: len(listener.digits) == 251)
        assert listener.digits == [str(number) for number in range(251)]


async def test_an_event_that_comes_while_others_are_handed_out_waits_its_turn(
    ari: FakeAri, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = asyncio.Event()
    async with listening(ari) as listener:
        stream = listener.node.events

        def deliver(event: Event) -> None:
            listener.deliver(event)
            if listener.digits == ["0"]:  # the frame of the last event arrives just now
                stream._take(json.dumps(digit(150)))

        monkeypatch.setattr(stream, "_deliver", deliver)
        listener.sync = synced.wait  # type: ignore[assignment]
        await until(lambda: listener.connects == 1)
        for number in range(150):
            ari.send(digit(number))
        await until(lambda: len(stream._kept_back) == 151)  # ApplicationRegistered too
        synced.set()
        await until(lambda: len(listener.digits) == 151)
        assert listener.digits == [str(number) for number in range(151)]


async def test_what_is_kept_back_has_a_bound_and_then_the_stream_starts_anew(
    ari: FakeAri,
) -> None:
    async with listening(ari, times=replace(FAST, most_kept_back=10)) as listener:
        listener.sync = asyncio.Event().wait  # type: ignore[assignment]
        await until(lambda: listener.connects == 1)
        for number in range(20):
            ari.send(digit(number))
        await until(lambda: ari.handshakes == 2)
        listener.sync = None
        await ari.close_sockets()
        await until(lambda: listener.live)
        assert listener.events == []  # those of the earlier connection are not delivered late


ENDINGS: dict[str, Callable[[FakeAri], Any]] = {
    "clean": lambda ari: ari.close_sockets(1000),
    "going away": lambda ari: ari.close_sockets(1001),
    "internal error": lambda ari: ari.close_sockets(1011),
    "cut": lambda ari: ari.cut_sockets(),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_every_ending_is_followed_by_a_new_connection_and_logged_once(
    ari: FakeAri, ending: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(ari) as listener:
        for connects in range(1, 4):
            await listener.live_again(connects)
            ended = ENDINGS[ending](ari)
            if ended is not None:
                await ended
        await listener.live_again(4)
        ari.send(digit(1))
        await until(lambda: listener.digits == ["1"])
    assert ari.handshakes == 4
    downs = [each for each in caplog.records if each.message == "event stream down"]
    assert len(downs) == 3
    assert {each.levelname for each in downs} == {"WARNING"}


async def test_a_peer_that_is_dead_is_found_by_the_heartbeat(ari: FakeAri) -> None:
    ari.answer_pings = False
    async with listening(ari, times=replace(FAST, heartbeat_s=0.05)) as listener:
        await until(lambda: ari.handshakes >= 2)
        ari.answer_pings = True
        await until(lambda: ari.handshakes >= 3)
        await until(lambda: listener.live)


async def test_a_server_that_goes_away_and_comes_back_is_found_again(
    ari: FakeAri, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        await ari.stop()
        await until(lambda: listener.states.count(StreamState.CONNECTING) >= 6)
        await ari.start()
        await listener.live_again(2)
    downs = [each for each in caplog.records if each.message == "event stream down"]
    assert len(downs) == 2  # the cut, and that nobody listens: not a line for each attempt


async def test_a_port_that_accepts_and_says_nothing_does_not_hang(ari: FakeAri) -> None:
    ari.hold("events.eventWebsocket")
    async with listening(ari, times=replace(FAST, handshake_s=0.05)) as listener:
        await until(lambda: listener.live)
        assert listener.states.count(StreamState.CONNECTING) == 2


async def test_an_asterisk_that_is_not_booted_is_waited_for(ari: FakeAri) -> None:
    ari.refuse("events.eventWebsocket", 503, times=3)
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        assert listener.states.count(StreamState.CONNECTING) == 4


def test_delays_double_up_to_a_bound_with_jitter() -> None:
    backoff = Backoff(1, 8)
    delays = [backoff.next_s() for _ in range(50)]
    for delay, most in zip(delays, [1, 2, 4] + 47 * [8], strict=True):
        assert most / 2 <= delay <= most
    assert len(set(delays[3:])) > 1
    backoff.reset()
    assert backoff.next_s() <= 1


async def test_delays_grow_while_it_fails_and_start_anew_once_live(
    ari: FakeAri, caplog: pytest.LogCaptureFixture
) -> None:
    ari.refuse("events.eventWebsocket", 503, times=5)
    ari.refuse("events.eventWebsocket", 500)
    times = replace(FAST, first_delay_s=0.001, longest_delay_s=0.016)
    async with listening(ari, times=times) as listener:
        await until(lambda: listener.live)
        ari.cut_sockets()
        await listener.live_again(2)
    downs = [vars(each) for each in caplog.records if each.message == "event stream down"]
    waited = {each["reason"]: each["next_attempt_s"] for each in downs}
    assert waited["handshake refused with 503"] <= 0.001
    assert 0.008 <= waited["handshake refused with 500"] <= 0.016
    assert waited["socket closed with 1006"] <= 0.001


async def test_a_wrong_password_ends_the_first_start(ari: FakeAri) -> None:
    ari.password = "changed"
    async with listening(ari) as listener:
        assert listener.task is not None
        with pytest.raises(AriUnauthorized, match=r"wrong ARI user or password"):
            await listener.task
    assert listener.states[-1] is StreamState.DOWN


async def test_a_password_that_is_wrong_later_on_is_tried_again(ari: FakeAri) -> None:
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        password, ari.password = ari.password, "changed"
        ari.cut_sockets()
        await until(lambda: listener.states.count(StreamState.CONNECTING) >= 4)
        ari.password = password
        await listener.live_again(2)


async def test_another_process_taking_over_ends_the_stream_for_good(ari: FakeAri) -> None:
    async with listening(ari) as first:
        await until(lambda: first.live)
        async with listening(ari) as second:
            assert first.task is not None
            with pytest.raises(Replaced) as caught:
                await first.task
            assert caught.value.application == "acd"
            await until(lambda: second.live)
            ari.send(digit(1))
            await until(lambda: second.digits == ["1"])
            assert (first.digits, ari.handshakes) == ([], 2)


async def test_being_replaced_while_syncing_ends_at_once(ari: FakeAri) -> None:
    async with listening(ari) as listener:
        listener.sync = asyncio.Event().wait  # type: ignore[assignment]
        await until(lambda: listener.connects == 1)
        ari.send({"type": "ApplicationReplaced"})
        assert listener.task is not None
        with pytest.raises(Replaced):
            await listener.task


@pytest.mark.parametrize("refusal", ["forgotten", "silent", "error"])
async def test_a_failed_probe_reconnects(ari: FakeAri, refusal: str) -> None:
    times = replace(FAST, probe_every_s=0.02, probe_timeout_s=0.05)
    async with listening(ari, times=times) as listener:
        await until(lambda: listener.live and "applications.get" in ari.operations)
        match refusal:
            case "forgotten":
                ari.forget("acd")
            case "silent":
                ari.hold("applications.get")
            case _:
                ari.refuse("applications.get", 500)
        # Sooner than a request of the application would give up.
        await until(lambda: listener.connects >= 2 and listener.live, within_s=1.5)


async def test_probes_that_succeed_change_nothing(ari: FakeAri) -> None:
    async with listening(ari, times=replace(FAST, probe_every_s=0.01)) as listener:
        await until(lambda: ari.operations.count("applications.get") >= 5)
        assert (ari.handshakes, listener.live) == (1, True)


async def test_a_sync_that_asterisk_refuses_is_tried_anew(ari: FakeAri) -> None:
    ari.refuse("applications.filter", 503, times=2)
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        assert (ari.handshakes, listener.connects) == (3, 1)


async def test_a_bug_in_the_sync_is_logged_as_one_and_tried_anew(
    ari: FakeAri, caplog: pytest.LogCaptureFixture
) -> None:
    async def bug() -> None:
        listener.sync = None
        raise KeyError("bug")

    async with listening(ari) as listener:
        listener.sync = bug
        await until(lambda: listener.live)
    errors = [each for each in caplog.records if each.levelname == "ERROR"]
    assert [each.message for each in errors] == ["sync failed"]
    caplog.clear()


async def test_a_bug_in_the_receiver_does_not_stop_the_stream(
    ari: FakeAri, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        take = listener.events.append

        def buggy(event: Event) -> None:
            if isinstance(event, ChannelDtmfReceived) and event.digit == "1":
                raise KeyError("bug")
            take(event)

        monkeypatch.setattr(listener.node.events, "_deliver", buggy)
        ari.send(digit(1))
        ari.send(digit(2))
        await until(lambda: listener.digits == ["2"])
        assert ari.handshakes == 1
    errors = [each for each in caplog.records if each.levelname == "ERROR"]
    assert [each.message for each in errors] == ["event not taken"]
    caplog.clear()


@pytest.mark.parametrize(
    "garbage",
    [
        "not json",
        "",
        "[1, 2]",
        "null",
        '"text"',
        "{}",
        '{"type": 7}',
        "[" * 100_000,
        b"\x00\xff",
    ],
    ids=range(9),
)
async def test_a_frame_that_is_no_event_is_survived(ari: FakeAri, garbage: str | bytes) -> None:
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        ari.send_frame(garbage)
        ari.send(digit(1))
        await until(lambda: listener.digits == ["1"])
        assert (len(listener.events), ari.handshakes) == (1, 1)


async def test_an_unknown_event_comes_as_it_is(ari: FakeAri) -> None:
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        ari.send({"type": "ChannelLevitated", "height_m": 3})
        await until(lambda: listener.events)
        (event,) = listener.events
        assert isinstance(event, RawEvent)
        assert (event.type, event.application) == ("ChannelLevitated", "acd")
        assert event.raw["height_m"] == 3


async def test_a_frame_as_large_as_asterisk_may_send_comes_through(ari: FakeAri) -> None:
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        ari.send({"type": "ChannelUserevent", "userevent": {"text": "x" * 5_000_000}})
        await until(lambda: listener.events)
        assert len(listener.events[0].raw["userevent"]["text"]) == 5_000_000


async def test_two_nodes_know_nothing_of_each_other(ari: FakeAri) -> None:
    async with FakeAri() as other, listening(ari) as here, listening(other) as there:
        await until(lambda: here.live and there.live)
        ari.send(digit(1))
        other.send(digit(2))
        await until(lambda: here.digits and there.digits)
        assert (here.digits, there.digits) == (["1"], ["2"])
        await other.stop()
        await until(lambda: there.node.events.state is not StreamState.LIVE)
        ari.send(digit(3))
        await until(lambda: here.digits == ["1", "3"])
        await here.node.rest.asterisk.ping()


async def test_commands_go_on_while_the_stream_is_down(ari: FakeAri) -> None:
    async with listening(ari) as listener:
        await until(lambda: listener.live)
        ari.refuse("events.eventWebsocket", 503, times=10_000)
        ari.cut_sockets()
        await until(lambda: not listener.live)
        assert (await listener.node.rest.asterisk.ping()).ping == "pong"
