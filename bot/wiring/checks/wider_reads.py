"""What the fault analyzers read beside what every look needs: the doctor tells which of it an identity lacks."""

WIDER = (
    ("list", "discovery.k8s.io", "endpointslices"),
    ("list", "networking.k8s.io", "networkpolicies"),
    ("list", "networking.k8s.io", "ingresses"),
    ("list", "", "persistentvolumeclaims"),
    ("list", "", "resourcequotas"),
    ("list", "", "limitranges"),
    ("list", "batch", "jobs"),
    ("list", "batch", "cronjobs"),
    ("list", "autoscaling", "horizontalpodautoscalers"),
    ("list", "policy", "poddisruptionbudgets"),
    ("list", "rbac.authorization.k8s.io", "rolebindings"),
)  # what `find_kubernetes_faults` reads beside; without one it says so and concludes nothing from it
WIDER_EVERYWHERE = (
    ("list", "", "persistentvolumes"),
    ("list", "storage.k8s.io", "storageclasses"),
    ("list", "networking.k8s.io", "ingressclasses"),
    ("list", "admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ("list", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    ("list", "rbac.authorization.k8s.io", "clusterrolebindings"),
)
