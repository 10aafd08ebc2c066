"""While the image of Asterisk is built: is its version fit, and music for those who wait."""

import sys
from pathlib import Path

from _asterisk import fitness, music

if objection := fitness.objection(Path(sys.argv[1]).read_text()):
    sys.exit(
        f"Debian forky has moved: {objection} {fitness.REMEDY} In docker/asterisk.Dockerfile take "
        "the packages of a fit version from Debian's archive of snapshots."
    )
music.compose(Path(sys.argv[2]))
