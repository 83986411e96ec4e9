"""The texts `midwatch init` writes and prints beside the settings."""

REDIS = """\
# Redis 7 or newer, or Valkey: redis-server {folder}/redis.conf
port {port}
bind 127.0.0.1
dir {folder}
aclfile {folder}/users.acl
appendonly yes
appendfsync always
save ""
maxmemory-policy noeviction
"""

ALERTMANAGER = """\
# For your alertmanager.yml: copy the receiver "midwatch" and the two routes above your own; amtool check-config takes
# this file as it is. Mend the address where Alertmanager runs elsewhere (and MIDWATCH_LISTEN in serve.env with it).
route:
  receiver: yours
  group_by: [alertname, namespace, cluster]
  routes:
    # An alert that always fires: while it arrives, the way from Prometheus to Midwatch is known to work.
    - receiver: midwatch
      matchers: ['alertname="Watchdog"']
      group_wait: 0s
      group_interval: 30s
      repeat_interval: 1m
    # Everything else, to Midwatch first and then to whom it went before.
    - receiver: midwatch
      continue: true
      group_wait: 10s
      group_interval: 1m
      repeat_interval: 4h
receivers:
  - name: yours
  - name: midwatch
    webhook_configs:
      - url: http://127.0.0.1:8080/webhooks/alertmanager
        send_resolved: true
        http_config:
          authorization:
            type: Bearer
            credentials: {token}
"""

MORE: dict[str, tuple[tuple[str, str], ...]] = {
    "diagnose": (
        ("metrics and alert rules; the address before /api/v1", "PROMETHEUS_URL=http://prometheus:9090"),
        ("where Prometheus asks for one", "PROMETHEUS_TOKEN="),
        ("logs, Elasticsearch 8 or 9", "ELASTICSEARCH_URL=https://elasticsearch:9200"),
        ("a key that only reads", "ELASTICSEARCH_API_KEY="),
        ("the indices of the logs", "ELASTICSEARCH_INDEX=logs-*,filebeat-*"),
    ),
    "act": (("the write identity, midwatch-act; unset: in-cluster", "KUBECONFIG=/etc/midwatch/act.kubeconfig"),),
}

STEPS = """\
Written to {folder}: an env file for each process, Redis's users, the Slack app, Alertmanager's receiver. Next:

1. Slack: at https://api.slack.com/apps choose Create New App, From a manifest, and paste
   {folder}/slack-manifest.json. Install it. Put SLACK_BOT_TOKEN into serve.env and talk.env, {token} into
   serve.env; /invite the bot into a channel and put its
   id as MIDWATCH_HOME_CHANNEL into both, and who may approve as MIDWATCH_APPROVERS.
2. Redis: redis-server {folder}/redis.conf, or give your own {folder}/users.acl and appendonly yes, appendfsync always.
3. Sources: PROMETHEUS_URL, ELASTICSEARCH_URL and KUBECONFIG into diagnose.env. The cluster's two accounts are in
   manifests/kubernetes/identities.yaml; what the bot may change is MIDWATCH_NAMESPACES in act.env, nothing by default.
4. Alertmanager: take receiver and routes from {folder}/alertmanager.yml.
5. midwatch doctor {folder}     until nothing is wrong; then start each with its own file:
   MIDWATCH_ENV_FILE={folder}/serve.env midwatch serve
   MIDWATCH_ENV_FILE={folder}/talk.env midwatch worker talk
   MIDWATCH_ENV_FILE={folder}/diagnose.env midwatch worker diagnose
   MIDWATCH_ENV_FILE={folder}/act.env midwatch worker act      (only for MIDWATCH_MODE=act, in every file)"""
