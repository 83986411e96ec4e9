"""What kubectl prints for people is read back into objects, which the analyzers then read as they read live ones."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.signs import Role
from bot.evaluation.kubectl.describe import described
from bot.evaluation.kubectl.tables import listed
from bot.evaluation.kubectl.times import age_of, moment_of
from tools.read.faults.analyzing import analyze
from tools.read.faults.reading import snapshot_of

NOW = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
SINCE = NOW - timedelta(hours=1)
POD = """Name:             basket-7d9f8b6c5d-x7gr9
Namespace:        shop
Service Account:  default
Node:             worker-1/10.0.0.4
Start Time:       Sun, 01 Mar 2026 01:00:00 +0000
Labels:           app=basket
                  pod-template-hash=7d9f8b6c5d
Annotations:      <none>
Status:           Running
Controlled By:  ReplicaSet/basket-7d9f8b6c5d
Containers:
  web:
    Image:         registry.example/basket:2
    Port:          8080/TCP
    Command:
      /bin/server
      --fast
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
      Started:      Sun, 01 Mar 2026 02:05:00 +0000
      Finished:     Sun, 01 Mar 2026 02:06:00 +0000
    Ready:          False
    Restart Count:  6
    Limits:
      memory:  100Mi
    Liveness:  http-get http://:9090/healthz delay=5s timeout=1s period=10s #success=1 #failure=3
    Environment:
      DB_HOST:  orders-db
      DB_PASS:  <set to the key 'password' in secret 'orders'>  Optional: false
    Mounts:
      /data from data (rw)
Conditions:
  Type              Status
  Initialized       True
  Ready             False
Node-Selectors:              disk=ssd
Events:
  Type     Reason     Age                  From     Message
  ----     ------     ----                 ----     -------
  Normal   Pulled     9m                   kubelet  Container image already present
  Warning  BackOff    3m27s (x9 over 4m)   kubelet  Back-off restarting failed container web
"""


def test_a_described_pod_is_the_pod_it_was() -> None:
    pod, pulled, backoff = described(POD, "pod", NOW)
    assert pod["metadata"]["ownerReferences"][0]["name"] == "basket-7d9f8b6c5d"
    assert pod["spec"]["nodeName"] == "worker-1"
    assert pod["spec"]["nodeSelector"] == {"disk": "ssd"}
    container = pod["spec"]["containers"][0]
    assert container["command"] == ["/bin/server", "--fast"]
    assert container["ports"] == [{"containerPort": 8080, "protocol": "TCP"}]
    assert container["livenessProbe"]["httpGet"]["port"] == 9090
    assert container["env"][1]["valueFrom"]["secretKeyRef"]["name"] == "orders"
    status = pod["status"]["containerStatuses"][0]
    assert status["lastState"]["terminated"]["exitCode"] == 137
    assert status["restartCount"] == 6
    assert backoff["count"] == 9
    assert backoff["lastTimestamp"] == "2026-03-01T02:06:33Z"
    assert pulled["type"] == "Normal"


def test_the_analyzers_read_it_as_they_read_a_live_one() -> None:
    signs = analyze(snapshot_of(described(POD, "pod", NOW), NOW, SINCE))
    assert signs[0].kind == "oom_killed"
    assert (signs[0].service, signs[0].namespace) == ("basket", "shop")
    assert "100Mi" in signs[0].says


def test_a_healthy_pod_is_told_as_one() -> None:
    text = POD.replace("Waiting\n      Reason:       CrashLoopBackOff", "Running").replace(
        "Ready:          False", "Ready:          True"
    )
    text = text.replace("Ready             False", "Ready             True").replace(
        "Restart Count:  6", "Restart Count:  0"
    )
    signs = analyze(snapshot_of(described(text, "pod", NOW), NOW, SINCE))
    assert Role.CAUSE not in {one.role for one in signs}
    assert any(one.role is Role.PAST and "BackOff" in one.says for one in signs)


TABLE = """NAME                      READY   STATUS             RESTARTS       AGE   IP          NODE
basket-7d9f8b6c5d-x7gr9   0/1     CrashLoopBackOff   12 (3m ago)    40m   10.0.0.4    worker-1
mail-6c5d4f7b8-abcde      1/1     Running            0              9d    10.0.0.5    worker-1
"""


def test_a_table_of_pods_tells_who_is_in_trouble() -> None:
    objects = listed(TABLE, "pods", "shop", NOW)
    assert [one["metadata"]["name"] for one in objects] == ["basket-7d9f8b6c5d-x7gr9", "mail-6c5d4f7b8-abcde"]
    signs = analyze(snapshot_of(objects, NOW, SINCE))
    troubled = {one.service for one in signs if one.role in (Role.CAUSE, Role.SYMPTOM)}
    assert troubled == {"basket"}


def test_a_line_among_the_rows_that_is_none_is_no_sick_pod() -> None:
    text = f"{TABLE}some line that nobody understood, written by a wrapper of the command, x y z\n"
    assert len(listed(text, "pods", "shop", NOW)) == 2


def test_a_table_of_events_is_read_with_its_ages() -> None:
    text = "LAST SEEN   TYPE      REASON   OBJECT       MESSAGE\n"
    text += "5m          Warning   Failed   pod/basket   no such image\n"
    [event] = listed(text, "", "shop", NOW)
    assert event["involvedObject"] == {"kind": "Pod", "namespace": "shop", "name": "basket"}
    assert event["lastTimestamp"] == "2026-03-01T02:05:00Z"


def test_a_drawing_of_what_belongs_together_is_no_table() -> None:
    drawn = "NAME            READY   AGE\nPod/x           1/1     3m\n└── Event/x.1   -       3m\n"
    assert listed(drawn, "deployment", "shop", NOW) == []


def test_ages_and_dates_are_read() -> None:
    age = age_of("3m27s (x9 over 4m37s)")
    assert age is not None
    assert (age.last.total_seconds(), age.first.total_seconds(), age.count) == (207, 277, 9)
    assert age_of("<unknown>") is None
    assert moment_of("Thu, 27 Feb 2025 07:36:21 +0100") == datetime(2025, 2, 27, 6, 36, 21, tzinfo=UTC)


@given(
    st.text(alphabet=st.sampled_from(list("Name: \n\tStateRunning-x1<>/(")), max_size=300),
    st.sampled_from(["pod", "node", "job", ""]),
)
def test_no_text_makes_it_raise(text: str, kind: str) -> None:
    described(text, kind, NOW)
    listed(text, kind, "shop", NOW)
