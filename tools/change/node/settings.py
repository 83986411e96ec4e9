"""The third identity: what may touch nodes never is what may change namespaces. Unset, no node tool is offered."""

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from tools.change.kube.cluster import ClusterSettings


class NodeSettings(ClusterSettings):
    """`MIDWATCH_NODES_KUBECONFIG`, always by name: the pod's own account is midwatch-act, and may not touch nodes."""

    # never by the field's own name: it would be read from KUBECONFIG, which is another identity
    model_config = SettingsConfigDict(extra="ignore", populate_by_name=False)

    kubeconfig: str | None = Field(
        default=None,
        description="opt-in: the identity for nodes, midwatch-nodes; unset: nodes are not touched",
        examples=["/etc/midwatch/nodes.kubeconfig"],
        validation_alias="MIDWATCH_NODES_KUBECONFIG",
    )

    @model_validator(mode="after")
    def _reaches_a_cluster(self) -> "NodeSettings":
        if not self.kubeconfig:
            raise ValueError(
                "MIDWATCH_NODES_KUBECONFIG is not set, and only that identity (midwatch-nodes) may touch nodes"
            )
        return self
