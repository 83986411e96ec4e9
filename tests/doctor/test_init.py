"""`midwatch init` writes what the processes really start from: real servers take its files as they are."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot.adapters.embedded import EmbeddedValkey
from bot.playground.crew import Crew, python
from bot.playground.outfit import free_port
from bot.wiring.demo import wait_http
from tests.doctor.conftest import PROCESSES, ROOT, House, Told, run
from tests.scenarios.real_servers import program

pytestmark = pytest.mark.xdist_group("doctor")
OURS = ("REDIS_URL", "MIDWATCH_SIGNING_KEY", "MIDWATCH_VERIFY_KEY", "MIDWATCH_WEBHOOK_TOKEN", "MIDWATCH_DATA_DIR")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    done = run("init", str(tmp_path / "made"), "--redis", f"127.0.0.1:{free_port()}")
    assert done.returncode == 0, done.stderr
    return tmp_path / "made"


@pytest.fixture
def valkey(made: Path) -> Iterator[EmbeddedValkey]:
    """A Redis with the users that were written."""
    home = made / "valkey"
    home.mkdir()
    url = next(line for line in (made / "serve.env").read_text().splitlines() if line.startswith("REDIS_URL="))
    port = int(url.rpartition(":")[2].partition("/")[0])
    with EmbeddedValkey.start(home, port, (made / "users.acl").read_text().splitlines()) as server:
        yield server


@pytest.mark.usefixtures("valkey")
def test_with_what_only_a_person_knows_filled_in_it_is_usable(house: House, made: Path) -> None:
    before = run("doctor", str(made))
    for process in PROCESSES:
        more = {name: value for name, value in house.outfit.env(process).items() if name not in OURS}
        with (made / f"{process}.env").open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in more.items() if name != "MIDWATCH_MODE")

    after = run("doctor", str(made))

    assert before.returncode == 1
    assert "SLACK_BOT_TOKEN is missing (the app's bot token), for example" in before.stdout
    assert after.returncode == 0, after.stdout
    assert "every process says propose" in after.stdout


def test_secrets_are_for_their_owner_alone_and_each_is_in_one_place(made: Path) -> None:
    texts = {path.name: path.read_text() for path in made.iterdir() if path.is_file()}
    private = next(x for x in texts["serve.env"].splitlines() if x.startswith("MIDWATCH_SIGNING_KEY=")).partition("=")[
        2
    ]

    assert {oct(path.stat().st_mode & 0o777) for path in made.iterdir() if path.is_file()} == {"0o600"}
    assert [name for name, text in texts.items() if private in text] == ["serve.env"]


def test_nothing_is_overwritten_without_being_told_to(made: Path) -> None:
    first = (made / "serve.env").read_text()

    refused = run("init", str(made))
    assert refused.returncode == 2
    assert "serve.env" in refused.stderr
    assert (made / "serve.env").read_text() == first

    assert run("init", str(made), "--force").returncode == 0
    assert (made / "serve.env").read_text() != first
    assert (made / "serve.env.old").read_text() == first

    assert run("init", str(made), "--force").returncode == 0  # the first keys are still there
    assert (made / "serve.env.old").read_text() == first
    assert (made / "serve.env.old2").read_text() != first


@pytest.mark.parametrize("address", [None, "https://bot.example.com"])
def test_the_app_manifest_is_valid_by_slacks_own_schema(tmp_path: Path, address: str | None) -> None:
    done = run("init", str(tmp_path), *(["--http", address] if address else []))
    schema = json.loads((ROOT / "tests/data/slack-manifest.schema.json").read_text())
    told = json.loads((tmp_path / "slack-manifest.json").read_text())

    jsonschema.validate(told, schema, format_checker=jsonschema.FormatChecker())
    assert told["settings"]["socket_mode_enabled"] is (address is None)
    assert ("https://bot.example.com/slack/events" in json.dumps(told)) is (address is not None)
    assert ("SLACK_SIGNING_SECRET" in done.stdout) is (address is not None)


def test_alertmanager_is_told_how_many_alerts_fit_into_a_notice(made: Path) -> None:
    example = ROOT / "manifests/prometheus/alertmanager.example.yaml"
    configurations = [yaml.safe_load(path.read_text()) for path in (made / "alertmanager.yml", example)]

    hooks = [hook for one in configurations for r in one["receivers"] for hook in r.get("webhook_configs", ())]
    assert [hook["max_alerts"] for hook in hooks] == [4000, 4000]


@pytest.mark.needs("alertmanager")
def test_alertmanager_takes_its_receiver_and_routes(made: Path) -> None:
    done = subprocess.run(
        ["amtool", "check-config", str(made / "alertmanager.yml")],
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": os.environ["PATH"]},
    )

    assert done.returncode == 0, done.stdout + done.stderr


OWN_ROUTES = [
    {"receiver": "switch", "matchers": ['alertname="Watchdog"']},
    {"receiver": "pager", "matchers": ['severity="critical"']},
]


@pytest.mark.needs("alertmanager")
@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (("alertname=Watchdog",), "midwatch,switch"),
        (("alertname=Errors", "severity=critical"), "midwatch,pager"),
        (("alertname=Errors", "severity=low"), "midwatch,yours"),
        (("alertname=MidwatchDown", "severity=critical"), "yours"),
    ],
)
def test_with_its_routes_above_your_own_nobody_stops_being_told(made: Path, labels: tuple[str, ...], told: str) -> None:
    written = yaml.safe_load((made / "alertmanager.yml").read_text())
    *first, last = written["route"]["routes"]
    written["route"]["routes"] = [*first, *OWN_ROUTES, last]
    written["receivers"] += [{"name": "switch"}, {"name": "pager"}]
    merged = made / "merged.yml"
    merged.write_text(yaml.safe_dump(written))

    done = subprocess.run(
        ["amtool", "config", "routes", "test", f"--config.file={merged}", *labels],
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": os.environ["PATH"]},
    )

    assert done.stdout.strip() == told, done.stderr


def test_every_setting_says_what_it_is_for_and_the_log_fields_are_among_them(made: Path) -> None:
    texts = {process: (made / f"{process}.env").read_text().splitlines() for process in PROCESSES}

    for process, lines in texts.items():
        for above, line in itertools.pairwise(lines):
            if "=" in line and line.removeprefix("# ").partition("=")[0].isupper():
                assert above.startswith("# "), f"{process}: {line}"
    assert "# ELASTICSEARCH_SERVICE_FIELD=service.name" in texts["diagnose"]
    assert "# PROMETHEUS_URL=http://prometheus:9090" in texts["diagnose"]
    assert "# MIDWATCH_CLUSTER_SECONDS=10.0" in texts["act"]
    assert "PROMETHEUS_URL" not in "".join(texts["serve"])


def test_what_to_do_next_calls_the_program_as_this_shell_finds_it(tmp_path: Path) -> None:
    done = run("init", str(tmp_path / "made"), env={"PATH": "/usr/bin:/bin"})

    assert f"{Path(sys.executable).with_name('midwatch').relative_to(ROOT)} doctor" in done.stdout


@pytest.mark.needs("redis")
def test_redis_starts_from_its_configuration(made: Path) -> None:
    env = {"MIDWATCH_ENV_FILE": str(made / "act.env")}
    started = subprocess.Popen(["redis-server", str(made / "redis.conf")], stdout=subprocess.DEVNULL)
    try:
        parts = next(parts for _ in range(20) if (parts := redis_parts(env))["redis"] == "proven")
    finally:
        started.terminate()
        started.wait(10)

    assert {part for part, state in parts.items() if state == "wrong"} == set()
    assert parts["redis persistence"] == parts["redis rights"] == parts["redis door"] == "proven"


def redis_parts(env: dict[str, str]) -> dict[str, str]:
    told = json.loads(run("doctor", "--as", "act", "--json", env=env).stdout)["processes"][0]["checks"]
    return {one["part"]: one["state"] for one in told if one["part"].startswith("redis")}


@pytest.mark.usefixtures("valkey")
def test_the_processes_start_from_these_files_and_the_doctor_sees_them_at_work(house: House, made: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    for process in PROCESSES:
        more = {name: value for name, value in house.outfit.env(process).items() if name not in OURS}
        more |= {"MIDWATCH_LISTEN": listen} if process == "serve" else {}
        more.pop("MIDWATCH_MODE")
        with (made / f"{process}.env").open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in more.items())
    with Crew(made) as crew:
        for process in ("serve", "talk", "diagnose"):
            command = ("serve",) if process == "serve" else ("worker", process)
            crew.hire(process, python("-m", "bot", *command), {"MIDWATCH_ENV_FILE": str(made / f"{process}.env")})
        wait_http(f"http://{listen}/readyz")
        told = next(told for _ in range(20) if (told := seen_at_work(made))["worker diagnose"] == "proven")

    assert told["serve"] == told["webhook"] == told["worker talk"] == "proven"
    assert told["worker act"] == "proven"  # none, and mode propose needs none


def seen_at_work(made: Path) -> dict[str, str]:
    done = run("doctor", str(made), "--as", "serve", "--json")
    return {one["part"]: one["state"] for one in json.loads(done.stdout)["processes"][0]["checks"]}


@pytest.mark.needs("alertmanager", "prometheus")
def test_a_real_prometheus_and_an_alertmanager_with_the_written_receiver_are_proven(house: House, made: Path) -> None:
    prometheus, alertmanager = (f"127.0.0.1:{free_port()}" for _ in range(2))
    rules, scrape = made / "rules.yml", made / "prometheus.yml"
    rules.write_text("groups: [{name: g, rules: [{alert: Watchdog, expr: vector(1)}]}]")
    scrape.write_text(
        f"rule_files: [{rules}]\n"
        "scrape_configs: [{job_name: itself, scrape_interval: 1s, "
        f"static_configs: [{{targets: ['{prometheus}']}}]}}]\n"
    )
    notified = (f"--config.file={made / 'alertmanager.yml'}", f"--storage.path={made / 'nflog'}")
    kept = (f"--config.file={scrape}", f"--storage.tsdb.path={made / 'blocks'}")
    with (
        program(made, "prometheus-alertmanager", *notified, at(alertmanager), "--cluster.listen-address="),
        program(made, "prometheus", *kept, at(prometheus)),
    ):
        wait_http(f"http://{alertmanager}/-/ready", 30)
        wait_http(f"http://{prometheus}/-/ready", 30)
        house.set("diagnose", PROMETHEUS_URL=f"http://{prometheus}", ALERTMANAGER_URL=f"http://{alertmanager}")
        told = next(told for _ in range(10) if scraped(told := house.doctor("--as", "diagnose")))

    assert told.of("alertmanager")["state"] == "proven"
    assert told.of("prometheus rules")["says"] == "1 alert rule"
    assert told.wrong() == []


def at(address: str) -> str:
    return f"--web.listen-address={address}"


def scraped(told: Told) -> bool:
    return told.of("prometheus data")["state"] == "proven"
