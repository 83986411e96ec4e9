"""The runbook index over real SQLite and real Chroma, across processes and forks."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.runbook_index import RunbookIndex, index, is_current, search
from bot.adapters.runbook_pages import chunks_of, how_meant_for, read_corpus
from bot.adapters.runbook_ranking import fused
from bot.adapters.runbook_words import HashedEmbedding, words_of, words_of_alert
from bot.core.errors import LookFailed

PAGES = {
    "certificates/TlsCertificateExpiresSoon.md": """# TLS certificate expires soon

## Meaning

A certificate of an ingress ends within a week.

## Mitigation

Renew it with cert-manager, then check the issuer.
""",
    "storage/VolumeAlmostFull.md": """---
id: volume-full
title: A volume is almost full
alerts: [VolumeAlmostFull, 'Disk*Pressure']
url: https://runbooks.example/volume
---
# A volume is almost full

The disk of a persistent volume has less than five percent space left.

```sh
# not a heading
df -h
```

## Mitigation

Delete old snapshots or expand the claim.
""",
    "queue/consumers.md": """---
title: Consumers fall behind
when:
  alerts: [QueueLagHigh]
  words: [kafka, backlog]
---
Messages pile up because consumers are slow.

## Mitigation

Scale the consumers out.
""",
}


@pytest.fixture
def books(tmp_path: Path) -> Path:
    for name, text in PAGES.items():
        path = tmp_path / "books" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "books"


@pytest.fixture
def opened(books: Path, tmp_path: Path) -> Iterator[RunbookIndex]:
    index([books], tmp_path / "index")
    runbooks = RunbookIndex(tmp_path / "index")
    yield runbooks
    runbooks.close()


def test_a_page_written_for_the_alert_comes_first(opened: RunbookIndex) -> None:
    page = opened.search("anything at all", "QueueLagHigh")[0]

    assert (page.id, page.title, page.score, page.why) == (
        "queue/consumers",
        "Consumers fall behind",
        1.0,
        "written for QueueLagHigh",
    )


def test_a_pattern_names_an_alert_less_surely_than_its_name(opened: RunbookIndex) -> None:
    page = opened.search("", "DiskInodePressure")[0]

    assert (page.id, page.score, page.url) == ("volume-full", 0.9, "https://runbooks.example/volume")


def test_words_find_a_page_without_an_alert(opened: RunbookIndex) -> None:
    page = opened.search("persistent volume of the database has 3% space left on disk")[0]

    assert page.id == "volume-full"
    assert "volume" in page.why
    assert "less than five percent" in page.excerpt


def test_camel_case_is_words(opened: RunbookIndex) -> None:
    assert opened.search("TlsCertificateExpiresSoon")[0].id == "certificates/TlsCertificateExpiresSoon"
    assert words_of("KubePodCrashLooping etcdNoLeader HTTPErrors") == [
        "kube", "pod", "crash", "loop", "etcd", "leader", "http", "error",
    ]  # fmt: skip


def test_what_no_page_is_about_finds_nothing(opened: RunbookIndex) -> None:
    assert opened.search("etcd lost its leader during an election", "EtcdNoLeader") == []
    assert opened.search("", "") == []
    assert opened.search('";:*^()- AND OR NOT NEAR', "") == []


def test_what_the_gate_holds_back_can_be_seen_with_its_score(books: Path, tmp_path: Path) -> None:
    index([books], tmp_path / "index")

    held_back = search(tmp_path / "index", "consumers of etcd elections")

    assert held_back
    assert held_back[0].score < 0.6


def test_what_is_only_the_alerts_own_does_not_count_as_words() -> None:
    text = 'Pod payments/checkout-7c9f8d6b5-x2x9k on 10.0.4.17:9100 is 17 units "slow"'

    assert words_of_alert(text) == ["pod", "unit"]


def test_nothing_is_built_again_when_nothing_changed(books: Path, tmp_path: Path) -> None:
    first = index([books], tmp_path / "index")
    second = index([books], tmp_path / "index")

    assert (first.built, second.built, first.version) == (True, False, second.version)
    assert is_current([books], tmp_path / "index")


def test_an_open_reader_sees_a_new_version(opened: RunbookIndex, books: Path, tmp_path: Path) -> None:
    assert opened.search("fan of a chassis spins too slowly") == []
    (books / "fan.md").write_text("# The fan of a chassis spins too slowly\n\nReplace the fan.\n")

    assert not is_current([books], tmp_path / "index")
    index([books], tmp_path / "index")

    assert opened.search("fan of a chassis spins too slowly")[0].id == "fan"


def test_only_the_version_before_is_kept(books: Path, tmp_path: Path) -> None:
    for number in range(4):
        (books / "more.md").write_text(f"# Page {'x' * number}\n")
        index([books], tmp_path / "index")

    assert len(list((tmp_path / "index").glob("v-*"))) == 2


def test_what_a_killed_writer_left_does_not_stand_in_the_way(books: Path, tmp_path: Path) -> None:
    left = tmp_path / "index" / "building-1"
    left.mkdir(parents=True)
    (left / "pages.sqlite").write_text("half")

    assert index([books], tmp_path / "index").built
    assert not left.exists()


def test_no_index_is_a_failed_look_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LookFailed, match="midwatch runbooks index"):
        RunbookIndex(tmp_path).search("anything")


def test_without_readable_vectors_words_alone_answer_and_say_so(books: Path, tmp_path: Path) -> None:
    made = index([books], tmp_path / "index")
    for path in (tmp_path / "index" / made.version / "chroma").rglob("*"):
        if path.is_file():
            path.write_bytes(b"damaged")

    page = RunbookIndex(tmp_path / "index").search("a persistent volume has less than five percent space left")[0]

    assert page.id == "volume-full"
    assert "by words alone" in page.why


def test_a_fork_of_a_process_that_had_it_open_answers_by_words_instead_of_hanging(opened: RunbookIndex) -> None:
    assert "by words alone" not in opened.search("", "QueueLagHigh")[0].why
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # a child that hangs must not outlive the test
        found = opened.search("", "QueueLagHigh")
        os.write(writable, json.dumps([(page.id, page.why) for page in found]).encode())
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as answer:
        [(page, why)] = json.load(answer)
    os.waitpid(child, 0)

    assert page == "queue/consumers"
    assert "opened before this process was forked" in why


def test_a_fork_of_a_process_that_never_opened_it_has_all_of_it(books: Path, tmp_path: Path) -> None:
    index([books], tmp_path / "index")
    code = (
        "import os, sys; from pathlib import Path; from bot.adapters.runbook_index import RunbookIndex;"
        "runbooks = RunbookIndex(Path(sys.argv[1]));"
        "child = os.fork();"
        "print(runbooks.search('', 'QueueLagHigh')[0].why, flush=True) if child == 0 else os.waitpid(child, 0)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "index")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    assert said == "written for QueueLagHigh\n"


def test_two_writers_at_once_leave_one_whole_index(books: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bot.adapters.runbook_index import index;"
        "print(index([Path(sys.argv[1])], Path(sys.argv[2])).version)"
    )
    command = [sys.executable, "-c", code, str(books), str(tmp_path / "index")]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    versions = {writer.communicate(timeout=60)[0].strip() for writer in writers}

    assert [writer.returncode for writer in writers] == [0, 0]
    assert versions == {(tmp_path / "index" / "current").read_text()}
    assert RunbookIndex(tmp_path / "index").search("", "QueueLagHigh")


@pytest.fixture
def chroma_url(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(tmp_path / "server")]
    server = subprocess.Popen([*command, "--host", "127.0.0.1", "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=10)


def test_the_vectors_may_live_on_a_chroma_server(books: Path, tmp_path: Path, chroma_url: str) -> None:
    made = index([books], tmp_path / "index", chroma_url)

    page = RunbookIndex(tmp_path / "index", chroma_url).search("consumers are slow and messages pile up")[0]

    assert page.id == "queue/consumers"
    assert "by words alone" not in page.why
    assert not (tmp_path / "index" / made.version / "chroma").exists()


def test_front_matter_that_is_wrong_is_told_and_the_page_still_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\nid: [unclosed\n---\n# Page A\n\ntext\n")
    (tmp_path / "b.md").write_text("---\nid: same\n---\n# Page B\n")
    (tmp_path / "c.md").write_text("---\nid: same\n---\n# Page C\n")
    (tmp_path / "d.md").write_text("---\nid: never\n# Page D\n")

    corpus = read_corpus([tmp_path, tmp_path / "missing"])

    assert [page.title for page in corpus.pages] == ["Page A", "Page B", "Page C", "Page D"]
    problems = " | ".join(corpus.problems)
    assert "a.md: front matter is no YAML" in problems
    assert "c.md: id same is also that of" in problems
    assert "d.md: front matter begins with --- and does not end" in problems
    assert "missing: there is no such folder" in problems


def test_chunks_follow_headings_but_not_comments_in_code(books: Path) -> None:
    page = next(page for page in read_corpus([books]).pages if page.id == "volume-full")

    assert [chunk.heading for chunk in chunks_of(page)] == ["A volume is almost full", "Mitigation"]
    assert "# not a heading" in chunks_of(page)[0].text


def test_a_star_alone_is_meant_for_nothing() -> None:
    assert how_meant_for(("*",), "AnyAlert") == 0
    assert how_meant_for(("Kube*",), "KubePodCrashLooping") == 0.9
    assert how_meant_for(("KubePodCrashLooping",), "KubePodCrashLooping") == 1


def test_the_embedding_is_the_same_from_its_stored_config() -> None:
    embedding = HashedEmbedding([0.5 + number / 512 for number in range(512)])
    again = HashedEmbedding.build_from_config(json.loads(json.dumps(embedding.get_config())))

    assert (embedding.embed("Pods crash loop") == again.embed("Pods crash loop")).all()
    assert embedding.embed("").shape == (512,)


def test_fusion_puts_first_what_both_rankings_put_high() -> None:
    scores = fused(["a", "b", "c"], ["b", "d"])

    assert sorted(scores, key=lambda name: -scores[name])[0] == "b"


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the Chroma server did not start")
