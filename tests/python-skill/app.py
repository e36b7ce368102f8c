"""A skill in Python: answers with the command that it heard."""

from wit_world import exports
from wit_world.exports.skill import Invocation, Reply


class Skill(exports.Skill):
    def invoke(self, request: Invocation) -> Reply:
        return Reply("done", f"Python heard {request.command}.", None, None, [])
