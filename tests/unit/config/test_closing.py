"""Result codes: contradicting, unknown, and hardly meant."""

import pytest

from tests.unit.config.texts import SMALL, compiled, told

CODES = (
    "result_codes: [{name: Sale, category: success}, "
    "{name: Complaint, category: other, note_required: true}]\n"
)


def queue(says: str, codes: str = CODES) -> str:
    return codes + SMALL.replace('number: "700"', f'number: "700", {says}')


@pytest.mark.key("result_codes.type")
@pytest.mark.parametrize("type_", ["written", "product"])
def test_nothing_but_calls_is_closed_yet(type_: str) -> None:
    text = CODES.replace("category: success", f"category: success, type: {type_}") + SMALL
    [line] = told(text)
    says = f"there are no result codes of type {type_} yet: only calls are closed"
    assert line.endswith(f"result_codes[0].type: {says}")
    assert compiled(text.replace(f"type: {type_}", "type: call")).warnings == ()


@pytest.mark.parametrize(
    ("says", "wrong"),
    [
        ("result_codes: [Sale, Sale]", "queues[0].result_codes[1]: Sale is there twice"),
        (
            "result_codes: [Sael]",
            "queues[0].result_codes[0]: there is no result code Sael; did you mean Sale?",
        ),
        (
            "disposition_required: true",
            "queues[0].disposition_required: needs default_result_code, for calls that nobody "
            "closes",
        ),
        (
            "disposition_required: true, default_result_code: Gone",
            "queues[0].default_result_code: there is no result code Gone",
        ),
        (
            "default_result_code: Sale",
            "queues[0].default_result_code: is never set: it needs disposition_required: true",
        ),
        (
            "disposition_required: true, result_codes: [Complaint], default_result_code: Sale",
            "queues[0].default_result_code: Sale is none of the queue's result_codes",
        ),
        (
            "disposition_required: true, default_result_code: Complaint",
            "queues[0].default_result_code: Complaint needs a note, and nobody is there who would "
            "write it",
        ),
    ],
)
def test_what_contradicts_itself_is_told(says: str, wrong: str) -> None:
    [line] = told(queue(says))
    assert wrong in line


def test_what_goes_together_is_right() -> None:
    right = "result_codes: [Complaint, Sale], disposition_required: true, default_result_code: Sale"
    assert compiled(queue(right)).warnings == ()


def test_two_codes_have_two_names() -> None:
    [line] = told(queue("priority: 0", CODES.replace("Complaint", "Sale")))
    assert "there is another result code Sale at" in line


def test_a_long_name_is_hardly_meant() -> None:
    for length, count in ((30, 0), (31, 1)):
        warnings = compiled(queue("priority: 0", CODES.replace("Sale", "x" * length))).warnings
        assert len(warnings) == count
    assert "has 31 characters: agents choose faster from names of at most 30" in warnings[0]
