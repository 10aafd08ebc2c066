"""What is right but hardly meant is told, and stops nothing; what cannot work is a mistake."""

import pytest

from acd.config import check, compile
from tests.unit.config.texts import ENVIRONMENT, SMALL, compiled, source, told

TWO_NODES = SMALL.replace(
    "nodes:\n",
    'nodes:\n  - {name: b, ari_url: "http://b/ari", ari_user: acd, ari_password: "${ARI}", '
    "media_address: b}\n",
).replace("projects: [{name", 'trunks: [{name: carrier, host: "x:1"}]\nprojects: [{name', 1)

VIA = 'outbound_routes: [{pattern: "*", trunk: carrier, caller_id: "+90212"}]\n'


def warned(*changes: tuple[str, str], of: str = SMALL, **environment: str) -> list[str]:
    """What is told of the small configuration with these texts changed."""
    for old, new in changes:
        assert old in of
        of = of.replace(old, new, 1)
    configuration = compiled(of, environment=environment)
    assert list(configuration.warnings) == [str(one) for one in configuration.advice]
    return list(configuration.warnings)


def test_of_what_is_as_it_should_be_nothing_is_told() -> None:
    assert warned() == []
    assert warned(of=TWO_NODES) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            '"${PHONE}"',
            "a plain secret",
            "4:41: extensions[0].password: the password stands in the file: write ${NAME} and set "
            "that variable, or ${file:/PATH}",
        ),
        (
            '"${PHONE}"',
            "'$${not a variable}'",
            "4:41: extensions[0].password: the password stands in the file: write ${NAME} and set "
            "that variable, or ${file:/PATH}",
        ),
        (
            "nodes:",
            "database: postgresql://acd:secret@127.0.0.1/acd\nnodes:",
            "1:11: database: the password stands in the file: write ${NAME} and set that variable, "
            "or ${file:/PATH}",
        ),
        (
            "agents: [ayse]}]",
            "agents: []}]",
            "6:17: queues[0].name: sales has no agents but who chooses it at log-in",
        ),
        (
            "agents: [{",
            "agents: [{username: baris, name: B, projects: []}, {",
            "5:37: agents[0].projects: baris is in no project, and so cannot log in",
        ),
        (
            "agents: [{",
            "agents: [{username: baris, name: B, projects: [support], ring: mobile, "
            'mobile: "1"}, {',
            "5:21: agents[0].username: baris is in no queue but those chosen at log-in",
        ),
        (
            "nodes:",
            "statuses: [{name: Back office, category: available}]\nnodes:",
            "1:42: statuses[0].category: an agent who is in Back office is offered calls, as in "
            "Available",
        ),
        (
            "nodes:",
            "http: 192.0.2.1:80\nnodes:",
            "1:7: http: whoever is between 192.0.2.1 and its users reads passwords and tokens: "
            "serve it at 127.0.0.1 and put a proxy with TLS before it",
        ),
    ],
)
def test_what_is_hardly_meant_is_told_with_its_place(old: str, new: str, says: str) -> None:
    of = SMALL
    if "ring: mobile" in new:
        of += VIA.replace("carrier", "c")
        of += 'trunks: [{name: c, host: "x:1", match: [x]}]\n'
    if "projects: []" in new:
        new = new.replace("projects: []", 'projects: [], extension: "1002"')
        of = of.replace("extensions: [", 'extensions: [{number: "1002", password: "${ARI}"}, ')
    assert f"acd.yaml:{says}" in warned((old, new), of=of)


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("1234567", "the password has fewer than 8 characters"),
        ("phone of 1001", "the password holds the extension's number"),
    ],
)
def test_a_password_that_is_guessed_is_told(password: str, says: str) -> None:
    assert warned(PHONE=password) == [f"acd.yaml:4:41: extensions[0].password: {says}"]


def test_a_secret_that_is_put_in_is_no_plain_password() -> None:
    url = "postgresql://acd:${PW}@127.0.0.1/acd"
    assert warned(("nodes:", f"database: {url}\nnodes:"), PW="x") == []
    assert warned(("nodes:", "database: postgresql://acd@127.0.0.1/acd\nnodes:")) == []


def test_a_queue_whose_agents_are_where_no_caller_comes_in_is_told() -> None:
    changes = [('"${PHONE}"}', '"${PHONE}", node: b}'), ("x:1", "x:1")]
    assert warned(*changes, of=TWO_NODES) == [
        "acd.yaml:8:57: queues[0].agents: its agents are on node b, which has no trunk: who comes "
        "in at asterisk is not put through to them"
    ]


HIDDEN = "who dials 1001 comes here, and never to the extension of that number"


def test_a_number_that_hides_a_phone_is_told() -> None:
    assert warned(('"700"', '"1001"')) == [f"acd.yaml:6:50: queues[0].number: {HIDDEN}"]
    group = 'call_groups: [{name: all, number: "1001", extensions: ["1001", "1002"]}]\n'
    two = SMALL.replace("extensions: [", 'extensions: [{number: "1002", password: "${ARI}"}, ')
    assert warned(of=two + group) == [f"acd.yaml:7:35: call_groups[0].number: {HIDDEN}"]
    route = 'routes: [{number: "1001", to: "queue:sales"}]\n'
    assert warned(of=SMALL + route) == [f"acd.yaml:7:19: routes[0].number: {HIDDEN}"]
    assert warned(of=SMALL + route.replace("queue:sales", "extension:1001")) == []


def test_the_agents_of_a_queue_are_on_one_node() -> None:
    text = TWO_NODES.replace(
        "extensions: [", 'extensions: [{number: "1002", password: "${ARI}", node: b}, '
    )
    text = text.replace(
        "agents: [{",
        'agents: [{username: baris, name: B, extension: "1002", projects: [support]}, {',
    )
    assert told(text.replace("agents: [ayse]", "agents: [ayse, baris]")) == [
        "acd.yaml:8:72: queues[0].agents[1]: baris is on node b, the first agent on asterisk: "
        "callers and agents of a queue are on one node"
    ]


def test_a_mobile_is_called_by_a_trunk_on_the_agents_node() -> None:
    text = TWO_NODES.replace("host:", "node: b, host:") + VIA
    ring = 'name: Ayşe, mobile: "1", ring: simultaneous'
    assert told(text.replace("name: Ayşe", ring)) == [
        "acd.yaml:7:58: agents[0].ring: simultaneous calls the mobile by carrier on node b, but "
        "the extension is on asterisk: both must be on one node"
    ]


def test_who_has_a_mobile_only_is_on_the_node_of_the_trunk() -> None:
    text = TWO_NODES.replace("host:", "node: b, host:") + VIA
    text = text.replace('extension: "1001"', 'mobile: "1", ring: mobile')
    (agent,) = compiled(text).settings.agents.values()
    assert agent.node == "b"


def test_what_has_no_lines_is_warned_of_by_name() -> None:
    queue = {"name": "empty", "project": "support", "number": "701"}
    configuration = compile([source(SMALL)], ENVIRONMENT, {"queues": [queue]})
    assert configuration.warnings == (
        "database: queues[empty].name: empty has no agents but who chooses it at log-in",
    )


def test_what_is_no_text_is_checked_as_well() -> None:
    raw = {"nodes": [{"ari_url": "http://x/", "ari_user": "a", "ari_password": "longer than 8"}]}
    raw["nodes"][0]["media_address"] = "x"
    assert check(raw, "test").settings.agents == {}
