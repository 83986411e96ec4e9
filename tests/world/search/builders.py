"""Small sets of log documents for the search tests."""

from bot.playground.world.search.documents import Document, Indices, millis

START = 1_790_000_000.0
NOW = START + 600


def document(
    number: int, at: float, message: str, level: str = "INFO", service: str = "cart", **more: object
) -> Document:
    index = f"logs-{more.pop('index', 'shop')}"
    shared = {"service.name": service, "kubernetes.pod.name": f"{service}-1", "kubernetes.namespace": "shop"}
    own = {"log.level": level, **{key.replace("__", "."): value for key, value in more.items()}}
    return Document(number, f"id-{number}", index, at, message, shared, own)  # type: ignore[arg-type]


def shop() -> Indices:
    indices = Indices()
    lines = [
        (0, "GET /cart 200 in 12 ms", "INFO", "cart"),
        (60, "GET /cart 500 in 31 ms", "ERROR", "cart"),
        (120, "NoSuchColumn: orders.tax_id does not exist", "ERROR", "cart"),
        (180, "payment refused by issuer", "WARN", "till"),
        (240, "NoSuchColumn: orders.tax_id does not exist again", "ERROR", "till"),
        (300, "GET /till 200 in 9 ms", "INFO", "till"),
    ]
    indices.add(
        document(n, START + at, message, level, service, **({"trace__id": f"t{n}"} if n % 2 else {}))
        for n, (at, message, level, service) in enumerate(lines)
    )
    indices.add([document(6, START + 30, "node ready", "INFO", "kubelet", index="nodes", event__duration=40)])
    return indices


__all__ = ["NOW", "START", "document", "millis", "shop"]
