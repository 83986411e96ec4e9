"""A node as an argument. It lives in no namespace."""

from pydantic import Field

from tools.specs.shapes.kubernetes import Arguments, ObjectName


class OfNode(Arguments):
    name: ObjectName = Field(description="Name of the node")
