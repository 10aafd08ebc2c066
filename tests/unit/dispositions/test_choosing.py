"""Which result codes a call may be closed with."""

import pytest

from acd.dispositions.choosing import chosen, codes_of, default_of, must_close
from acd.ids import ProjectName, QueueName, ResultCodeName
from acd.requests import Refused
from acd.settings import CodeCategory, QueueSettings, ResultCode

SALE, NO_SALE, COMPLAINT = map(ResultCodeName, ("Sale", "No sale", "Complaint"))
ALL = {
    name: ResultCode(name=name, category=CodeCategory.OTHER, note_required=name == COMPLAINT)
    for name in (SALE, NO_SALE, COMPLAINT)
}


def queue(**about: object) -> QueueSettings:
    name, project = QueueName("sales"), ProjectName("support")
    return QueueSettings(queue=name, project=project, number="700", **about)  # type: ignore[arg-type]


def names(of: QueueSettings | None) -> list[str]:
    return [code.name for code in codes_of(of, ALL)]


def test_a_queue_has_its_own_codes_in_its_own_order() -> None:
    assert names(queue(result_codes=(COMPLAINT, SALE))) == [COMPLAINT, SALE]


def test_a_queue_without_any_has_all_there_are() -> None:
    assert names(queue()) == names(None) == [SALE, NO_SALE, COMPLAINT]


def test_codes_that_are_gone_are_left_out() -> None:
    gone = ResultCodeName("Gone")
    assert names(queue(result_codes=(gone, SALE))) == [SALE]
    assert names(queue(result_codes=(gone,))) == [SALE, NO_SALE, COMPLAINT]


def test_a_code_of_the_list_is_chosen_by_its_name() -> None:
    assert chosen(SALE, ALL.values(), "") is ALL[SALE]


def test_a_code_that_is_not_of_the_list_is_refused_with_what_is() -> None:
    with pytest.raises(Refused, match=r"^Sale is no result code of this call: .*one of No sale$"):
        chosen(SALE, [ALL[NO_SALE]], "")
    with pytest.raises(Refused, match="none is configured"):
        chosen(SALE, [], "")


@pytest.mark.parametrize("note", ["", " \n"])
def test_a_code_that_needs_a_note_is_refused_without_one(note: str) -> None:
    with pytest.raises(Refused, match=r"^Complaint needs a note$"):
        chosen(COMPLAINT, ALL.values(), note)
    assert chosen(COMPLAINT, ALL.values(), "too slow") is ALL[COMPLAINT]


def test_the_default_is_for_queues_whose_calls_must_be_closed() -> None:
    assert default_of(queue(disposition_required=True, default_result_code=SALE), ALL) == ALL[SALE]
    assert default_of(queue(default_result_code=SALE), ALL) is None
    assert default_of(queue(disposition_required=True), ALL) is None
    assert default_of(None, ALL) is None
    gone = ResultCodeName("Gone")
    assert default_of(queue(disposition_required=True, default_result_code=gone), ALL) is None


def test_who_must_choose_first_is_told_from_what() -> None:
    with pytest.raises(Refused, match=r"^calls of sales .*: choose one of Sale, No sale"):
        must_close(queue(disposition_required=True), ALL.values())
    must_close(queue(), ALL.values())
    must_close(None, ALL.values())
