"""What people may not do just now: each refusal says why, and changes nothing."""

from dataclasses import replace

import pytest

from acd.agents.device import DeviceKind
from acd.ids import InteractionId, QueueName, StatusName
from acd.requests import (
    CancelConsult,
    Confer,
    Consult,
    EndCall,
    FinishAcw,
    Listen,
    LogIn,
    LogOut,
    Refused,
    Request,
    RequestCallback,
    SetStatus,
    Transfer,
)
from acd.settings import AVAILABLE
from tests.stories.acd import SALES, SERVICE, SUPPORT, Acd, one_queue
from tests.unit.distributor.scenes import (
    AYSE,
    BARIS,
    CARE,
    DEFNE,
    TWO_QUEUES,
    ZEKI,
    Scene,
    ask,
    at_work,
    consulted,
    consulting,
    interaction,
    picture,
    ringing,
    talking,
    waiting,
)

NOWHERE = QueueName("nowhere")


def nobody_at_work() -> Acd:
    return at_work()


def idle() -> Acd:
    return at_work("ayse", "baris")


def on_a_call_in_one_of_two_projects() -> Acd:
    settings = one_queue("ayse")
    both = replace(settings.agents[AYSE], projects=(SUPPORT, CARE))
    return talking(of=replace(settings, agents={**settings.agents, AYSE: both}))


def removed() -> Acd:
    """Ayşe is on a call, and so still there."""
    acd = talking("ayse")
    acd.applies(agents={})
    return acd


def in_conference() -> Acd:
    acd = consulted()
    acd.ask(Confer(agent=AYSE))
    return acd


def service_drains() -> Acd:
    """The queue is not configured any more, but somebody is still in it."""
    acd = Acd(TWO_QUEUES)
    acd.calls("first", "701")
    acd.at_work("ayse")
    acd.calls("behind")
    acd.takes("ayse")
    acd.applies(queues={SALES: TWO_QUEUES.queues[SALES]}, routes={"700": SALES})
    return acd


def after_the_colleague_was_asked() -> Acd:
    acd = consulting("baris")
    acd.rings("baris")
    return acd


def phone_off() -> Acd:
    acd = talking("ayse", "defne")
    acd.world.unregister("1004")
    return acd


@pytest.mark.parametrize(
    ("scene", "request_", "reason"),
    [
        # Who does not work here.
        (idle, LogIn(agent=ZEKI, project=SUPPORT), "there is no agent zeki"),
        (idle, LogOut(agent=ZEKI), "there is no agent zeki"),
        (idle, SetStatus(agent=ZEKI, status=AVAILABLE), "there is no agent zeki"),
        (idle, FinishAcw(agent=ZEKI), "there is no agent zeki"),
        (idle, Listen(supervisor=ZEKI, agent=AYSE), "there is no agent zeki"),
        (idle, Listen(supervisor=AYSE, agent=ZEKI), "there is no agent zeki"),
        (idle, EndCall(agent=ZEKI), "zeki has no caller"),
        # Who is not at work.
        (nobody_at_work, LogOut(agent=AYSE), "ayse is not logged in"),
        (nobody_at_work, SetStatus(agent=AYSE, status=AVAILABLE), "ayse is not logged in"),
        (nobody_at_work, FinishAcw(agent=AYSE), "ayse is not logged in"),
        (idle, Listen(supervisor=DEFNE, agent=AYSE), "defne is not logged in"),
        (idle, Listen(supervisor=AYSE, agent=DEFNE), "defne is not logged in"),
        # Logging in.
        (idle, LogIn(agent=AYSE, project=CARE), "ayse does not belong to project care"),
        (removed, LogIn(agent=AYSE, project=SUPPORT), "ayse does not belong to project support"),
        (on_a_call_in_one_of_two_projects, LogIn(agent=AYSE, project=CARE), "ayse is on a call"),
        # Status and after-call work.
        (idle, SetStatus(agent=AYSE, status=StatusName("Nap")), "there is no status Nap"),
        (idle, FinishAcw(agent=AYSE), "ayse is not in after-call work"),
        (talking, FinishAcw(agent=AYSE), "ayse is not in after-call work"),
        # Calls.
        (idle, EndCall(agent=AYSE), "ayse has no caller"),
        (ringing, EndCall(agent=AYSE), "ayse has no caller"),
        (consulting, EndCall(agent=AYSE), "ayse has no caller"),
        (idle, Transfer(agent=AYSE, queue=SALES), "ayse has no caller"),
        (talking, Transfer(agent=AYSE, queue=NOWHERE), "there is no queue nowhere"),
        (service_drains, Transfer(agent=AYSE, queue=SERVICE), "there is no queue service"),
        (idle, Consult(agent=AYSE, queue=SALES), "ayse has no caller"),
        (talking, Consult(agent=AYSE, queue=NOWHERE), "there is no queue nowhere"),
        (service_drains, Consult(agent=AYSE, queue=SERVICE), "there is no queue service"),
        (in_conference, Consult(agent=AYSE, queue=SALES), "a conference is going on"),
        (in_conference, Consult(agent=BARIS, queue=SALES), "a conference is going on"),
        (talking, CancelConsult(agent=AYSE), "ayse has no caller on hold"),
        (talking, Confer(agent=AYSE), "ayse has no caller on hold"),
        (consulting, Confer(agent=AYSE), "nobody has answered yet"),
        (after_the_colleague_was_asked, Confer(agent=AYSE), "nobody has answered yet"),
        # Listening.
        (idle, Listen(supervisor=BARIS, agent=AYSE), "ayse is not talking to anyone"),
        (consulting, Listen(supervisor=AYSE, agent=AYSE), "ayse is not talking to anyone"),
        (talking, Listen(supervisor=AYSE, agent=AYSE), "ayse has no free phone"),
        (phone_off, Listen(supervisor=DEFNE, agent=AYSE), "defne has no free phone"),
        # Callbacks.
        (
            waiting,
            RequestCallback(interaction=InteractionId("1-9")),
            "this caller is not waiting",
        ),
    ],
)
def test_refused(scene: Scene, request_: Request, reason: str) -> None:
    acd = scene()
    before = picture(acd)
    with pytest.raises(Refused) as refused:
        ask(acd, request_)
    assert str(refused.value) == reason
    assert picture(acd) == before


def test_who_already_talks_is_not_owed_a_callback() -> None:
    acd = talking()
    with pytest.raises(Refused, match=r"^this caller is not waiting$"):
        ask(acd, RequestCallback(interaction=interaction(acd)))


def test_without_a_trunk_nobody_can_be_called_back() -> None:
    acd = waiting(of=replace(one_queue("ayse"), outbound_routes=()))
    with pytest.raises(Refused, match=r"^no outbound route leads to \+90212first$"):
        ask(acd, RequestCallback(interaction=interaction(acd)))


def test_a_supervisor_whose_phone_rings_for_a_call_has_no_free_one() -> None:
    acd = talking("ayse", "baris")
    acd.calls("second")
    assert acd.world.core.state.agents[BARIS].device(DeviceKind.EXTENSION).legs
    with pytest.raises(Refused, match=r"^baris has no free phone$"):
        ask(acd, Listen(supervisor=BARIS, agent=AYSE))
