"""The configuration file: what it may say, and what it is told when it says something else."""

from pathlib import Path
from typing import Any

import pytest

from acd.config import BadConfiguration, check, http_address, load
from acd.config.file import Queue
from acd.ids import AgentId, QueueName, StatusName
from acd.settings import AVAILABLE, Category, RingMode, Route, Strategy
from acd.targets import Target

GOOD = """\
nodes:
  - {ari_url: "http://127.0.0.1:8088/ari", ari_user: acd, ari_password: "${ARI_PASSWORD}",
     media_address: 127.0.0.1}
projects: [{name: support}]
statuses: [{name: Lunch, category: break}]
extensions:
  - {number: "1001", password: ${EXT_1001_PASSWORD}}
trunks: [{name: carrier, match: [127.0.0.1], host: "127.0.0.1:5080"}]
outbound_routes: [{pattern: "*", trunk: carrier, caller_id: "+90212"}]
agents:
  - username: ayse
    name: Ayşe Kaya
    extension: "1001"
    mobile: "+905551112233"
    ring: extension_then_mobile
    projects: [support]
queues:
  - {name: sales, project: support, number: "700", strategy: ring_all, agents: [ayse], acw_s: 10}
routes:
  - {number: "+902120000700", to: queue:sales}
"""
SECRETS = {"ARI_PASSWORD": "a: #b", "EXT_1001_PASSWORD": 'c"}]'}


def loaded(tmp_path: Path, text: str, **environment: str) -> Any:
    path = tmp_path / "acd.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, {**SECRETS, **environment})


def mistakes(tmp_path: Path, text: str) -> list[str]:
    """What the file is told, without its name."""
    with pytest.raises(BadConfiguration) as bad:
        loaded(tmp_path, text)
    lines = str(bad.value).splitlines()
    return [line.removeprefix(f"{tmp_path}/acd.yaml").replace(f"{tmp_path}/", "") for line in lines]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_good_file_becomes_settings(tmp_path: Path) -> None:
    settings = loaded(tmp_path, GOOD).settings
    agent, queue = settings.agents[AgentId("ayse")], settings.queues[QueueName("sales")]
    assert (agent.name, agent.ring, agent.node) == (
        "Ayşe Kaya",
        RingMode.EXTENSION_THEN_MOBILE,
        "asterisk",
    )
    assert (queue.strategy, queue.agents, queue.acw_s) == (Strategy.RING_ALL, ("ayse",), 10)
    sales = Route(to=Target.of("queue:sales"))
    assert settings.routes == {"700": sales, "+902120000700": sales}
    assert settings.statuses[StatusName("Lunch")].category is Category.BREAK
    assert AVAILABLE in settings.statuses


def test_a_variable_may_hold_what_means_something_in_yaml(tmp_path: Path) -> None:
    file = loaded(tmp_path, GOOD).file
    assert file.nodes[0].ari_password.get_secret_value() == SECRETS["ARI_PASSWORD"]
    assert file.extensions[0].password.get_secret_value() == SECRETS["EXT_1001_PASSWORD"]


def test_a_variable_in_a_comment_is_not_asked_for(tmp_path: Path) -> None:
    assert loaded(tmp_path, "# as in ${NOWHERE}\n" + GOOD)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    assert SECRETS["ARI_PASSWORD"] not in repr(loaded(tmp_path, GOOD))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "acw_s: 10",
            "acw_s: soon",
            ":18:95: queues[0].acw_s: expected a whole number, got 'soon'",
        ),
        ("acw_s: 10", "acw_s: -1", ":18:95: queues[0].acw_s: expected a number from 0 on, got -1"),
        (
            "acw_s: 10",
            "acws: 1",
            ":18:88: queues[0].acws: there is no such key; did you mean acw_s?",
        ),
        (
            "acw_s: 10",
            "zebra: red",
            ":18:88: queues[0].zebra: there is no such key; there are "
            + ", ".join(Queue.model_fields),
        ),
        (
            "strategy: ring_all",
            "strategy: ringall",
            ":18:62: queues[0].strategy: expected one of 'round_robin', 'least_recent_activity', "
            "'longest_idle', 'fewest_calls', 'linear', 'random' or 'ring_all', got 'ringall'",
        ),
        (
            'number: "700"',
            "number: 700",
            ":18:45: queues[0].number: expected text in quotes, got 700",
        ),
        (
            'number: "700"',
            'number: "7a"',
            ":18:45: queues[0].number: expected digits and + * #, got '7a'",
        ),
        ("agents: [ayse]", "agents: ayse", ":18:80: queues[0].agents: expected a list, got 'ayse'"),
        (
            "agents: [ayse]",
            "agents: [ayes]",
            ":18:81: queues[0].agents[0]: there is no agent ayes; did you mean ayse?",
        ),
        (
            "queue:sales",
            "queue:service",
            ":20:35: routes[0].to: there is no queue service",
        ),
        (
            "queue:sales",
            "sales",
            ":20:35: routes[0].to: expected queue:NAME, callback:QUEUE, extension:NUMBER, "
            "group:NAME or hangup:normal|busy|congestion, got 'sales'",
        ),
        (
            "+902120000700",
            "700",
            ":20:14: routes[0].number: there is another number 700 at acd.yaml:18:45",
        ),
        (
            "name: Lunch",
            "name: Available",
            ":5:19: statuses[0].name: there is always a status Available: choose another name",
        ),
        (
            "${EXT_1001_PASSWORD}",
            '""',
            ":7:22: extensions[0].password: expected some text, got something else",
        ),
        (
            "${EXT_1001_PASSWORD}",
            "1234",
            ":7:32: extensions[0].password: expected text in quotes, got something else",
        ),
        (
            "${EXT_1001_PASSWORD}",
            "${NOT_SET}",
            ":7:32: extensions[0].password: the environment variable NOT_SET is not set",
        ),
        (
            'routes:\n  - {number: "+902120000700", to: queue:sales}',
            "routes:\n  - 12",
            ":20:5: routes[0]: expected keys with values, got 12",
        ),
        (
            "trunk: carrier,",
            "trunk: x,",
            ":9:41: outbound_routes[0].trunk: there is no trunk x",
        ),
        (
            'pattern: "*"',
            'pattern: "+49*"',
            ":15:11: agents[0].ring: no outbound route leads to the mobile +905551112233",
        ),
        (
            '    mobile: "+905551112233"\n',
            "",
            ":14:11: agents[0].ring: extension_then_mobile needs a mobile",
        ),
        (
            '    extension: "1001"\n',
            "",
            ":14:11: agents[0].ring: extension_then_mobile needs an extension",
        ),
        (
            "[{name: support}]",
            "[{name: support}, {name: other}]\nmisses_before_pause: x",
            ":5:22: misses_before_pause: expected a whole number, got 'x'",
        ),
        ("nodes:", "http: 8080\nnodes:", ":1:7: http: expected text in quotes, got 8080"),
        (
            "nodes:",
            "database: mysql://x\nnodes:",
            ":1:11: database: expected sqlite:///PATH or postgresql://USER@HOST/NAME, got 'mysql://x'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_place(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert mistakes(tmp_path, changed(old, new)) == [told]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = changed("projects: [support]", "projects: supprt").replace("acw_s: 10", "acw_s: x")
    assert mistakes(tmp_path, text) == [
        ":16:15: agents[0].projects: expected a list, got 'supprt'",
        ":18:95: queues[0].acw_s: expected a whole number, got 'x'",
    ]


def test_an_agent_of_another_project_could_never_be_offered_anything(tmp_path: Path) -> None:
    text = changed("[{name: support}]", "[{name: support}, {name: other}]")
    text = text.replace("projects: [support]", "projects: [other]")
    assert mistakes(tmp_path, text) == [
        ":18:81: queues[0].agents[0]: ayse does not belong to the queue's project support"
    ]


def test_a_key_that_is_there_twice_is_a_mistake(tmp_path: Path) -> None:
    text = changed("outbound_routes", "outbound_routes: []\noutbound_routes")
    assert mistakes(tmp_path, text) == [
        ":10:1: outbound_routes: is there twice, the first time in line 9"
    ]


def test_a_key_that_is_missing_is_told_with_the_line_of_what_lacks_it(tmp_path: Path) -> None:
    text = changed("{name: sales, project: support, ", "{name: sales, ")
    assert mistakes(tmp_path, text) == [":18:5: queues[0].project: is missing"]


def test_what_is_not_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, "nodes:\n  a: b: c\n")
    assert told.startswith(":2:7: not YAML: mapping values are not allowed")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "") == [": expected keys with values, got nothing"]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"nowhere.yaml: cannot be read: No such file"):
        load(tmp_path / "nowhere.yaml")


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "acd.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadConfiguration, match=r"is not text in UTF-8"):
        load(tmp_path / "acd.yaml")


def test_what_is_no_file_is_checked_as_well() -> None:
    with pytest.raises(BadConfiguration, match=r"^test: nodes: is missing$"):
        check({}, "test")


# HTTP.


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("127.1.2.3:0", ("127.1.2.3", 0)),
        ("[::1]:80", ("::1", 80)),
        ("localhost:80", ("localhost", 80)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("[::]:80", ("::", 80)),
        ("192.0.2.1:80", ("192.0.2.1", 80)),
    ],
)
def test_http_is_served_at_an_address(text: str, address: tuple[str, int]) -> None:
    assert http_address(text) == address


def test_http_is_not_served_at_a_name_that_may_become_any_address() -> None:
    told = r"^http: example.net is no address of a machine: write 127\.0\.0\.1"
    with pytest.raises(BadConfiguration, match=told):
        http_address("example.net:80")


@pytest.mark.parametrize("text", ["", "8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", ":80"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(BadConfiguration, match=r"^http: expected HOST:PORT"):
        http_address(text)


def test_the_file_is_told_of_its_http_address_as_well(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, changed("nodes:", "http: example.net:80\nnodes:"))
    assert told.startswith(":1:7: http: example.net is no address of a machine")


@pytest.mark.parametrize(
    ("address", "warned"), [("0.0.0.0:80", True), ("127.0.0.1:80", False), ("localhost:80", False)]
)
def test_http_that_others_reach_wants_tls_before_it(
    tmp_path: Path, address: str, warned: bool
) -> None:
    configuration = loaded(tmp_path, changed("nodes:", f"http: {address}\nnodes:"))
    told = [str(warning) for warning in configuration.warnings]
    assert any("put a proxy with TLS before it" in warning for warning in told) == warned
