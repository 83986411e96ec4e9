"""What reading and changing tools share to speak with services that are not Kubernetes."""
