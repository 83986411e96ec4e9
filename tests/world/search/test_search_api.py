"""The search API through the real Elasticsearch client."""

from collections.abc import Iterator
from typing import Any

import elasticsearch
import pytest
import requests
from elasticsearch import Elasticsearch
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.playground.world.search.answers import Desk
from bot.playground.world.search.catalogue import Guard
from bot.playground.world.search.http import elasticsearch_routes

from .builders import NOW, START, document, shop


def _app(guard: Guard | None = None) -> Starlette:
    desk = Desk(shop(), lambda: NOW, guard or Guard())
    return Starlette(routes=[Mount("/elasticsearch", routes=elasticsearch_routes(desk))])


@pytest.fixture(scope="module")
def url(serve: Any) -> Iterator[str]:
    with serve(_app()) as base:
        yield f"{base}/elasticsearch"


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(url, max_retries=0, request_timeout=10) as client:
        yield client


def _ids(answer: Any) -> list[str]:
    return [hit["_id"].removeprefix("id-") for hit in answer["hits"]["hits"]]


def _found(client: Elasticsearch, query: dict[str, Any], **more: Any) -> list[str]:
    return _ids(client.search(index="logs-*", query=query, sort=["@timestamp"], **more))


def test_the_real_client_accepts_the_product(client: Elasticsearch) -> None:
    assert client.info()["version"]["number"].startswith("9.")
    assert client.cluster.health()["status"] == "green"


@pytest.mark.parametrize(("asked", "status"), [(8, 200), (9, 200), (7, 400), (10, 400)])
def test_only_versions_eight_and_nine_are_spoken(url: str, asked: int, status: int) -> None:
    media = f"application/vnd.elasticsearch+json; compatible-with={asked}"

    answer = requests.get(url + "/", headers={"Accept": media}, timeout=30)

    assert answer.status_code == status
    assert answer.headers["X-Elastic-Product"] == "Elasticsearch"
    if status == 200:
        assert answer.headers["content-type"] == f"application/vnd.elasticsearch+json;compatible-with={asked}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"match_all": {}}, "0612345"),
        ({"match": {"message": "NoSuchColumn"}}, "24"),
        ({"match": {"message": "get cart"}}, "015"),
        ({"match": {"message": {"query": "get cart", "operator": "and"}}}, "01"),
        ({"match": {"message": {"query": "get cart 500", "minimum_should_match": 2}}}, "01"),
        ({"match_phrase": {"message": "tax_id does not exist"}}, ""),
        ({"match_phrase": {"message": "orders.tax_id does not exist"}}, "24"),
        ({"match_phrase": {"message": "does exist"}}, ""),
        ({"match_phrase_prefix": {"message": "does not ex"}}, "24"),
        ({"multi_match": {"query": "issuer", "fields": ["message", "error.*"]}}, "3"),
        ({"term": {"log.level": "ERROR"}}, "124"),
        ({"term": {"log.level": {"value": "error", "case_insensitive": True}}}, "124"),
        ({"term": {"message": "NoSuchColumn"}}, ""),
        ({"term": {"message": "nosuchcolumn"}}, "24"),
        ({"terms": {"log.level": ["WARN", "INFO"]}}, "0635"),
        ({"range": {"@timestamp": {"gte": "now-8m", "lt": "now-6m"}}}, "23"),
        ({"range": {"@timestamp": {"gt": "now-8m", "lte": "now-6m"}}}, "34"),
        ({"range": {"@timestamp": {"gte": int((START + 180) * 1000)}}}, "345"),
        ({"range": {"@timestamp": {"gte": str(int(START + 180)), "format": "epoch_second"}}}, "345"),
        ({"range": {"event.duration": {"gte": 40}}}, "6"),
        ({"exists": {"field": "trace"}}, "135"),
        ({"prefix": {"kubernetes.pod.name": "ti"}}, "345"),
        ({"wildcard": {"message": "NoSuch*"}}, "24"),
        ({"wildcard": {"service.name": {"value": "T?LL", "case_insensitive": True}}}, "345"),
        ({"regexp": {"service.name": "ca[a-z]t|ti.+"}}, "012345"),
        ({"ids": {"values": ["id-3", "id-9"]}}, "3"),
        ({"match_none": {}}, ""),
        ({"bool": {"must": [{"match": {"message": "get"}}], "must_not": {"term": {"log.level": "ERROR"}}}}, "05"),
        ({"bool": {"should": [{"term": {"log.level": "WARN"}}, {"term": {"service.name": "kubelet"}}]}}, "63"),
        (
            {"bool": {"filter": [{"term": {"service.name": "till"}}], "should": [{"term": {"log.level": "WARN"}}]}},
            "345",
        ),
        ({"query_string": {"query": "log.level:ERROR AND service.name:till"}}, "4"),
        ({"query_string": {"query": '"does not exist" -again', "default_field": "message"}}, "2"),
        ({"query_string": {"query": "message:(issuer OR ready)"}}, "63"),
        ({"query_string": {"query": "NOT log.level:(INFO OR WARN)"}}, "124"),
        ({"query_string": {"query": "@timestamp:[now-7m TO *] AND _exists_:trace.id"}}, "35"),
        ({"query_string": {"query": "event.duration:>=40"}}, "6"),
        ({"simple_query_string": {"query": "nosuchcolumn +again", "fields": ["message"]}}, "4"),
    ],
)
def test_a_query_finds_what_elasticsearch_would(client: Elasticsearch, query: dict[str, Any], expected: str) -> None:
    assert "".join(_found(client, query)) == expected


def test_the_best_match_comes_first_without_a_sort(client: Elasticsearch) -> None:
    answer = client.search(index="logs-*", query={"match": {"message": "NoSuchColumn again"}})

    assert _ids(answer) == ["4", "2"]
    assert answer["hits"]["max_score"] == answer["hits"]["hits"][0]["_score"] > answer["hits"]["hits"][1]["_score"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"query": {"fuzzy": {"message": "x"}}}, "parsing_exception"),
        ({"query": {"match": {"message": {"query": "x", "fuzziness": "AUTO"}}}}, "parsing_exception"),
        ({"query": {"bool": {"mustt": []}}}, "parsing_exception"),
        ({"query": {"match_all": {}, "term": {}}}, "parsing_exception"),
        ({"aggs": {"a": {"matrix_stats": {}}}}, "parsing_exception"),
        ({"quary": {}}, "parsing_exception"),
        ({"query": {"range": {"@timestamp": {"gte": "yesterday"}}}}, "parse_exception"),
        ({"aggs": {"a": {"terms": {"field": "message"}}}}, "illegal_argument_exception"),
        ({"sort": ["message"]}, "illegal_argument_exception"),
        ({"sort": ["nowhere"]}, "query_shard_exception"),
        ({"from": 9_999, "size": 2}, "illegal_argument_exception"),
        ({"highlight": {}}, "illegal_argument_exception"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(client: Elasticsearch, body: dict[str, Any], kind: str) -> None:
    with pytest.raises(elasticsearch.BadRequestError) as refused:
        client.perform_request("POST", "/logs-shop/_search", body=body, headers={"content-type": "application/json"})

    assert refused.value.body["error"]["root_cause"][0]["type"] == kind


def test_an_unknown_index_is_not_found_unless_it_may_be_missing(client: Elasticsearch) -> None:
    with pytest.raises(elasticsearch.NotFoundError) as missing:
        client.search(index="metrics")

    assert missing.value.error == "index_not_found_exception"
    assert client.search(index="metrics", ignore_unavailable=True)["hits"]["total"]["value"] == 0
    assert client.search(index="metrics-*")["hits"]["total"]["value"] == 0


def test_every_pattern_must_match_something_where_none_may_not_be_allowed(client: Elasticsearch) -> None:
    with pytest.raises(elasticsearch.NotFoundError) as missing:
        client.search(index="logs-*,metrics-*", allow_no_indices=False)

    assert "no such index [metrics-*]" in str(missing.value)
    assert client.search(index="logs-*,metrics-*")["hits"]["total"]["value"] == 7
    assert client.search(index="logs-*", allow_no_indices=False)["hits"]["total"]["value"] == 7
    with pytest.raises(elasticsearch.NotFoundError):
        client.search(index="metrics", ignore_unavailable=True, allow_no_indices=False)


def test_where_no_index_was_asked_no_shard_answered_and_nothing_is_aggregated(client: Elasticsearch) -> None:
    found = client.search(index="metrics-*", size=0, aggs={"t": {"terms": {"field": "log.level"}}}).body

    assert found["_shards"]["total"] == 0
    assert "aggregations" not in found


def test_paging_through_a_point_in_time_sees_each_document_once_and_none_written_later(serve: Any) -> None:
    desk = Desk(shop(), lambda: NOW)
    app = Starlette(routes=[Mount("/es", routes=elasticsearch_routes(desk))])
    with serve(app) as base, Elasticsearch(f"{base}/es") as client:
        point = client.open_point_in_time(index="logs-*", keep_alive="1m")["id"]
        desk.indices.add([document(99, START + 61, "late line")])
        seen, marker = [], None
        while True:
            sort = [{"@timestamp": "desc"}]
            page = client.search(pit={"id": point, "keep_alive": "1m"}, size=2, sort=sort, search_after=marker)
            if not page["hits"]["hits"]:
                break
            seen += _ids(page)
            marker = page["hits"]["hits"][-1]["sort"]
        assert "".join(seen) == "5432160"
        assert client.count(index="logs-shop")["count"] == 7
        assert client.close_point_in_time(id=point)["succeeded"]
        with pytest.raises(elasticsearch.NotFoundError):
            client.search(pit={"id": point}, sort=["@timestamp"])


def test_source_and_fields_can_be_narrowed(client: Elasticsearch) -> None:
    narrow = client.search(
        index="logs-nodes", source_includes=["kubernetes.pod"], fields=["service.name"], filter_path="hits.hits"
    )["hits"]["hits"][0]

    assert narrow["_source"] == {"kubernetes": {"pod": {"name": "kubelet-1"}}}
    assert narrow["fields"] == {"service.name": ["kubelet"]}


def test_totals_are_exact_capped_or_absent_as_asked(client: Elasticsearch) -> None:
    assert client.search(index="logs-*", track_total_hits=3)["hits"]["total"] == {"value": 3, "relation": "gte"}
    assert client.search(index="logs-*", track_total_hits=True)["hits"]["total"] == {"value": 7, "relation": "eq"}
    assert "total" not in client.search(index="logs-*", track_total_hits=False)["hits"]


def test_buckets_hold_buckets_and_numbers(client: Elasticsearch) -> None:
    over_time = {"field": "@timestamp", "fixed_interval": "2m", "min_doc_count": 0}
    answer = client.search(
        index="logs-shop",
        size=0,
        aggs={
            "levels": {
                "terms": {"field": "log.level", "order": [{"_count": "desc"}, {"_key": "asc"}]},
                "aggs": {"last": {"max": {"field": "@timestamp"}}, "one": {"top_hits": {"size": 1, "_source": False}}},
            },
            "time": {"date_histogram": over_time, "aggs": {"kinds": {"cardinality": {"field": "log.level"}}}},
            "split": {"filters": {"filters": {"bad": {"term": {"log.level": "ERROR"}}}, "other_bucket_key": "rest"}},
            "untraced": {"missing": {"field": "trace.id"}},
        },
    )["aggregations"]

    assert [(row["key"], row["doc_count"]) for row in answer["levels"]["buckets"]] == [
        ("ERROR", 3),
        ("INFO", 2),
        ("WARN", 1),
    ]
    assert answer["levels"]["buckets"][0]["last"]["value"] == (START + 240) * 1000
    assert answer["levels"]["buckets"][2]["one"]["hits"]["hits"][0]["_id"] == "id-3"
    assert sum(row["doc_count"] for row in answer["time"]["buckets"]) == 6
    assert {row["key"] % 120_000 for row in answer["time"]["buckets"]} == {0}
    assert max(row["kinds"]["value"] for row in answer["time"]["buckets"]) == 2
    assert answer["split"]["buckets"]["rest"]["doc_count"] == 3
    assert answer["untraced"]["doc_count"] == 3


def test_an_empty_stretch_of_time_is_an_empty_bucket_not_a_missing_one(client: Elasticsearch) -> None:
    bounds = {"min": int(START - 120) * 1000, "max": int(START + 600) * 1000}
    over = {"field": "@timestamp", "fixed_interval": "60s", "extended_bounds": bounds}
    query = {"term": {"log.level": "ERROR"}}
    rows = client.search(index="logs-shop", size=0, query=query, aggs={"t": {"date_histogram": over}})

    buckets = rows["aggregations"]["t"]["buckets"]
    assert len(buckets) == 13
    assert [row["doc_count"] for row in buckets].count(0) == 10


def test_many_searches_at_once_fail_one_by_one(client: Elasticsearch) -> None:
    answers = client.msearch(
        searches=[{"index": "logs-shop"}, {"size": 1}, {"index": "nope"}, {}, {"index": "logs-*"}, {"query": {"x": {}}}]
    )["responses"]

    assert [one["status"] for one in answers] == [200, 404, 400]


def test_mapping_and_field_capabilities_name_the_types(client: Elasticsearch) -> None:
    mapping = client.indices.get_mapping(index="logs-shop")["logs-shop"]["mappings"]["properties"]
    assert mapping["kubernetes"]["properties"]["pod"]["properties"]["name"] == {"type": "keyword"}
    caps = client.field_caps(index="logs-*", fields=["message", "log.*"])["fields"]
    assert caps["message"]["text"]["aggregatable"] is False
    assert set(caps) == {"message", "log.level", "log.logger"}
    assert [row["index"] for row in client.cat.indices(format="json")] == ["logs-nodes", "logs-shop"]


def test_a_key_is_asked_for_and_reads_only_its_indices(serve: Any) -> None:
    with serve(_app(Guard(api_keys={"c2hvcDprZXk=": ["logs-shop"]}, users={"ann:secret": ["*"]}))) as base:
        url = f"{base}/elasticsearch"
        with Elasticsearch(url) as nobody, pytest.raises(elasticsearch.AuthenticationException):
            nobody.search(index="logs-shop")
        with Elasticsearch(url, api_key="c2hvcDprZXk=") as shopper:
            assert shopper.count(index="logs-shop")["count"] == 6
            with pytest.raises(elasticsearch.AuthorizationException) as denied:
                shopper.search(index="logs-nodes")
            assert denied.value.error == "security_exception"
        with Elasticsearch(url, basic_auth=("ann", "secret")) as ann:
            assert ann.count(index="logs-*")["count"] == 7


def test_nothing_can_be_written(client: Elasticsearch) -> None:
    with pytest.raises(elasticsearch.AuthorizationException):
        client.index(index="logs-shop", document={"message": "mine"})
    assert client.count(index="logs-shop")["count"] == 6
