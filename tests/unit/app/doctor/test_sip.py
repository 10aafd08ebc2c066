"""What `acd doctor` says where Asterisk answers all but what its SIP is to do."""

from acd.app.doctor.finding import Grade
from acd.app.doctor.node import sip
from acd.ari.errors import AriSilent


async def stuck(asked: str) -> str:
    """What only a thread of SIP's can tell is not answered."""
    if asked.startswith("PJSIP_PARSE_URI("):
        raise AriSilent("channels.getChannelVar", "no answer in time")
    return "1"


async def test_sip_that_stands_still_is_wrong_and_has_a_remedy() -> None:
    finding = await sip("node asterisk", stuck)
    assert (finding.about, finding.grade) == ("node asterisk: SIP", Grade.WRONG)
    assert finding.says == "stands still (no answer in time)"
    assert "restart Asterisk" in finding.remedy
