"""Generated questions: a query, and when to ask it."""

import random

from .generator import Generator
from .samples import BEGIN, HOUR


def questions(seed: int, count: int) -> list[dict[str, str]]:
    """Half instant, half range queries, over the hour of the samples and somewhat beyond."""
    chance = random.Random(seed)
    generator = Generator(chance)
    return [_question(chance, generator.query()) for _ in range(count)]


def _question(chance: random.Random, query: str) -> dict[str, str]:
    at = BEGIN + chance.choice([chance.randint(-400, HOUR + 600), chance.randint(0, HOUR * 1000) / 1000])
    if chance.random() < 0.5:
        return {"query": query, "time": str(at)}
    step = chance.choice([7, 15, 30, 60, 127.5])
    end = at + step * chance.choice([chance.randint(0, 30), chance.uniform(0, 30)])
    return {"query": query, "start": str(at), "end": f"{end:.3f}", "step": str(step)}
