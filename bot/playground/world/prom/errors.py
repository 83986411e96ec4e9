"""What a query can be refused with.

BadData                  cannot be parsed, or this engine does not know it: never answered with an empty result
└── ExecutionFailed      parsed, but the samples forbid an answer (duplicate series, many-to-many, too many samples)
"""


class BadData(Exception):
    """The query cannot be answered; the text says why, in Prometheus's words where it has some."""

    error_type = "bad_data"


class ExecutionFailed(BadData):
    """The query is well formed, and evaluating it over these samples is an error."""

    error_type = "execution"
