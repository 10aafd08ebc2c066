"""Where Asterisk comes from: PATH, Docker, or a root file system of our own."""

import os
import shutil
import socket
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from _asterisk import fitness, places, rootfs, sounds
from _asterisk.places import Trouble

_SYSTEM_PATH = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
_IMAGE = "acd-asterisk"
_CONTAINER = "container"  # the file, in an instance's folder, that names it
_REST_API = ("usr/share/asterisk/rest-api", "var/lib/asterisk/rest-api")


class Source(Protocol):
    """A fit Asterisk and how it is entered."""

    kind: str
    banner: str

    def home(self, folder: Path) -> str:
        """The instance's folder as its Asterisk sees it."""
        ...

    def give(self, folder: Path) -> None:
        """Make the folder the property of the user Asterisk runs as."""
        ...

    def launch(self, folder: Path) -> int:
        """Start Asterisk with the configuration in the folder; its process number."""
        ...

    def console(self, folder: Path, pid: int, command: str) -> list[str]:
        """The command line that runs one console command in the running instance."""
        ...

    def rest_api(self) -> Path:
        """The folder of the JSON files that describe ARI."""
        ...


class OnPath:
    """The Asterisk installed on this machine; it runs as user asterisk if root starts it."""

    kind = "path"

    def __init__(self, program: str, banner: str) -> None:
        self.program = program
        self.banner = banner

    def home(self, folder: Path) -> str:
        return str(folder)

    def give(self, folder: Path) -> None:
        sounds.install(self.rest_api().with_name("sounds"))
        if os.geteuid() != 0:
            return
        closed = [parent for parent in folder.parents if not parent.stat().st_mode & 0o001]
        if closed:
            raise Trouble(f"User asterisk cannot enter {closed[0]}. Set ACD_RUN to another folder.")
        _chown(folder, *_ids(Path("/etc/passwd")))

    def launch(self, folder: Path) -> int:
        user = "asterisk" if os.geteuid() == 0 else None
        words = [self.program, "-f", "-C", f"{folder}/etc/asterisk.conf"]
        return _spawn(words, folder, user=user)

    def console(self, folder: Path, pid: int, command: str) -> list[str]:
        return [self.program, "-C", f"{folder}/etc/asterisk.conf", "-rx", command]

    def rest_api(self) -> Path:
        return _rest_api_below(Path("/"))


class InRoot:
    """The Asterisk of our own root file system, entered in a mount namespace that ends with it."""

    kind = "root"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.banner = rootfs.banner(root)

    def home(self, folder: Path) -> str:
        return rootfs.HOME

    def give(self, folder: Path) -> None:
        (folder / "etc/hosts").write_text(_hosts())
        _chown(folder, *_ids(self.root / "etc/passwd"))

    def launch(self, folder: Path) -> int:
        namespace = ["unshare", "--mount", "--propagation", "private"]
        return _spawn(
            [*namespace, "sh", "-c", _enter(), "enter", str(self.root), str(folder)], folder
        )

    def console(self, folder: Path, pid: int, command: str) -> list[str]:
        inside = ["asterisk", "-C", f"{rootfs.HOME}/etc/asterisk.conf", "-rx", command]
        return ["nsenter", f"--target={pid}", "--mount", "--root", *inside]

    def rest_api(self) -> Path:
        return _rest_api_below(self.root)


def _enter() -> str:
    """$1 is the root file system, $2 the instance's folder."""
    return f"""
set -e
mount --bind "$2" "$1{rootfs.HOME}"
mount -t proc proc "$1/proc"
# With what is mounted in it: in many containers /dev/urandom is a mount of its own.
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/tmp"
mount --bind "$2/etc/hosts" "$1/etc/hosts"
[ ! -e /etc/resolv.conf ] || mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
cd /
chroot "$1" sh -c '{sounds.linked(f"{rootfs.HOME}/sounds")}'
exec chroot --userspec=asterisk:asterisk "$1" \\
    /usr/sbin/asterisk -f -C {rootfs.HOME}/etc/asterisk.conf
"""


def _hosts() -> str:
    """The machine's names and its own: Asterisk looks that up for every leg of every call.

    Where it is not found, each leg waits for a name server and logs two errors.
    """
    known = Path("/etc/hosts")
    return f"{known.read_text() if known.exists() else ''}\n127.0.1.1 {socket.gethostname()}\n"


class InDocker:
    """The Asterisk of a Docker image, in a container on the machine's own network."""

    kind = "docker"

    def __init__(self, image: str) -> None:
        self.image = image
        self.banner = _docker("run", "--rm", "--entrypoint=asterisk", image, "-V")

    def home(self, folder: Path) -> str:
        return rootfs.HOME

    def give(self, folder: Path) -> None:
        ids = _docker("run", "--rm", "--entrypoint=cat", self.image, "/etc/passwd")
        _chown(folder, *_ids_in(ids))

    def launch(self, folder: Path) -> int:
        container = _docker(
            "run",
            "--detach",
            "--rm",
            f"--label=acd-asterisk={folder}",
            "--network=host",
            f"--volume={folder}:{rootfs.HOME}",
            "--user=asterisk",
            "--entrypoint=asterisk",
            self.image,
            *("-f", "-C", f"{rootfs.HOME}/etc/asterisk.conf"),
        )
        (folder / _CONTAINER).write_text(container)
        return int(_docker("inspect", "--format={{.State.Pid}}", container))

    def console(self, folder: Path, pid: int, command: str) -> list[str]:
        container = (folder / _CONTAINER).read_text()
        inside = ["asterisk", "-C", f"{rootfs.HOME}/etc/asterisk.conf", "-rx", command]
        return ["docker", "exec", container, *inside]

    def rest_api(self) -> Path:
        target = places.cache() / "rest-api" / sha256(self.banner.encode()).hexdigest()[:12]
        if not target.exists():
            container = _docker("create", self.image, "asterisk")
            target.parent.mkdir(exist_ok=True)
            _docker("cp", f"{container}:/{_REST_API[0]}", str(target))
            _docker("rm", container)
        return target


def find(kind: str | None = None) -> Source:
    """A fit Asterisk: of the kind given, else as ACD_ASTERISK says, else the first that is there.

    Raises Trouble where there is none and none can be built.
    """
    kind = kind or os.environ.get("ACD_ASTERISK")
    match kind:
        case "path":
            return _fit(_on_path())
        case "docker":
            return _fit(_in_docker())
        case "root":
            return InRoot(rootfs.ready())
        case None:
            return _first()
        case _:
            raise Trouble(f"ACD_ASTERISK is {kind!r}. Set it to path, docker or root, or unset it.")


def _first() -> Source:
    for look in (_on_path, _in_docker):
        try:
            return _fit(look())
        except Absent:
            continue
        except Trouble as trouble:
            print(f"tools/asterisk: {trouble} Looking on.", file=sys.stderr)
    return InRoot(rootfs.ready())


class Absent(Trouble):
    """Nothing of this kind is here, which is no fault."""


def _fit(source: Source) -> Source:
    if objection := fitness.objection(source.banner):
        where = "on PATH" if source.kind == "path" else "in the Docker image"
        raise Trouble(f"The Asterisk {where} is not used: {objection} {fitness.REMEDY}")
    return source


def _on_path() -> Source:
    path = os.pathsep.join((os.environ.get("PATH", ""), *_SYSTEM_PATH))
    program = shutil.which("asterisk", path=path)
    if program is None:
        raise Absent(f"No asterisk is on PATH. {fitness.REMEDY}")
    done = subprocess.run([program, "-V"], capture_output=True, text=True, check=False)
    return OnPath(program, done.stdout or done.stderr)


def _in_docker() -> Source:
    image = os.environ.get("ACD_ASTERISK_IMAGE", _IMAGE)
    if shutil.which("docker") is None:
        raise Absent("No docker is here. Install Docker, or unset ACD_ASTERISK.")
    try:
        _docker("image", "inspect", image)
    except Trouble as trouble:
        raise Absent(str(trouble)) from trouble
    return InDocker(image)


def _docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()[:1] or ["no reason given"]
        raise Trouble(
            f"docker {words[0]} failed: {said[0]} Start the engine, build the image, or set "
            "ACD_ASTERISK=root."
        )
    return done.stdout.strip()


def _spawn(words: list[str], folder: Path, user: str | None = None) -> int:
    """Start it apart from this process, with its output in the instance's log folder."""
    with (folder / "log/console").open("a") as output:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
            user=user,
            group=user,
            env={"PATH": os.pathsep.join(_SYSTEM_PATH), "LC_ALL": "C.UTF-8", "HOME": "/tmp"},
        )
    return process.pid


def _chown(folder: Path, uid: int, gid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, gid, follow_symlinks=False)


def _ids(passwd: Path) -> tuple[int, int]:
    return _ids_in(passwd.read_text())


def _ids_in(passwd: str) -> tuple[int, int]:
    entries = (line.split(":") for line in passwd.splitlines())
    for name, _, uid, gid, *_rest in entries:
        if name == "asterisk":
            return int(uid), int(gid)
    raise Trouble("There is no user asterisk to run as. Run: adduser --system --group asterisk")


def _rest_api_below(root: Path) -> Path:
    for candidate in _REST_API:
        if (root / candidate).is_dir():
            return root / candidate
    raise Trouble(f"{root} has no folder of ARI's JSON files. Install the whole package asterisk.")
