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
- `sipp`: SIPp for load: `await sipp.agents([("1001", "pw"), ...], server, answer_ms=500)` registers
  them all at one port, `await sipp.callers("700", server, calls=50, rate=5, hold_ms=10_000)` calls;
  `counts()`, `finished(within)`, `messages()` (with wall-clock times), `errors()`.
- `baresip`: the softphone nobody here wrote: `start`, `happened("CALL_INCOMING")`, `answer`,
  `hears`, `hang_up`.
- `fixtures`: pytest fixtures that always clean up: `party_factory`, `sipp`, `baresip`.

A party costs 0.3 to 0.8 % of a core, and 0.13 % more for each tone asked of sound that never
repeats; a hundred parties in fifty calls have been heard without a gap by one process. SIPp and
baresip come with `tools/test-packages`.

Provisioned phones need `media_address` and `bind_rtp_to_media_address=yes`: for RTP on a wildcard
address Asterisk asks name servers for its own name at every call, which stalls all SIP for seconds
where none answers.

All times of parties are `time.monotonic()` seconds; those of packets are taken by the kernel.
"""
