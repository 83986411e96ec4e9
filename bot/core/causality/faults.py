"""What kinds of fault the signs of an incident speak of, read from their words. Pure.

A kind is specific where few changes can make it (a data race, a table that is missing), and broad where many can
(errors, latency): a match of the second sort convicts nobody by itself.
"""

import re
from collections.abc import Iterable

BROAD = frozenset({"errors", "latency", "crash", "cpu", "restarts"})
_WORDS: tuple[tuple[str, str], ...] = (
    ("data_race", r"concurrent map|data race|race condition|concurrentmodification|lost update|inconsistent (state|count)"),
    ("null", r"null ?pointer|nil pointer|nonetype|undefined|cannot read prop|null reference"),
    ("type", r"typeerror|classcast|unmarshal|cannot convert|invalid type|type mismatch|validation error|parse error"),
    ("serialization", r"proto\b|protobuf|deseriali|serializ|decode|avro|thrift|wire format|unexpected field|unknown field"),
    ("schema", r"(relation|table|column|index|view)\b.{0,60}(does not exist|doesn't exist|missing|unknown)|no such (table|column)|"
               r"no mapping|mapper_pars|undefinedtable|undefinedcolumn|missing_table|migration|schema"),
    ("not_registered", r"not (found|registered|implemented)|unknown (agent|handler|route|plugin|type|service|method)|registry|"
                       r"no handler|lookup fail|404"),
    ("empty_result", r"(result|hit|row|item)s?_?(count|returned).{0,30}(fell|0\b|zero|empty)|empty result|no results"),
    ("cache", r"cache.{0,40}(miss|hit|expir|evict|stampede|cold)|hit_ratio|hit rate|cache_hit"),
    ("database", r"db_|database|sql\b|slow quer|statement timeout|quer(y|ies).{0,30}(duration|per_second|timeout|slow)|"
                 r"postgres|mysql|productdb|full (table )?scan|seq scan|deadlock|lock wait"),
    ("disk", r"disk|no space left|enospc|volume.{0,20}full|inode|filesystem"),
    ("log_volume", r"log_write|log (volume|throughput|lines)|lines per second|ingest (rate|volume)"),
    ("memory", r"oom|out ?of ?memory|heap|memory|rss\b|gc overhead|working set"),
    ("files", r"too many open files|emfile|file descriptor"),
    ("pool", r"pool.{0,40}(exhaust|timeout|full|wait|max)|connections? in use|no available connection|hikaripool|queuepool"),
    ("connections", r"too many connections|max_connections|connection slots|connection(s)?_?(count|active|open)"),
    ("retries", r"retr(y|ies)|attempts|backoff|budget exhausted|cas\b|conflict|contention|gave up"),
    ("timeout", r"time[d_ ]?out|deadline exceeded|etimedout"),
    ("refused", r"connection refused|econnrefused|unreachable|no route to host"),
    ("dns", r"no such host|nxdomain|enotfound|name resolution|could not resolve|dns"),
    ("rate_limit", r"\b429\b|rate.?limit|throttl|quota|resource_exhausted"),
    ("auth", r"\b401\b|\b403\b|unauthori|forbidden|permission denied|access denied|authentication|invalid (token|api key|cred)"),
    ("tls", r"certificate|x509|tls|ssl"),
    ("config", r"(environment|env|config|setting|variable|flag|parameter).{0,40}(missing|not set|required|invalid|unknown)|keyerror"),
    ("module", r"module|import ?error|classnotfound|no class def|cannot find|undefined symbol|duplicate registration|"
               r"incompatible|version conflict|dependency"),
    ("startup", r"startup|start-up|failed to start|crashloop|bootstrap|init(ialis|ializ)|ready_replicas|pod_restart|panic loading"),
    ("leak", r"leak|grows steadily|(rose|climbs?|growing) steadily|goroutines?|handles?"),
    ("queue", r"queue|backlog|lag\b|consumer|unacked|dead.?letter|redelivered|poison"),
    ("rounding", r"wrong (amount|total|price)|mismatch|rounding|off by|incorrect (value|total|amount)"),
    ("crash", r"panic|fatal|segfault|sigsegv|crash|exit code|core dumped|abort"),
    ("restarts", r"restart"),
    ("cpu", r"cpu|load average|throttling"),
    ("latency", r"latency|duration|p9[059]|slow|response time"),
    ("errors", r"\b5\d\d\b|5xx|error|exception|fail"),
)  # fmt: skip
FAULTS = tuple((name, re.compile(words, re.I)) for name, words in _WORDS)

_OUTSIDE: tuple[tuple[str, str, str], ...] = (
    ("tls", "an expired certificate", r"certificate (has )?expired|x509: certificate has expired|cert.{0,20}expir"),
    ("provider", "a provider outside that does not serve",
     r"(third.?party|provider|vendor|upstream (api|provider)|external|partner|cloud|region|aws|gcp|azure|stripe|twilio|sendgrid|"
     r"s3|cloudflare|cdn)\b.{0,80}(outage|unavailable|degraded|5\d\d|down|timeout|incident|error)|"
     r"https?://[\w.-]+\.(com|io|net|org|dev)\b.{0,60}(5\d\d|time|refused|unavailable)"),
    ("traffic", "more traffic than before",
     r"traffic (surge|spike|increase)|(requests?|rps|qps|throughput|connections?|sessions?)[\w ]{0,40}(rose|surge|spike|x (the )?(normal|usual|baseline))|"
     r"flash sale|bot traffic|ddos|marketing campaign|load shed"),
    ("node", "a machine that fails",
     r"node.{0,40}(not ?ready|lost|evict|drain|preempt|terminated|unreachable)|spot (instance|interruption)|hardware|kernel (panic|bug)|"
     r"ebs|disk (failure|i/o error)|nic |az (outage|failure)|availability zone"),
    ("data", "input data it cannot take",
     r"(malformed|corrupt\w*|poison|invalid|unparse?able|unexpected) (input|payload|message|record|event|data|feed|csv|file|upload|row)|"
     r"bad data|dead.?letter|utf-?8|encoding"),
    ("dns", "names that do not resolve", r"nxdomain|dns (outage|failure|server)|resolver"),
    ("failover", "a failover or maintenance of a data store", r"failover|maintenance window|primary (changed|election)|replica promoted|leader lost"),
    ("quota", "a quota that is used up", r"quota (exceeded|exhausted)|account limit|api limit|billing"),
)  # fmt: skip
OUTSIDE = tuple((name, says, re.compile(rf"\b(?:{words})", re.I)) for name, says, words in _OUTSIDE)


def faults_in(texts: Iterable[str]) -> dict[str, int]:
    """Kind of fault → in how many of the texts it is spoken of."""
    found: dict[str, int] = {}
    for text in texts:
        for name, words in FAULTS:
            if words.search(text):
                found[name] = found.get(name, 0) + 1
    return found


def outside_in(texts: Iterable[str]) -> tuple[str, str, str] | None:
    """(name, what it is, the words) of the first cause that no commit makes; None where nothing speaks of one."""
    every = list(texts)
    for name, says, words in OUTSIDE:
        for text in every:
            if found := words.search(text):
                return name, says, found.group(0)
    return None
