"""Kubernetes quantities as numbers: `500m`, `2`, `128Mi`, `1e3`, `1.5Gi`. Pure; None for what is none."""

import re
from typing import Any

_QUANTITY = re.compile(r"^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(m|u|n|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$")
_FACTORS = {
    "": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50, "Ei": 2.0**60,
}  # fmt: skip


def quantity(text: Any) -> float | None:
    """Cores, or bytes, or a count."""
    found = _QUANTITY.match(str(text).strip()) if isinstance(text, str | int | float) else None
    return float(found.group(1)) * _FACTORS[found.group(2) or ""] if found else None
