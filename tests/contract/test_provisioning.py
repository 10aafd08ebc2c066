"""Phones and trunks are written so that a second time changes nothing."""

from __future__ import annotations

from acd.ari.provisioning import Extension, Trunk, provision
from acd.ari.rest import RestClient
from acd.ids import ExtensionNumber, TrunkName
from tests.contract.fake_ari import FakeAri

PHONE = Extension(number=ExtensionNumber("1001"), password="secret")
CARRIER = Trunk(name=TrunkName("carrier"), match=("192.0.2.1",), host="192.0.2.1:5060")
AOR = ("res_pjsip", "aor", "1001")
REGISTERED = "sip:1001@192.0.2.7:5060"


async def twice(ari: FakeAri, rest: RestClient, **between: str) -> None:
    """Provision, let Asterisk tell the AOR in its own words, and provision again."""
    await provision(rest, "192.0.2.9", [PHONE], [CARRIER])
    told = {"remove_existing": "false", "remove_unavailable": "true", "qualify_timeout": "3.000000"}
    assert ari.world.objects[AOR].keys() >= told.keys()
    # Where a phone is registered Asterisk tells its contact as a field of the AOR.
    ari.world.objects[AOR] |= told | {"contact": REGISTERED} | between
    await provision(rest, "192.0.2.9", [PHONE], [CARRIER])


async def test_an_aor_that_is_as_it_should_be_is_left_alone(ari: FakeAri, rest: RestClient) -> None:
    await twice(ari, rest)
    assert ari.world.objects[AOR]["remove_existing"] == "false"
    assert ari.world.objects[AOR]["contact"] == REGISTERED


async def test_another_aor_is_replaced_and_not_merged_into(ari: FakeAri, rest: RestClient) -> None:
    await twice(ari, rest, max_contacts="1")
    assert ari.world.objects[AOR]["max_contacts"] == "5"
    assert "contact" not in ari.world.objects[AOR]
