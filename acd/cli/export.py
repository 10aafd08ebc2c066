"""`acd export`: the configuration in one file, in one way to write it."""

import sys

from acd.cli.options import SAMPLE, Config
from acd.config import load, written


def export(config: Config = SAMPLE) -> None:
    """Print the configuration as one file, in the order of the documentation.

    Comments and defaults are left out; ${NAME} stays ${NAME}. To read what is printed and to print
    it again changes no byte.
    """
    sys.stdout.write(written(load(config)))
