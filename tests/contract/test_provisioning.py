"""Phones and trunks are written so that a second time changes nothing, and none is left over."""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from acd.ari import commands
from acd.ari.errors import AriSilent, AriUnreachable
from acd.ari.provisioning import ensure, mark, provision, remove
from acd.ari.registering import register, unregister
from acd.ari.rest import RestClient
from acd.ids import ExtensionNumber, TrunkName
from acd.telephony import Account, Extension, Network, Transport, Trunk
from tests.contract.fake_ari import FakeAri

PHONE = Extension(number=ExtensionNumber("1001"), password="secret")
CARRIER = Trunk(name=TrunkName("carrier"), match=("192.0.2.1",), hosts=("192.0.2.1:5060",))
REGISTERING = replace(CARRIER, registers=True, account=Account(user="us", password="ours"))
NETWORK = Network(address="192.0.2.9")
LISTENING = replace(NETWORK, tcp="192.0.2.9:5060")
TCP = ("res_pjsip", "transport", "acd-tcp")
OUTSIDE = replace(
    LISTENING, external_address="203.0.113.5", local_networks=("10.0.0.0/8", "fd00::/8")
)
AOR = ("res_pjsip", "aor", "1001")
REGISTERED = "sip:1001@192.0.2.7:5060"


def names(ari: FakeAri) -> set[tuple[str, str]]:
    return {(kind, name) for _, kind, name in ari.world.objects}


def registrations(ari: FakeAri) -> dict[str, str]:
    """Those that are there, by name: for how long each registers."""
    objects = ari.world.objects.items()
    return {key[2]: each["expiration"] for key, each in objects if key[1] == "registration"}


def written(ari: FakeAri) -> list[str]:
    """What has been put, as kind/name."""
    put = ari.sent_to("asterisk.updateObject")
    return [f"{each['objectType']}/{each['id']}" for each in put]


async def twice(ari: FakeAri, rest: RestClient, **between: str) -> None:
    """Provision, let Asterisk tell the AOR in its own words, and provision again."""
    await provision(rest, NETWORK, [PHONE], [CARRIER])
    told = {"remove_existing": "false", "remove_unavailable": "true", "qualify_timeout": "3.000000"}
    assert ari.world.objects[AOR].keys() >= told.keys()
    # Where a phone is registered Asterisk tells its contact as a field of the AOR.
    ari.world.objects[AOR] |= told | {"contact": REGISTERED} | between
    await provision(rest, NETWORK, [PHONE], [CARRIER])


async def test_an_aor_that_is_as_it_should_be_is_left_alone(ari: FakeAri, rest: RestClient) -> None:
    await twice(ari, rest)
    assert ari.world.objects[AOR]["remove_existing"] == "false"
    assert ari.world.objects[AOR]["contact"] == REGISTERED


async def test_another_aor_is_replaced_and_not_merged_into(ari: FakeAri, rest: RestClient) -> None:
    await twice(ari, rest, max_contacts="1")
    assert ari.world.objects[AOR]["max_contacts"] == "5"
    assert "contact" not in ari.world.objects[AOR]


async def test_what_this_asterisk_was_told_already_is_not_told_again(
    ari: FakeAri, rest: RestClient
) -> None:
    await ensure(rest, LISTENING, [PHONE], [CARRIER])
    before = written(ari)
    await ensure(rest, LISTENING, [PHONE], [CARRIER])
    assert written(ari) == before
    ari.world.globals.clear()  # as a restart of Asterisk does
    await ensure(rest, LISTENING, [PHONE], [CARRIER])
    assert len(written(ari)) > len(before)


@pytest.mark.parametrize(
    "changed",
    [replace(PHONE, password="another"), replace(PHONE, max_contacts=1)],
    ids=["password", "max_contacts"],
)
async def test_a_change_is_told(ari: FakeAri, rest: RestClient, changed: Extension) -> None:
    await ensure(rest, NETWORK, [PHONE], [CARRIER])
    before = len(written(ari))
    await ensure(rest, NETWORK, [changed], [CARRIER])
    assert "auth/1001" in written(ari)[before:]


async def test_a_part_that_is_told_by_itself_may_be_marked_as_the_whole(
    ari: FakeAri, rest: RestClient
) -> None:
    await ensure(rest, NETWORK, [], [CARRIER])
    await provision(rest, NETWORK, [PHONE], [])
    await mark(rest, NETWORK, [PHONE], [CARRIER])
    before = written(ari)
    await ensure(rest, NETWORK, [PHONE], [CARRIER])
    assert written(ari) == before
    await remove(rest, [PHONE.number], [])
    await ensure(rest, NETWORK, [PHONE], [CARRIER])
    assert "endpoint/1001" in written(ari)[len(before) :]


async def test_a_transport_is_bound_once_and_a_registration_made_once(
    ari: FakeAri, rest: RestClient
) -> None:
    for _ in range(2):
        await provision(rest, LISTENING, [], [REGISTERING])
    assert written(ari).count("transport/acd-tcp") == 1
    assert len([each for each in written(ari) if each.startswith("registration/")]) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"local_net": "10.0.0.0/255.0.0.0,fd00::/ff00::"},
        {"local_net": "10.0.0.0/8,fd00::/8", "allow_reload": "true", "protocol": "TCP"},
    ],
    ids=["masks", "words"],
)
async def test_a_transport_that_is_as_it_should_be_is_left_alone_after_a_restart(
    ari: FakeAri, rest: RestClient, told: dict[str, str]
) -> None:
    await ensure(rest, OUTSIDE, [], [])
    before = written(ari), ari.world.stored
    ari.world.stored = {}
    ari.world.objects[TCP] |= told
    ari.world.globals.clear()
    await ensure(rest, OUTSIDE, [], [])
    assert (written(ari), ari.world.stored) == (before[0], {})


@pytest.mark.parametrize(
    ("told", "network"),
    [
        ({"local_net": "fd00::/ff00::"}, OUTSIDE),
        ({}, replace(OUTSIDE, external_address="203.0.113.6")),
        ({}, replace(OUTSIDE, tcp="192.0.2.9:5070")),
    ],
    ids=["a network lost", "address outside", "port"],
)
async def test_a_transport_that_is_there_is_not_put_but_stored(
    ari: FakeAri, rest: RestClient, told: dict[str, str], network: Network
) -> None:
    """Put while a message is under way it may stop all SIP of Asterisk's for ever."""
    await ensure(rest, OUTSIDE, [], [])
    before = written(ari)
    ari.world.add_endpoint("PJSIP/1001")
    ari.world.objects[TCP] |= told
    ari.world.globals.clear()
    await ensure(rest, network, [PHONE], [])
    assert "transport/acd-tcp" not in written(ari)[len(before) :]
    assert ari.sent_to("asterisk.reloadModule") == [{"moduleName": "res_pjsip.so"}]
    assert ari.world.objects[TCP]["local_net"] == "10.0.0.0/8,fd00::/8"
    assert ari.world.objects[TCP]["bind"] == network.tcp
    assert ari.world.objects[TCP]["external_media_address"] == network.external_address


async def test_of_several_networks_all_are_stored(ari: FakeAri, rest: RestClient) -> None:
    await ensure(rest, LISTENING, [], [])
    assert ari.world.stored == {}
    del ari.world.objects[TCP]
    await ensure(rest, OUTSIDE, [], [])
    assert ari.world.stored[TCP]["local_net"] == "10.0.0.0/8,fd00::/8"


async def test_what_asterisk_cannot_listen_on_is_taken_back(
    ari: FakeAri, rest: RestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """With one transport that it cannot use it would have none of them after its next start."""
    await ensure(rest, LISTENING, [], [])
    ari.world.add_endpoint("PJSIP/1001")
    ari.world.takes_stored = False
    await ensure(rest, replace(LISTENING, tcp="192.0.2.9:5070"), [PHONE], [])
    [line] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert line.getMessage().startswith("Asterisk cannot listen there: the port is taken")
    assert (line.object, line.bind) == ("acd-tcp", "192.0.2.9:5070")  # type: ignore[attr-defined]
    assert ari.world.stored[TCP]["bind"] == "192.0.2.9:5060"


async def test_an_earlier_configuration_of_asterisk_is_said(
    ari: FakeAri, rest: RestClient, caplog: pytest.LogCaptureFixture
) -> None:
    await ensure(rest, LISTENING, [], [])
    ari.world.changes_transports = False
    before = written(ari)
    await ensure(rest, replace(LISTENING, tcp="192.0.2.9:5070"), [PHONE], [])
    assert "take over extensions.conf, modules.conf and sorcery.conf" in caplog.text
    assert {*written(ari)[len(before) :]} == {"auth/1001", "aor/1001", "endpoint/1001"}


async def test_an_object_that_is_not_taken_in_time_is_named(
    ari: FakeAri,
    rest: RestClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "OBJECTS_S", 0.05)
    ari.hold("asterisk.updateObject")
    with pytest.raises(AriSilent, match="transport acd-tcp: no answer in time"):
        await ensure(rest, LISTENING, [], [])
    assert "restart Asterisk" in caplog.text


async def test_another_registration_has_a_name_that_none_had(
    ari: FakeAri, rest: RestClient
) -> None:
    """Asterisk takes away what has the name some time after it was deleted."""
    names = []
    for seconds in (60, 90, 60):
        await provision(rest, NETWORK, [], [replace(REGISTERING, register_expiry_s=seconds)])
        [(name, expiry)] = registrations(ari).items()
        assert expiry == str(seconds)
        names.append(name)
    await provision(rest, NETWORK, [], [CARRIER])
    assert not registrations(ari)
    await provision(rest, NETWORK, [], [REGISTERING])
    assert len({*names, *registrations(ari)}) == 4


async def test_without_a_note_the_registration_has_the_name_of_its_trunk(
    ari: FakeAri, rest: RestClient
) -> None:
    ari.world.objects["res_pjsip", "registration", "carrier"] = {"expiration": "60"}
    await provision(rest, NETWORK, [], [REGISTERING])
    assert list(registrations(ari).values()) == ["300"]


async def test_a_registration_that_cannot_be_noted_is_not_made(
    ari: FakeAri, rest: RestClient, caplog: pytest.LogCaptureFixture
) -> None:
    ari.refuse("asterisk.updateObject", 400)
    with caplog.at_level(logging.ERROR):
        assert not await register(rest, ("registration", "carrier", []))
    assert not ari.world.objects
    assert [line.object for line in caplog.records] == ["carrier.registration"]  # type: ignore[attr-defined]


class Cut(RestClient):
    """Asterisk is away after so many requests."""

    left = 0

    async def call(self, operation: str, /, **parameters: Any) -> Any:
        if not self.left:
            raise AriUnreachable(operation, "cut")
        self.left -= 1
        return await super().call(operation, **parameters)


@pytest.mark.parametrize("then", ["60", "90", "120"])
async def test_wherever_the_change_of_a_registration_is_cut_off_one_is_left_afterwards(
    ari: FakeAri, rest: RestClient, then: str
) -> None:
    async with Cut(ari.address) as cut:
        for requests in count():
            await register(rest, ("registration", "carrier", [("expiration", "60")]))
            cut.left = requests
            try:
                await register(cut, ("registration", "carrier", [("expiration", "90")]))
            except AriUnreachable:
                await register(rest, ("registration", "carrier", [("expiration", then)]))
                assert list(registrations(ari).values()) == [then]
            else:
                break
    assert requests == 6
    await unregister(rest, "carrier")
    assert not ari.world.objects


async def test_what_is_removed_is_gone_and_the_rest_stays(ari: FakeAri, rest: RestClient) -> None:
    full = replace(
        REGISTERING,
        match=("192.0.2.1", "192.0.2.2"),
        hosts=("192.0.2.1:5060", "192.0.2.2:5060"),
        inbound=Account(user="them", password="theirs"),
    )
    other = replace(CARRIER, name=TrunkName("other"))
    await provision(rest, NETWORK, [PHONE], [full, other])
    await remove(rest, [PHONE.number], [full.name])
    assert names(ari) == {("aor", "other.1"), ("endpoint", "other"), ("identify", "other.1")}
    await remove(rest, [PHONE.number], [full.name])


async def test_what_a_trunk_had_more_of_is_gone(ari: FakeAri, rest: RestClient) -> None:
    more = replace(
        REGISTERING,
        match=("192.0.2.1", "192.0.2.2", "192.0.2.3"),
        hosts=("192.0.2.1:5060", "192.0.2.2:5060"),
    )
    await provision(rest, NETWORK, [], [more])
    await provision(rest, NETWORK, [], [CARRIER])
    assert {name for kind, name in names(ari) if kind != "auth"} == {"carrier", "carrier.1"}
    assert not registrations(ari)


async def test_what_an_earlier_configuration_has_left_is_removed(
    ari: FakeAri, rest: RestClient
) -> None:
    await ensure(rest, NETWORK, [PHONE], [CARRIER])
    ari.world.add_endpoint("PJSIP/1001")
    ari.world.add_endpoint("PJSIP/carrier")
    await ensure(rest, NETWORK, [], [CARRIER])
    assert {name for _, name in names(ari)} == {"carrier", "carrier.1"}


async def test_what_asterisk_refuses_is_told_and_hinders_nothing_else(
    ari: FakeAri, rest: RestClient, caplog: pytest.LogCaptureFixture
) -> None:
    ari.refuse("asterisk.updateObject", 400)
    with caplog.at_level(logging.ERROR):
        await ensure(rest, LISTENING, [PHONE], [CARRIER])
    [line] = caplog.records
    assert line.getMessage().startswith("Asterisk cannot listen there: the port is taken")
    assert (line.object, line.bind) == ("acd-tcp", "192.0.2.9:5060")  # type: ignore[attr-defined]
    assert ("endpoint", "1001") in names(ari)
    # It is tried again at the next connect.
    await ensure(rest, LISTENING, [PHONE], [CARRIER])
    assert ("transport", "acd-tcp") in names(ari)


def test_a_transport_has_a_name_of_its_own_for_each_protocol() -> None:
    assert len({f"acd-{transport}"[-3:] for transport in Transport}) == len(Transport)
