"""What moves by itself in the cluster: each controller looks at one object and does the next thing."""
