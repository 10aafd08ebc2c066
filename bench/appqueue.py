"""app_queue of the same Asterisk, set as a careful admin would who wants it quick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.site import REPOSITORY

PRODUCT = REPOSITORY / "asterisk-config"
# Everything that its speed depends on, said or not said by its default:
# - autofill: each free agent gets a caller at once, not only the first of the line's
# - ringinuse: nobody is rung twice
# - retry: seconds until a caller for whom nobody answered tries again; by default 5, 1 is the least
#   that counts (0 is taken for the default)
# - leastrecent: as longest_idle of the ACD
# - nothing is announced: while a caller listens nobody is rung for that caller
QUEUE = """
[{name}]
strategy = leastrecent
timeout = 20
retry = 1
wrapuptime = 0
memberdelay = 0
autofill = yes
ringinuse = no
autopause = no
joinempty = yes
leavewhenempty = no
timeoutrestart = no
musicclass = default
announce-frequency = 0
announce-position = no
announce-holdtime = no
reportholdtime = no
{members}
"""
# Answer() waits up to 500 ms for the caller's voice: callers of SIPp send none. So where the time
# until an agent is rung is measured the queue answers, when the agent has.
DIALPLAN = """
exten => {answered},1,Answer()
 same => n({name}),Queue({name})
 same => n,Hangup()
exten => {unanswered},1,Goto({answered},{name})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The numbers at which one is answered before the queue, or by the agent; who serves it."""

    answered: str
    unanswered: str
    extensions: Sequence[str]


def write(folder: Path, queues: Sequence[Queue]) -> Path:
    """A configuration of Asterisk with these queues: the product's files with app_queue besides,
    for `tools/asterisk start --config-dir`."""
    folder.mkdir(parents=True)
    general = "[general]\npersistentmembers = no\nautofill = yes\nshared_lastcall = no\n"
    (folder / "queues.conf").write_text(general + "".join(map(_queue, queues)))
    plan = [
        DIALPLAN.format(answered=queue.answered, unanswered=queue.unanswered, name=_name(queue))
        for queue in queues
    ]
    _extend(folder, "extensions.conf", "\n[from-trunk](+)\n" + "".join(plan))
    _extend(folder, "modules.conf", "\nrequire = app_queue.so\n")
    return folder


def _name(queue: Queue) -> str:
    return f"bench{queue.answered}"


def _queue(queue: Queue) -> str:
    members = "\n".join(f"member => PJSIP/{number}" for number in queue.extensions)
    return QUEUE.format(name=_name(queue), members=members)


def _extend(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text((PRODUCT / name).read_text() + text)
