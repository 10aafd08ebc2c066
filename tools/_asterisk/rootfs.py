"""A root file system of Debian forky with Asterisk in it, built once, on a machine without one."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from _asterisk import fitness, places
from _asterisk.places import Trouble

HOME = "/srv/acd"  # where an instance's folder is mounted inside
# In a mount namespace of its own nothing that is mounted can stay behind.
NAMESPACE = ("unshare", "--mount", "--propagation", "private")
_FOLDER = "root.3"  # another number whenever this module would build it differently
_UID = "60101"  # not the package's 101, which outside is another service's user
_SUITE = "forky"
_PACKAGES = ("asterisk", "asterisk-core-sounds-en-wav")
_NOT_NEEDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")
_OPTIONS = (
    "--variant=essential",
    f"--include={','.join(_PACKAGES)}",
    "--aptopt=APT::Install-Recommends false",
    # The release file of a mirror that is frozen or slow to follow counts as expired.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    "--dpkgopt=force-unsafe-io",  # what a power cut spoils is built again
    "--skip=cleanup/apt",
    "--skip=essential/unlink",
    *(f"--dpkgopt=path-exclude={pattern}" for pattern in _NOT_NEEDED),
)


def ready() -> Path:
    """The folder of the root file system, built if it is not there yet; half a minute then.

    Raises Trouble if it cannot be built, or if what was built is no fit Asterisk.
    """
    _require_root()
    root = _base() / _FOLDER
    if root.exists():
        return root
    with places.locked("install"):
        if not root.exists():
            _build(root)
    return root


def banner(root: Path) -> str:
    """What its Asterisk says of its version. Raises Trouble if it cannot be entered or run."""
    words = [*NAMESPACE, "chroot", str(root), "/usr/sbin/asterisk", "-V"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    said = done.stderr.strip()
    if "not permitted" in said:
        raise Trouble(
            f"This machine does not permit what a root file system needs: {said}. Allow the "
            f"container CAP_SYS_ADMIN and CAP_SYS_CHROOT, or put a fit Asterisk on PATH."
        )
    if done.returncode:
        again = f"Delete {root} and run: tools/asterisk install"
        raise Trouble(f"Asterisk in {root} does not run: {said}. {again}")
    return done.stdout.strip()


def _build(root: Path) -> None:
    _require("mmdebstrap")
    new = root.with_name(f"{root.name}.new")
    _remove(new)
    packages = _base() / "packages"
    kept = (packages / "SHA256SUMS").exists()
    _bootstrap(new, _kept_source(packages) if kept else _mirror_source())
    if objection := fitness.objection(banner(new)):
        _remove(new)
        raise Trouble(
            f"Debian {_SUITE} has moved: {objection} Put the .deb files of a fit version and of "
            f"what it needs into {packages}, with a SHA256SUMS of them, or {fitness.REMEDY}"
        )
    if not kept:
        _keep(new / "var/cache/apt/archives", packages)
    _tidy(new)
    new.rename(root)


def _bootstrap(new: Path, source: str) -> None:
    suite = "" if source.startswith("deb [trusted") else _SUITE
    log = _base() / "mmdebstrap.log"
    with log.open("w") as output:
        done = subprocess.run(
            [*NAMESPACE, "mmdebstrap", *_OPTIONS, suite, str(new), "-"],
            input=f"{source}\n",
            text=True,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_plain_environment(),
            check=False,
        )
    if done.returncode:
        _remove(new)
        said = [line for line in log.read_text().splitlines() if line.startswith("E:")]
        raise Trouble(
            f"mmdebstrap could not build Debian {_SUITE}: {' '.join(said[:2])} See {log}. If the "
            "mirror lacks it, name another in ACD_DEBIAN_MIRROR; where chroot or mount are not "
            "permitted, put a fit Asterisk on PATH."
        )


def _mirror_source() -> str:
    """The Debian mirror that this machine's own apt uses, as a line of sources.list."""
    mirror = os.environ.get("ACD_DEBIAN_MIRROR") or _mirror()
    if not mirror:
        _apt("update")
        mirror = _mirror()
    if not mirror:
        raise Trouble("apt here knows no Debian mirror. Name one in ACD_DEBIAN_MIRROR.")
    return f"deb {mirror} {_SUITE} main"


def _mirror() -> str:
    lines = subprocess.run(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(ORIGIN)/$(LABEL) $(REPO_URI)",
            "Created-By: Packages",
        ],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    found = (line.split() for line in lines if line.startswith("Debian/Debian "))
    return next((words[1] for words in found), "")


def _kept_source(packages: Path) -> str:
    """The packages kept from an earlier build, checked, as a line of sources.list."""
    for line in (packages / "SHA256SUMS").read_text().splitlines():
        checksum, name = line.split("  ", 1)
        if not (packages / name).exists() or _checksum(packages / name) != checksum:
            raise Trouble(f"{packages / name} is damaged or gone. Delete {packages} to fetch anew.")
    index = [_index_entry(deb) for deb in sorted(packages.glob("*.deb"))]
    (packages / "Packages").write_text("\n".join(index))
    # Trusted, for apt checked the signatures when it fetched them and the checksums hold.
    return f"deb [trusted=yes] copy://{packages} ./"


def _index_entry(deb: Path) -> str:
    control = subprocess.run(
        ["dpkg-deb", "--field", deb], capture_output=True, text=True, check=True
    ).stdout
    size = deb.stat().st_size
    return f"{control}Filename: ./{deb.name}\nSize: {size}\nSHA256: {_checksum(deb)}\n"


def _keep(archives: Path, packages: Path) -> None:
    """Keep what apt fetched and verified: a rebuild works when the mirror has moved on."""
    packages.mkdir(exist_ok=True)
    for deb in archives.glob("*.deb"):
        # apt writes the colon of an epoch as %3a, which a copy: source would decode again.
        shutil.move(deb, packages / deb.name.replace("%3a", "_"))
    sums = [f"{_checksum(deb)}  {deb.name}\n" for deb in sorted(packages.glob("*.deb"))]
    (packages / "SHA256SUMS").write_text("".join(sums))


def _tidy(new: Path) -> None:
    for folder in ("var/cache/apt", "var/lib/apt/lists"):
        shutil.rmtree(new / folder, ignore_errors=True)
    (new / HOME.lstrip("/")).mkdir(parents=True)
    (new / "etc/hosts").touch()  # each instance mounts its own there
    for words in (("usermod", "--uid", _UID), ("groupmod", "--gid", _UID)):
        subprocess.run([*NAMESPACE, "chroot", str(new), *words, "asterisk"], check=True)


def _require_root() -> None:
    if os.geteuid() != 0:
        raise Trouble(
            "No fit Asterisk is on PATH and building one needs root. Run this with sudo, "
            f"or {fitness.REMEDY[0].lower()}{fitness.REMEDY[1:]}"
        )


def _require(program: str) -> None:
    if shutil.which(program):
        return
    _apt("update")
    _apt("install", "--yes", "--no-install-recommends", program)
    if not shutil.which(program):
        raise Trouble(f"{program} is missing and apt cannot install it. Install it by hand.")


def _apt(*words: str) -> None:
    subprocess.run(
        ["apt-get", "--quiet=2", *words],
        check=False,
        stdout=subprocess.DEVNULL,
        env=_plain_environment(),
    )


def _remove(folder: Path) -> None:
    mounts = (line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines())
    mounted = next((place for place in mounts if place.startswith(f"{folder}/")), None)
    if mounted:
        raise Trouble(f"{mounted} is mounted, deleting would reach into it. Run: umount {mounted}")
    if folder.exists():
        shutil.rmtree(folder)


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _plain_environment() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def _base() -> Path:
    folder = places.cache() / "asterisk"
    folder.mkdir(exist_ok=True)
    return folder
