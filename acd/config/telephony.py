"""The part of the file about Asterisk: nodes, extensions, trunks."""

from typing import Annotated

from pydantic import Field, SecretStr

from acd.config.strict import EXTENSION, HOST_PORT, NAME, TRUNK, URL, Strict
from acd.ids import ExtensionNumber, NodeId, TrunkName

NODE = NodeId("asterisk")
"""The name of the only node, where none is configured."""


class Node(Strict):
    name: Annotated[NodeId, Field(pattern=NAME)] = NODE
    ari_url: Annotated[str, Field(pattern=URL)]
    ari_user: Annotated[str, Field(min_length=1)]
    ari_password: Annotated[SecretStr, Field(min_length=1)]
    media_address: Annotated[str, Field(min_length=1)]


class Extension(Strict):
    number: Annotated[ExtensionNumber, Field(pattern=EXTENSION)]
    password: Annotated[SecretStr, Field(min_length=1)]
    node: NodeId = NODE


class Trunk(Strict):
    name: Annotated[TrunkName, Field(pattern=TRUNK)]
    match: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    host: Annotated[str, Field(pattern=HOST_PORT)]
    node: NodeId = NODE
