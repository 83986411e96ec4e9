"""A second step after a-1, for tests of remedies in several steps."""

from bot.core import events as e
from bot.core.ledger import stamp
from bot.core.tool import Plan, Target
from tests.scene import INCIDENT, Scene, final_plan

__all__ = ["INCIDENT", "alert_over", "propose_step", "restart_second", "second_step"]


def restart_second() -> Plan:
    cart = Target(kind="Deployment", namespace="payments", name="cart", uid="8a4e", generation=3)
    return final_plan().model_copy(update={"title": "Restart Deployment cart in payments", "target": cart})


def second_step(scene: Scene) -> Scene:
    """i-a-2 after i-a-1, thought of and not yet planned."""
    made = restart_second()
    scene.book.write(
        e.IntentMade(intent="i-a-2", round=1, tool=made.tool, arguments=scene.book.put(made.arguments), after="i-a-1")
    )
    return scene


def propose_step(scene: Scene) -> Scene:
    scene._propose("a-2", restart_second(), 1)
    return scene


def alert_over(scene: Scene) -> Scene:
    over = e.AlertResolved(fingerprint="f1", ends_at=stamp(scene.book.now()), alert=scene.book.put({}))
    scene.book.write(over)
    return scene
