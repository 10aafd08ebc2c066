"""The machine of the property test: whatever people, phones, Asterisk and the process may do, in
any order, with everything that follows from it happening late.

Each rule is a deed and what happens after it: `later` is None where all comes to rest, else which
lane performs next, or whether the next event is delivered, as often as is drawn.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from acd.facts import ClockStepped, DigitPressed
from acd.ids import ExtensionNumber, StatusName
from acd.requests import (
    AssignEntry,
    ChooseQueues,
    LogIn,
    LogOut,
    OverrideHours,
    Request,
    RequestCallback,
    SetStatus,
    TakeEntry,
)
from acd.settings import AVAILABLE, PICKUP_CODE
from tests.property.stage import OTHERS_FIRST, Later, Stage
from tests.property.worlds import (
    AGENTS,
    CARRIER,
    EXTENSIONS,
    LUNCH,
    NOBODYS,
    QUEUES,
    SUPPORT,
    TRAINING,
    WORLDS,
)
from tests.world.invariants import kept_talks

PICK = st.integers(0, 7)
LATER = st.one_of(st.none(), st.lists(st.integers(0, OTHERS_FIRST), max_size=12))
PHONES = [
    "rings",
    "rings",
    "answers",
    "answers",
    "is silent",
    486,
    603,
    480,
    404,
    488,
    503,
    302,
    None,
]
"""What a phone does that is called: the numbers are SIP's, None is an end without one."""
SCENES = {
    "nobody calls": (),
    "waiting": ("call", "call"),
    "talking": ("call", "answer"),
    "another waits": ("call", "answer", "call"),
    "consulting": ("call", "answer", "consult"),
    "consulted": ("call", "answer", "consult", "answer"),
    "a conference": ("call", "answer", "consult", "answer", "confer"),
    "listening": ("call", "answer", "listen", "answer"),
    "a callback": ("call", "callback"),
    "called back": ("call", "callback", "answer", "answer"),
    "a private call": ("private", "answer"),
    "a group talks": ("group", "answer"),
    "a group's call was picked up": ("group", "pick up"),
    "transferred": ("call", "answer", "transfer", "answer"),
    "transferred to a colleague": ("call", "answer", "colleague"),
    "sent elsewhere": ("call", "press"),
    "ringing elsewhere": ("call service", "press"),
    "almost connected": ("call", "win"),
}
"""Where the first call may be when the machine begins."""
PHONES_OF_OURS = tuple(map(ExtensionNumber, (*EXTENSIONS.values(), NOBODYS)))
DIALLED = {"private": (0, "1002"), "group": (0, "600"), "pick up": (len(AGENTS), PICKUP_CODE)}
"""Which phone of ours calls what."""
HOURS = 14
"""In which of the worlds people have working hours."""
WORK = {"consult": 0, "transfer": 2, "listen": 3, "confer": 1, "colleague": 7}
"""Which of the requests of an agent at work that is."""


class Machine(Stage):
    @initialize(
        scene=st.sampled_from(sorted(SCENES)),
        staff=st.integers(0, 15),
        queue=PICK,
        leaves=PICK,
        reliable=st.booleans(),
    )
    def begin(self, scene: str, staff: int, queue: int, leaves: int, reliable: bool) -> None:
        """Some are at work, a call is already somewhere on its way, and one of it may leave."""
        self.reliable = reliable
        self.world.apply(self.world.settings)
        self.world.reconnect()
        for number in PHONES_OF_OURS:
            self.world.register(number)
        for n, agent in enumerate(AGENTS):
            if staff >> n & 1 or n < 2:
                self.world.wait(1)
                self._ask(LogIn(agent=agent, project=SUPPORT))
        self._rest()
        for deed in SCENES[scene]:
            self._play(deed, queue)
        for channel in list(self.world.asterisk.channels)[leaves : leaves + 1]:
            self.world.asterisk.end(channel)
            self._rest()

    def _play(self, deed: str, queue: int) -> None:
        match deed:
            case "call":
                self.world.asterisk.call(f"70{queue % 3}")
                self._rest()
            case "call service":
                self._play("call", 1)
            case "answer":
                self._all_goes_well()
            case "press":
                self.a_caller_presses_a_key(0, "1", None)
            case "win":
                self._all_win()
            case "callback":
                self.a_callback_is_asked_for(0, None)
            case "private" | "group" | "pick up":
                self.a_phone_of_ours_calls(*DIALLED[deed], None)
            case _:
                self.an_agent_at_work_asks(0, WORK[deed], queue + 1, None)

    # Callers.

    @precondition(lambda self: not self.world.asterisk.cut_off)
    @rule(queue=PICK, later=LATER)
    def a_caller_arrives(self, queue: int, later: Later) -> None:
        trunk = CARRIER if queue % 3 else None
        self.world.asterisk.call(f"70{queue % 4}", trunk=trunk)
        self._happen(later)

    @precondition(lambda self: not self.world.asterisk.cut_off)
    @rule(phone=PICK, number=st.sampled_from(["700", "600", "1001", "1002", "9"]), later=LATER)
    def a_phone_of_ours_calls(self, phone: int, number: str, later: Later) -> None:
        extension = PHONES_OF_OURS[phone % len(PHONES_OF_OURS)]
        self.world.asterisk.call(number, extension=extension)
        self._happen(later)

    @precondition(lambda self: not self.world.asterisk.cut_off)
    @rule(
        number=st.sampled_from([None, "600", "700", "701", "1001"]),
        phone=PICK,
        before=LATER,
        later=LATER,
    )
    def a_call_is_picked_up(
        self, number: str | None, phone: int, before: Later, later: Later
    ) -> None:
        """One that rings already, or one that comes."""
        if number == "1001":
            self.a_phone_of_ours_calls(phone + 1, number, before)
        elif number:
            self.world.asterisk.call(number)
            self._happen(before)
        if not self.world.asterisk.cut_off:
            self.a_phone_of_ours_calls(phone, PICKUP_CODE, later)

    @rule(pick=PICK, later=LATER)
    def a_caller_hangs_up(self, pick: int, later: Later) -> None:
        self._end(pick, lambda on: on.arrived is not None, 16)
        self._happen(later)

    @rule(pick=PICK, digit=st.sampled_from("1115"), later=LATER)
    def a_caller_presses_a_key(self, pick: int, digit: str, later: Later) -> None:
        caller = self._pick(self._where(lambda on: on.arrived is not None and on.up), pick)
        if caller:
            self._say(DigitPressed(channel=caller, digit=digit))
        self._happen(later)

    @rule(later=LATER)
    def a_key_is_pressed_too_late(self, later: Later) -> None:
        """Agents have won, and have not heard the whisper yet."""
        self._all_win()
        for caller in self._where(lambda on: on.arrived is not None and on.up):
            self._say(DigitPressed(channel=caller, digit="1"))
        self._happen(later)

    @rule(pick=PICK, later=LATER)
    def a_callback_is_asked_for(self, pick: int, later: Later) -> None:
        interaction = self._pick(list(self.world.core.state.interactions), pick)
        if interaction:
            self._ask(RequestCallback(interaction=interaction))
        self._happen(later)

    # Phones.

    @rule(pick=PICK, does=st.sampled_from(PHONES), later=LATER)
    def a_phone_that_is_called(self, pick: int, does: str | int | None, later: Later) -> None:
        phone = self._pick(self._where(lambda on: bool(on.endpoint) and not on.up), pick)
        if phone and does in ("rings", "answers", "is silent"):
            self.world.asterisk.ring(phone)
        if phone and does in ("answers", "is silent"):
            self.world.asterisk.channels[phone].speaks = does == "answers"
            self.world.asterisk.answer(phone)
        elif phone and does != "rings":
            self.world.asterisk.end(phone, 21, does)
        self._happen(later)

    @rule(later=LATER)
    def every_phone_is_answered(self, later: Later) -> None:
        for on in self._where(lambda on: bool(on.endpoint) and not on.up):
            self.world.asterisk.answer(on)
        self._happen(later)

    @rule(later=LATER)
    def all_goes_well(self, later: Later) -> None:
        self._all_goes_well()
        self._happen(later)

    @rule(later=LATER)
    def all_goes_well_again(self, later: Later) -> None:
        """Once more, for then calls get further."""
        self.all_goes_well(later)

    @rule(status=st.sampled_from([603, 486]), later=LATER)
    def everybody_says_no(self, status: int, later: Later) -> None:
        """By hand: a second after it has begun to ring; then the phone is on hook again."""
        phones = self._where(lambda on: bool(on.endpoint) and not on.up)
        for phone in phones:
            self.world.asterisk.ring(phone)
        self._rest()
        self.world.wait(1)
        for phone in phones:
            self.world.asterisk.end(phone, 21, status)
        self._rest()
        self.world.wait(0.5)
        self._happen(later)

    @rule(busy=st.sampled_from([486, 600]), times=st.integers(1, 3), later=LATER)
    def phones_are_slow_to_hang_up(self, busy: int, times: int, later: Later) -> None:
        """A caller has left and another one comes: what rings is busy with the one before."""
        if self.world.asterisk.cut_off:
            return
        self._end(0, lambda on: on.arrived is not None, 16)
        self._rest()
        self.world.wait(0.6)
        self.world.asterisk.call("700")
        for _ in range(times):
            self._rest()
            for phone in self._where(lambda on: bool(on.endpoint) and not on.up):
                self.world.asterisk.end(phone, 17, busy)
            self._rest()
            self.world.wait(0.5)
        self._happen(later)

    @rule(later=LATER)
    def nobody_is_there(self, later: Later) -> None:
        """Phones answer, and nobody speaks, for longer than anybody would wait for."""
        self._rest()
        for phone in self._where(lambda on: bool(on.endpoint) and not on.up):
            self.world.asterisk.channels[phone].speaks = False
            self.world.asterisk.answer(phone)
        self._rest()
        for phone in self._where(lambda on: on.playback is not None):
            self.world.asterisk.end_playback(phone)
        self._rest()
        for _ in range(12):
            self.world.wait(0.5)
            self._rest()
        self._happen(later)

    @rule(later=LATER)
    def nobody_answers(self, later: Later) -> None:
        """Every phone rings for as long as it may; then it is on hook again."""
        self._rest()
        for phone in self._where(lambda on: bool(on.endpoint) and not on.up):
            self.world.asterisk.ring(phone)
        self._rest()
        self.world.wait(20)
        self._rest()
        self.world.wait(0.5)
        self._happen(later)

    @rule(pick=PICK, cause=st.sampled_from([16, 44, 38]), later=LATER)
    def a_phone_hangs_up_or_dies(self, pick: int, cause: int, later: Later) -> None:
        self._end(pick, lambda on: bool(on.endpoint) and on.up, cause)
        self._happen(later)

    @rule(pick=PICK, digit=st.sampled_from("115"), later=LATER)
    def a_digit_is_pressed(self, pick: int, digit: str, later: Later) -> None:
        phones = self._where(lambda on: on.endpoint.endswith("@carrier") and on.up)
        phone = self._pick(phones, pick)
        if phone:
            self._say(DigitPressed(channel=phone, digit=digit))
        self._happen(later)

    @rule(pick=PICK, later=LATER)
    def a_playback_ends(self, pick: int, later: Later) -> None:
        playing = self._pick(self._where(lambda on: on.playback is not None), pick)
        if playing:
            self.world.asterisk.end_playback(playing)
        self._happen(later)

    @rule(pick=PICK, contacts=st.integers(0, 2), later=LATER)
    def a_phone_registers_or_is_gone(self, pick: int, contacts: int, later: Later) -> None:
        number = EXTENSIONS[AGENTS[pick % 4]]
        endpoints = (f"PJSIP/{number}", f"PJSIP/{number}/sip:at-home")[:contacts]
        if endpoints:
            self.world.register(number, *endpoints)
        else:
            self.world.unregister(number)
        self._happen(later)

    # Agents.

    @rule(pick=PICK, what=st.integers(0, 5), later=LATER)
    def an_agent_comes_and_goes(self, pick: int, what: int, later: Later) -> None:
        agent = AGENTS[pick % 4]
        requests: list[Request] = [
            LogIn(agent=agent, project=SUPPORT),
            LogIn(agent=agent, project=TRAINING),
            LogOut(agent=agent),
            SetStatus(agent=agent, status=AVAILABLE),
            SetStatus(agent=agent, status=LUNCH),
            SetStatus(agent=agent, status=StatusName("Nonsense")),
        ]
        self._ask(requests[what])
        self._happen(later)

    @rule(pick=PICK, on=st.booleans(), later=LATER)
    def working_hours_are_overridden(self, pick: int, on: bool, later: Later) -> None:
        self._ask(OverrideHours(agent=AGENTS[pick % 4], on=on))
        self._happen(later)

    @rule(hours=st.sampled_from([None, -1, 0, 1, 15]), later=LATER)
    def working_hours_count(self, hours: int | None, later: Later) -> None:
        """They are configured, or the clock is set."""
        if hours is None:
            self.new_settings_are_applied(HOURS, later)
            return
        self.world.tell(ClockStepped(ahead=timedelta(hours=hours)))
        self.world.all_due()
        self._happen(later)

    @rule(at_midnight=st.booleans(), call=PICK, later=LATER)
    def working_hours_begin_or_end(self, at_midnight: bool, call: int, later: Later) -> None:
        """While phones ring, or where somebody has overridden them."""
        self.world.apply(replace(WORLDS[HOURS], version=self.world.settings.version + 1))
        if at_midnight:
            # Once more, as the zone may set its clocks on the way.
            self._step_the_clock(self._until_midnight())
            self._ask(OverrideHours(agent=AGENTS[0]))
            self._step_the_clock(self._until_midnight())
        else:
            self._step_the_clock(self._until_hours_begin_or_end())
            if not self.world.asterisk.cut_off:
                self.world.asterisk.call(f"70{call % 3}")
                self._rest()
        self.world.wait(2)
        self._happen(later)

    @rule(pick=PICK, queues=st.sets(PICK, max_size=2), logs_in=st.booleans(), later=LATER)
    def an_agent_chooses_queues(
        self, pick: int, queues: set[int], logs_in: bool, later: Later
    ) -> None:
        agent, chosen = AGENTS[pick % 4], tuple(QUEUES[n % 3] for n in sorted(queues))
        if logs_in:
            self._ask(LogIn(agent=agent, project=SUPPORT, queues=chosen))
        else:
            self._ask(ChooseQueues(agent=agent, queues=chosen))
        self._happen(later)

    @rule(pick=PICK, what=st.integers(0, 7), queue=PICK, later=LATER)
    def an_agent_at_work_asks(self, pick: int, what: int, queue: int, later: Later) -> None:
        busy = [a.id for a in self.world.core.state.agents.values() if a.assignments]
        agent = self._pick(busy, pick)
        if agent:
            self._ask(self._work(agent, what, queue))
        self._happen(later)

    @rule(pick=PICK, agent=PICK, takes=st.booleans(), later=LATER)
    def a_call_is_taken_or_assigned(self, pick: int, agent: int, takes: bool, later: Later) -> None:
        call, name = self._pick(list(self.world.core.state.interactions), pick), AGENTS[agent % 4]
        if call and takes:
            self._ask(TakeEntry(agent=name, interaction=call))
        elif call:
            self._ask(AssignEntry(agent=name, interaction=call, by="boss"))
        self._happen(later)

    @rule(agent=PICK, queue=PICK, later=LATER)
    def a_call_rings_elsewhere_and_is_taken(self, agent: int, queue: int, later: Later) -> None:
        """By then the phones of the others are on hook again."""
        if not self.world.asterisk.cut_off:
            self.world.asterisk.call(f"70{queue % 3}")
        self._rest()
        calls = list(self.world.core.state.interactions)
        self.a_call_is_taken_or_assigned(len(calls) - 1, agent, True, None)
        self.world.wait(0.5)
        self._happen(later)

    @rule(pick=PICK, code=PICK, again=st.booleans(), later=LATER)
    def a_call_is_closed(self, pick: int, code: int, again: bool, later: Later) -> None:
        """Perhaps once more, with the other code."""
        busy = [a.id for a in self.world.core.state.agents.values() if a.assignments]
        agent = self._pick(busy, pick)
        for n in range(1 + again):
            if agent and self.world.core.state.agents[agent].assignments:
                self._ask(self._close(agent, code + n))
        self._happen(later)

    # Time, and what fails.

    @rule(seconds=st.sampled_from([None, None, None, 0.1, 0.5, 1, 4, 5, 12, 31, 301]), later=LATER)
    def time_passes(self, seconds: float | None, later: Later) -> None:
        """So much, or until the next deadline."""
        deadline = self.world.core.next_deadline() or self.world.now
        until = max(0, (deadline - self.world.now).total_seconds())
        self.world.wait(min(3600, until) if seconds is None else seconds)
        self._happen(later)

    @rule(at=st.integers(1, 8), what=st.integers(0, 2), later=LATER)
    def the_core_has_a_bug(self, at: int, what: int, later: Later) -> None:
        deadline = self.world.core.next_deadline()
        if what == 0 and not self.world.asterisk.cut_off:
            self.world.asterisk.call(f"70{at % 3}")
        self.world.sabotage_at = at
        if self.world.asterisk.events:
            self.world.deliver()
        elif what == 1:
            self._ask(LogOut(agent=AGENTS[at % 4]))
        elif deadline:
            self.world.now = max(self.world.now, deadline)
            self.world.timeout()
        self.world.sabotage_at = None
        self.world.all_due()
        self._happen(later)

    @rule()
    def the_group_is_committed(self) -> None:
        self.world.keep()

    @rule(lane=PICK, after=st.integers(0, 4), unreachable=st.booleans(), later=LATER)
    def an_effect_fails(self, lane: int, after: int, unreachable: bool, later: Later) -> None:
        """The one after so many of its lane, be it that of a call that has just come."""
        self._something_is_on_the_way(lane)
        which = self._pick(list(self.world.lanes), lane)
        while which and after and len(self.world.lanes[which]) > 1:
            self._do_next(list(self.world.lanes).index(which))
            after -= 1
        if which in self.world.lanes and not self.reliable:
            self.world.fail(which, unreachable=unreachable)
        self._happen(later)

    @rule(queue=PICK, hurried=st.booleans(), before=st.lists(PICK, max_size=5), later=LATER)
    def the_process_dies(self, queue: int, hurried: bool, before: list[int], later: Later) -> None:
        """What it has just done is done, and it does not know."""
        if hurried:
            self._a_call_in_no_time(queue)
        self._something_is_on_the_way(queue)
        self._happen(before)
        certain = not self.world.in_doubt
        waiting, talks = self._waiting_to_keep(), self._talks_to_keep()
        pairs = self._pairs_to_keep()
        self.world.crash()
        if certain:
            self.world.settle()
            assert waiting <= set(self.world.asterisk.channels), "a waiting caller is lost"
            assert talks <= kept_talks(self.world), "a talk is cut"
            assert all(self.world.hears(*pair) for pair in pairs), "a talk without record is cut"
        self._happen(later)

    @rule(
        restarted=st.sampled_from([False, False, False, True]),
        away_s=st.sampled_from([0, 5, 21]),
        later=LATER,
    )
    def the_node_is_lost_or_found(self, restarted: bool, away_s: int, later: Later) -> None:
        if self.world.asterisk.cut_off:
            self.world.reconnect(restarted=restarted)
        else:
            self.world.lose_node()
            self.world.wait(away_s)
        self._happen(later)

    @precondition(lambda self: not self.world.asterisk.cut_off)
    @rule(pick=PICK, leaves=st.booleans(), meanwhile=LATER, later=LATER)
    def a_sweep_looks(self, pick: int, leaves: bool, meanwhile: Later, later: Later) -> None:
        """What it sees is judged when other things have happened."""
        self.world.look()
        if leaves:
            self._end(pick, lambda on: on.arrived is not None, 16)
        self._happen(meanwhile)
        self.world.judge()
        self._happen(later)

    @rule(pick=PICK, which=st.sampled_from([5, 6, 13]), later=LATER)
    def what_an_agent_has_is_taken_away(self, pick: int, which: int, later: Later) -> None:
        """The status asked for a moment ago, or the agent's place here."""
        self._ask(SetStatus(agent=AGENTS[pick % 4], status=LUNCH))
        self.new_settings_are_applied(which, later)

    @rule(pick=PICK, which=st.sampled_from([1, 2, 11]), later=LATER)
    def what_an_agent_has_chosen_is_taken_away(self, pick: int, which: int, later: Later) -> None:
        """The queue is removed, or in another project."""
        self._ask(ChooseQueues(agent=AGENTS[pick % 4], queues=QUEUES))
        self.new_settings_are_applied(which, later)

    @rule(which=st.integers(0, len(WORLDS) - 1), later=LATER)
    def new_settings_are_applied(self, which: int, later: Later) -> None:
        version = self.world.settings.version + 1
        self.world.apply(replace(WORLDS[which], version=version))
        self._happen(later)
