"""What the Kubernetes changes share: guarded client, live state, pure steps. A module here is no tool."""
