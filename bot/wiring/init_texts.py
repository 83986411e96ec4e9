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
# For your alertmanager.yml: the receiver "midwatch", the first three routes above your own, the last one below them;
# "yours" is the receiver your top route has now. amtool check-config takes this file as it is. Mend the address where
# Alertmanager runs elsewhere (and MIDWATCH_LISTEN in serve.env with it). Nobody who is told now stops being told.
route:
  receiver: yours
  group_by: [alertname, namespace, cluster]
  routes:
    # Alerts about Midwatch itself (manifests/prometheus/midwatch.rules.yaml): to somebody else, never to Midwatch.
    - receiver: yours
      matchers: ['alertname=~"Midwatch.+"']
    # An alert that always fires: while it arrives, the way from Prometheus to Midwatch is known to work. It goes on to
    # the dead man's switch you may have.
    - receiver: midwatch
      continue: true
      matchers: ['alertname="Watchdog"']
      group_wait: 0s
      group_interval: 30s
      repeat_interval: 1m
    # Everything else, to Midwatch first and then to whom it went before.
    - receiver: midwatch
      continue: true
      matchers: ['alertname!="Watchdog"']
      group_wait: 10s
      group_interval: 1m
      repeat_interval: 4h
    # (your own routes stand here)
    # What none of them took, as before: once another route matched, the top one's receiver is not asked any more.
    - receiver: yours
receivers:
  - name: yours
  - name: midwatch
    webhook_configs:
      - url: http://127.0.0.1:8080/webhooks/alertmanager
        send_resolved: true
        # A notice may have 8 MiB; a larger one is refused whole. What Alertmanager leaves out is counted on the card.
        max_alerts: 4000
        http_config:
          authorization:
            type: Bearer
            credentials: {token}
"""

STEPS = """\
Written to {folder}: an env file for each process, Redis's users, the Slack app, Alertmanager's receiver. Next:

1. Slack: at https://api.slack.com/apps choose Create New App, From a manifest, and paste
   {folder}/slack-manifest.json. Install it. Put SLACK_BOT_TOKEN into serve.env and talk.env, {token} into
   serve.env; /invite the bot into a channel and put its
   id as MIDWATCH_HOME_CHANNEL into both, and who may approve as MIDWATCH_APPROVERS.
2. Redis: redis-server {folder}/redis.conf, or give your own {folder}/users.acl and appendonly yes, appendfsync always.
3. Sources: PROMETHEUS_URL, ELASTICSEARCH_URL and KUBECONFIG into diagnose.env; where logs are not in ECS's fields, the
   ELASTICSEARCH_*_FIELD names too. The cluster's two accounts are in
   manifests/kubernetes/identities.yaml; what the bot may change is MIDWATCH_NAMESPACES in act.env, nothing by default.
4. Alertmanager: take receiver and routes from {folder}/alertmanager.yml.
5. {midwatch} doctor {folder}     until nothing is wrong; then start each with its own file:
   MIDWATCH_ENV_FILE={folder}/serve.env {midwatch} serve
   MIDWATCH_ENV_FILE={folder}/talk.env {midwatch} worker talk
   MIDWATCH_ENV_FILE={folder}/diagnose.env {midwatch} worker diagnose
   MIDWATCH_ENV_FILE={folder}/act.env {midwatch} worker act      (only for MIDWATCH_MODE=act, in every file)"""
