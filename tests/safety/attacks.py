"""Every row of the table, in its order."""

from tests.safety import clicks, forging, killing, meanwhile, obeying, record
from tests.safety.rows import Attack

ATTACKS: tuple[Attack, ...] = (
    *clicks.ATTACKS,
    *forging.ATTACKS,
    *record.ATTACKS,
    *meanwhile.ATTACKS,
    *obeying.ATTACKS,
    *killing.ATTACKS,
)
