"""What is written in the configuration is what happens to calls: a story for each key of it.

Each story is also told of the configuration as it stands, in which it goes otherwise.
"""

import pytest

from acd.config import Source, compile
from acd.http import live
from acd.ids import AgentId, StatusName
from acd.requests import LogIn, Refused, SetStatus, TransferToAgent
from tests.stories.acd import SUPPORT, Acd

CONFIGURATION = """\
nodes: [{name: a, ari_url: "http://x/ari", ari_user: acd, ari_password: x, media_address: x}]
projects: [{name: support}, {name: other}]
statuses: [{name: Lunch, category: break}]
extensions:
  - {number: "1001", password: x, node: a}
  - {number: "1002", password: x, node: a}
trunks: [{name: carrier, host: "127.0.0.1:5060", match: [127.0.0.1], node: a}]
outbound_routes: [{pattern: "*", trunk: carrier, caller_id: "+90212"}]
agents:
  - {username: ayse, name: Ayşe, extension: "1001", projects: [support]}
  - {username: baris, name: Barış, extension: "1002", projects: [support]}
queues:
  - {name: sales, project: support, number: "700", agents: [ayse, baris]}
  - {name: service, project: support, number: "701", agents: [ayse]}
"""
AYSE, BARIS = AgentId("ayse"), AgentId("baris")
MOBILE = 'name: Ayşe, mobile: "+90555", ring: extension_then_mobile'


def story(*changes: tuple[str, str]) -> Acd:
    """The configuration with these texts changed, its phones, and nobody at work yet."""
    text = CONFIGURATION
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return Acd(compile([Source(name="acd.yaml", text=text)], {}).settings)


def one_call(*changes: tuple[str, str], number: str = "700") -> Acd:
    """Somebody calls, and ayse is at work."""
    acd = story(*changes)
    acd.at_work("ayse")
    acd.calls("first", number)
    return acd


def endpoints(acd: Acd) -> list[str]:
    """What rings."""
    return [phone.endpoint for phone in acd.world.ringing()]


@pytest.mark.key("queues.number")
def test_a_queue_is_called_by_its_number() -> None:
    assert one_call().waiting() == ["first"]
    changed = one_call(('number: "700"', 'number: "702"'), number="702")
    assert changed.waiting() == ["first"]
    assert one_call(('number: "700"', 'number: "702"')).waiting() == []


@pytest.mark.key("queues.name", "routes.number", "routes.to")
def test_a_route_leads_to_a_queue_by_its_name() -> None:
    routes = 'routes: [{number: "+90212", to: queue:service}]\noutbound_routes'
    acd = one_call(("outbound_routes", routes), number="+90212")
    assert [entry.queue for entry in acd.world.core.state.entries.values()] == ["service"]


@pytest.mark.key("queues.agents", "agents.username")
def test_only_the_agents_of_a_queue_are_offered_its_callers() -> None:
    assert one_call().doing("ayse") == "ringing"
    assert one_call(("agents: [ayse, baris]", "agents: [baris]")).doing("ayse") == "idle"


@pytest.mark.key("agents.extension", "extensions.number")
def test_an_agent_is_called_at_the_extension() -> None:
    assert endpoints(one_call()) == ["PJSIP/1001"]
    changes = (('"1001"', '"1003"'), ('extension: "1001"', 'extension: "1003"'))
    acd = one_call(*changes)
    assert endpoints(acd) == ["PJSIP/1003"]


@pytest.mark.key("extensions.node", "nodes.name")
def test_an_agent_is_called_on_the_node_of_the_extension() -> None:
    nodes = 'nodes: [{name: b, ari_url: "http://y/ari", ari_user: x, ari_password: x, '
    changes = [
        ("nodes: [", f"{nodes}media_address: x}}, "),
        ('"1001", password: x, node: a', '"1001", password: x, node: b'),
        ("agents: [ayse, baris]", "agents: [ayse]"),
    ]
    assert endpoints(one_call()) == ["PJSIP/1001"]
    assert one_call(*changes).doing("ayse") == "no device"


@pytest.mark.key("agents.name")
def test_people_see_the_agents_name() -> None:
    acd = story(("name: Ayşe", "name: Ayşe Kaya"))
    assert live.agent(acd.world.core.state, AYSE)["name"] == "Ayşe Kaya"


@pytest.mark.key("agents.projects", "projects.name")
def test_an_agent_logs_in_to_the_projects_given() -> None:
    story().ask(LogIn(agent=AYSE, project=SUPPORT))
    changes = [
        ('"1001", projects: [support]', '"1001", projects: [other]'),
        ("agents: [ayse, baris]", "agents: []"),
        ("agents: [ayse]", "agents: []"),
    ]
    with pytest.raises(Refused):
        story(*changes).ask(LogIn(agent=AYSE, project=SUPPORT))


@pytest.mark.key("queues.project")
def test_an_agent_in_one_project_is_not_offered_the_queues_of_another() -> None:
    changes = [
        ('"1001", projects: [support]', '"1001", projects: [support, other]'),
        ("name: service, project: support", "name: service, project: other"),
    ]
    assert one_call(changes[0], number="701").doing("ayse") == "ringing"
    assert one_call(*changes, number="701").doing("ayse") == "idle"


@pytest.mark.key("statuses.name", "statuses.category")
def test_a_status_means_what_its_category_says() -> None:
    for category in ("break", "offline", "available"):
        acd = story(("category: break", f"category: {category}"))
        acd.at_work("ayse")
        acd.ask(SetStatus(agent=AYSE, status=StatusName("Lunch")))
        acd.calls("first")
        assert (acd.doing("ayse") == "ringing") == (category == "available")
    with pytest.raises(Refused):
        acd.ask(SetStatus(agent=AYSE, status=StatusName("Dinner")))


@pytest.mark.key("statuses.transferable")
def test_who_is_in_a_transferable_status_takes_transfers_and_no_calls_of_queues() -> None:
    lunch = "category: break"
    for more, takes in ((lunch, False), (f"{lunch}, transferable: true", True)):
        acd = one_call((lunch, more))
        acd.takes("ayse")
        acd.ask(LogIn(agent=BARIS, project=SUPPORT))
        acd.ask(SetStatus(agent=BARIS, status=StatusName("Lunch")))
        acd.calls("second")
        assert acd.doing("baris") != "ringing"
        transfer = TransferToAgent(agent=AYSE, colleague=BARIS)
        if takes:
            acd.ask(transfer)
            legs = acd.world.core.state.legs.values()
            assert [leg.extension for leg in legs if leg.role == "target"] == ["1002"]
        else:
            with pytest.raises(Refused, match="is in the status Lunch, and takes no"):
                acd.ask(transfer)


@pytest.mark.key("queues.strategy")
def test_by_strategy_one_phone_rings_or_all_do() -> None:
    for strategy, ringing in (("longest_idle", 1), ("ring_all", 2)):
        acd = story(("agents: [ayse, baris]", f"agents: [ayse, baris], strategy: {strategy}"))
        acd.at_work("ayse", "baris")
        acd.calls("first")
        assert len(endpoints(acd)) == ringing


@pytest.mark.key("queues.priority")
def test_an_agent_of_two_queues_serves_the_one_of_higher_priority_first() -> None:
    for priority, first in ((-1, "with one"), (1, "with two")):
        acd = story(('number: "701"', f'number: "701", priority: {priority}'))
        acd.calls("one", "700")
        acd.calls("two", "701")
        acd.at_work("ayse")
        acd.takes("ayse")
        acd.expect(ayse=first)


@pytest.mark.key("queues.agent_timeout_s")
def test_a_phone_rings_for_as_long_as_its_queue_says() -> None:
    for seconds, outcomes in ((30, []), (9, ["missed"])):
        acd = one_call(('number: "700"', f'number: "700", agent_timeout_s: {seconds}'))
        acd.rings("ayse")
        acd.pass_time(10)
        assert acd.outcomes("Offer") == outcomes


@pytest.mark.key("queues.acw_s")
def test_after_call_work_lasts_as_long_as_the_queue_says() -> None:
    for seconds, doing in ((0, "idle"), (11, "acw"), (9, "idle")):
        acd = one_call(('number: "700"', f'number: "700", acw_s: {seconds}'))
        acd.takes("ayse")
        acd.agent_hangs_up("ayse")
        assert (acd.doing("ayse") == "acw") == (seconds > 0)
        acd.pass_time(10)
        acd.expect(ayse=doing)


@pytest.mark.key("queues.whisper")
def test_the_agent_hears_the_whisper_before_the_caller() -> None:
    acd = one_call()
    acd.takes("ayse")
    acd.expect(ayse="with first")
    acd = one_call(('number: "700"', 'number: "700", whisper: "sound:beep"'))
    acd.takes("ayse")
    assert acd.doing("ayse") != "with first"


@pytest.mark.key("queues.music")
def test_who_waits_hears_the_music_of_the_queue() -> None:
    for music in ("default", "jazz"):
        acd = story(
            ('number: "700"', f'number: "700", music: {music}'),
            ("outbound_routes", "music: [{name: jazz}]\noutbound_routes"),
        )
        acd.calls("first")
        assert [on.music for on in acd.world.asterisk.channels.values()] == [music]


@pytest.mark.key("agents.mobile", "agents.ring", "agents.extension_ring_s", "outbound_routes.trunk")
@pytest.mark.key("trunks.name")
def test_the_mobile_rings_after_the_extension() -> None:
    for seconds, trunk in ((5, "carrier"), (9, "other")):
        acd = one_call(
            ("name: Ayşe", f"{MOBILE}, extension_ring_s: {seconds}"),
            ('number: "700"', 'number: "700", agent_timeout_s: 60'),
            ("trunks: [{name: carrier", f"trunks: [{{name: {trunk}"),
            ("trunk: carrier", f"trunk: {trunk}"),
        )
        acd.rings("ayse")
        acd.pass_time(seconds - 1)
        assert endpoints(acd) == ["PJSIP/1001"]
        acd.pass_time(2)
        assert endpoints(acd) == [f"PJSIP/+90555@{trunk}"]
    assert endpoints(
        one_call(("name: Ayşe", MOBILE.replace("extension_then_mobile", "mobile")))
    ) == ["PJSIP/+90555@carrier"]


def rings_mobile(*changes: tuple[str, str], **mobile: str) -> tuple[str, str]:
    """What is dialled for ayse's mobile, and what it shows."""
    keys = "".join(f", {key}: {value}" for key, value in mobile.items())
    mine = f'name: Ayşe, mobile: "+905551112233", ring: mobile{keys}'
    acd = one_call(("name: Ayşe", mine), *changes)
    [phone] = acd.world.ringing()
    return phone.endpoint.removeprefix("PJSIP/"), phone.shows


@pytest.mark.key("outbound_routes.pattern", "outbound_routes.caller_id")
def test_a_mobile_is_called_by_the_route_that_fits_and_shows_its_number() -> None:
    turkish = 'outbound_routes: [{pattern: "+90*", trunk: other, caller_id: "+90850"}, '
    changes = (
        ("outbound_routes: [", turkish),
        ("trunks: [", 'trunks: [{name: other, host: "127.0.0.2:5060", node: a}, '),
    )
    assert rings_mobile() == ("+905551112233@carrier", "+90212")
    assert rings_mobile(*changes) == ("+905551112233@other", "+90850")
    foreign = ("+905551112233", "+49301112233")
    assert rings_mobile(*changes, foreign) == ("+49301112233@carrier", "+90212")


@pytest.mark.key("agents.mobile_caller_id")
def test_a_mobile_shows_our_number_or_the_callers() -> None:
    assert rings_mobile()[1] == "+90212"
    assert rings_mobile(mobile_caller_id="own")[1] == "+90212"
    assert rings_mobile(mobile_caller_id="caller")[1] == "+90212first"


@pytest.mark.key("trunks.number_format", "country", "trunks.country")
def test_a_carrier_gets_numbers_as_it_wants_them() -> None:
    for form, number in (("digits", "905551112233"), ("national", "05551112233")):
        trunk = ("name: carrier", f"name: carrier, country: TR, number_format: {form}")
        assert rings_mobile(trunk)[0] == f"{number}@carrier"
    shown = (("+90212", "+902120000700"), ("name: carrier", "name: carrier, number_format: digits"))
    assert rings_mobile(*shown)[1] == "902120000700"
    national = ("+905551112233", "0555 111 22 33".replace(" ", ""))
    assert rings_mobile(("name: carrier", "name: carrier, country: TR"), national)[0] == (
        "+905551112233@carrier"
    )


@pytest.mark.key("agents.mobile_accept")
def test_who_answers_a_mobile_presses_a_key_or_need_not() -> None:
    for accept, doing in (("true", "ringing"), ("false", "with first")):
        mine = f'name: Ayşe, mobile: "+90555", ring: mobile, mobile_accept: {accept}'
        acd = one_call(("name: Ayşe", mine))
        acd.rings("ayse", mobile=True)
        acd.answers("ayse", mobile=True)
        acd.expect(ayse=doing)


@pytest.mark.key("queues.name_sound")
def test_who_answers_a_mobile_hears_the_queues_name() -> None:
    for name, heard in ("", False), (', name_sound: "sound:sales"', True):
        mine = ("name: Ayşe", 'name: Ayşe, mobile: "+90555", ring: mobile')
        acd = one_call(mine, ('number: "700"', f'number: "700"{name}'))
        acd.answers("ayse", mobile=True)
        [played] = acd.world.asterisk.played
        assert ("sound:sales" in played.media) is heard


@pytest.mark.key("queues.auto_answer", "agents.auto_answer")
def test_an_extension_answers_by_itself_where_queue_and_agent_allow_it() -> None:
    for queue, agent, answers in (
        ("true", "true", True),
        ("true", "false", False),
        ("false", "true", False),
    ):
        both = f'name: Ayşe, mobile: "+90555", ring: simultaneous, auto_answer: {agent}'
        acd = one_call(
            ("name: Ayşe", both), ('number: "700"', f'number: "700", auto_answer: {queue}')
        )
        told = {phone.endpoint: phone.auto_answer for phone in acd.world.ringing()}
        assert told == {"PJSIP/1001": answers, "PJSIP/+90555@carrier": False}


@pytest.mark.key("agents.mobile_ring_s")
def test_the_mobile_rings_for_as_long_as_it_says() -> None:
    for seconds, outcomes in ((9, ["missed"]), (30, [])):
        acd = one_call(("name: Ayşe", f"{MOBILE}, extension_ring_s: 5, mobile_ring_s: {seconds}"))
        acd.rings("ayse")
        acd.pass_time(5)
        acd.rings("ayse", mobile=True)
        acd.pass_time(10)
        assert acd.outcomes("Offer") == outcomes


@pytest.mark.key("misses_before_pause")
def test_who_misses_too_often_is_not_responding() -> None:
    for misses, status in ((1, "Not responding"), (2, "Available")):
        acd = one_call(("outbound_routes", f"misses_before_pause: {misses}\noutbound_routes"))
        acd.rings("ayse")
        acd.pass_time(21)
        assert acd.world.core.state.agents[AYSE].status == status


@pytest.mark.key("dead_man_s")
def test_asterisk_waits_for_us_for_as_long_as_it_says() -> None:
    for seconds in (60, 90):
        acd = story(("outbound_routes", f"dead_man_s: {seconds}\noutbound_routes"))
        acd.calls("first")
        assert [on.dead_man for on in acd.world.asterisk.channels.values()] == [seconds]


HOURS = ("agents:\n  - {username: ayse,", "agents:\n  - {working_hours: [{PIECE}], username: ayse,")


def hours(piece: str, zone: str = "UTC", wait_s: float = 0) -> str:
    """What Ayşe does on Monday from 09:00 UTC on, who has that piece of working hours."""
    old, new = HOURS
    there = ("{name: support}", f"{{name: support, time_zone: {zone}}}")
    acd = story((old, new.replace("PIECE", piece)), there)
    acd.at_work("ayse")
    acd.pass_time(wait_s)
    return acd.doing("ayse")


@pytest.mark.key("agents.working_hours.from", "agents.working_hours.to")
def test_calls_are_offered_within_the_working_hours() -> None:
    piece = 'from: "09:30", to: "10:00"'
    assert [hours(piece, wait_s=60 * minutes) for minutes in (29, 30, 61)] == (
        ["off hours", "idle", "off hours"]
    )
    assert hours('from: "10:00", to: "09:30"') == "idle", "it goes over midnight"


@pytest.mark.key("agents.working_hours.days")
@pytest.mark.parametrize(
    ("days", "does"),
    [("mon", "idle"), ("tue-fri", "off hours"), ("sat,sun-mon", "idle"), ("tue,thu", "off hours")],
)
def test_working_hours_are_on_their_days(days: str, does: str) -> None:
    assert hours(f'days: "{days}", from: "09:00", to: "24:00"') == does


@pytest.mark.key("projects.time_zone")
def test_working_hours_are_in_the_time_zone_of_the_project() -> None:
    piece = 'from: "12:00", to: "12:30"'
    assert (hours(piece, "Europe/Istanbul"), hours(piece)) == ("idle", "off hours")
