"""The test parties: telephones, callers and their ears, for tests, chaos, bench and demo.

Everything runs on loopback. A `Party` is a SIP user agent with its own port, its own tone and ears:

    async with Party(tone=AGENTS[0], server=asterisk, number="1001", password="...") as agent:
        assert await agent.register() == 200
        agent.behaviour = Answer(after=0.5)        # or Ring(), Mute(), Reject(status=486, after=2)
        call = await caller.dial("700")            # the INVITE is out
        await call.answered(within=3)              # raises NotSo, with the ladder, if it is not
        await agent.hears(CALLERS[0])              # 40 ms of it
        assert agent.ears.hears_only({CALLERS[0]}, since=call.answered_at)
        assert not caller.ears.silence_gaps(MUSIC, since=call.answered_at, longest=0.1)
        await call.hang_up()

- `party`: the telephone: register, dial, behaviours, `drop_dead`, `ladder()`.
- `behaviour`: what it does when called (`Answer`, `Ring`, `Mute`, `Reject`) and when the caller
  gives up (`OnCancel.OBEY`, `IGNORE`, `ANSWER`).
- `call`: one call: `invited_at`, `rang_at`, `answered_at`, `cancelled_at`, `ended_at`, `ended_by`,
  `status`, `answered_elsewhere`; answer, reject, hang_up, cancel, hold, unhold, refer, send_digits.
- `ears`: `hears`, `first_heard`, `last_heard`, `heard_since`, `silence_gaps`, `falls_silent`,
  `hears_only`, `strange`, `summary`. Any tone may be asked about at any time, also afterwards.
- `tones`: who says what. Use multiples of 50 Hz: they do not leak into each other.
- `ledger`: every SIP message with its time, as records and as text.
- `fixtures`: pytest fixtures that always clean up.

All times are `time.monotonic()` seconds; those of packets are taken by the kernel.
"""
