"""The faults: each planted in a feed that is well, with every clause that is then broken."""

from collections.abc import Callable

from aiohttp import web

from tests.federation.doctor.handmade import (
    FULL,
    Feed,
    Reply,
    member,
    relation,
    time,
)

Spoil = Callable[[Feed], None]


def answering(change: Callable[[Reply, web.Request], None]) -> Spoil:
    """Plant a fault into answers."""

    def plant(planted: Feed) -> None:
        planted.spoil = change

    return plant


def saying(path: str, old: str, new: str) -> Spoil:
    """Plant a fault into the text of a page."""
    return lambda planted: planted.replace(path, old, new)


def adding(path: str, text: str) -> Spoil:
    """Plant a fault at the end of a page."""
    return lambda planted: planted.add(path, text)


def without(header: str, *, on: str = "") -> Spoil:
    """Leave out a header, on one page or on all."""

    def change(reply: Reply, _: web.Request) -> None:
        if on in ("", reply.path):
            reply.headers.pop(header, None)

    return answering(change)


def setting(header: str, value: str, *, on: str) -> Spoil:
    """Set a header on a page."""

    def change(reply: Reply, _: web.Request) -> None:
        if reply.path == on and reply.status == 200:
            reply.headers[header] = value

    return answering(change)


def on_second_visit(path: str, text: str) -> Spoil:
    """Let a page say more when it is asked for again."""

    def plant(planted: Feed) -> None:
        planted.second[path] = planted.pages[path] + text

    return plant


def policy(said: str, *, on: str = "</ldes>", name: str = "</policy>") -> str:
    """Write a retention policy."""
    return f"{on} ldes:retentionPolicy {name} .\n{name} a ldes:RetentionPolicy {said}.\n"


def _garbled(reply: Reply, _: web.Request) -> None:
    if reply.media.startswith("application/trig") and reply.path == "/ldes":
        reply.body += b"<"


def _n_quads_lack_a_line(reply: Reply, _: web.Request) -> None:
    if reply.media == "application/n-quads" and reply.status == 200:
        reply.body = b"\n".join(reply.body.split(b"\n")[1:])


def _never_304(reply: Reply, _: web.Request) -> None:
    reply.status = 200 if reply.status == 304 else reply.status


def _only_exact(reply: Reply, request: web.Request) -> None:
    if reply.status == 304 and request.headers["If-None-Match"] != reply.headers["ETag"]:
        reply.status = 200


def _always_304(reply: Reply, request: web.Request) -> None:
    if "If-None-Match" in request.headers:
        reply.status = 304


def _one_tag(reply: Reply, request: web.Request) -> None:
    if reply.path == "/ldes":
        reply.headers["ETag"] = '"root"'
        reply.status = 304 if '"root"' in request.headers.get("If-None-Match", "") else 200


def _busy(reply: Reply, _: web.Request) -> None:
    if reply.path == "/ldes/1" and reply.hits == 1:
        reply.status, reply.headers, reply.body = 429, {}, b""


def _gone(reply: Reply, _: web.Request) -> None:
    if reply.path == "/ldes/1":
        reply.status, reply.headers, reply.body = 410, {}, b""


def _bare_head(reply: Reply, request: web.Request) -> None:
    if request.method == "HEAD":
        reply.headers["ETag"] = '"another"'


def _never_404(reply: Reply, _: web.Request) -> None:
    if reply.status == 404:
        reply.status, reply.headers["Content-Type"] = 200, "text/html"


def _missing(path: str) -> Spoil:
    def plant(planted: Feed) -> None:
        del planted.pages[path]

    return plant


def _few(planted: Feed) -> None:
    planted.pages["/ldes/1"] = planted.pages["/ldes/1"].split(
        "</stream> tree:member </things/6/v>"
    )[0]


FIRST = relation("GreaterThanOrEqualTo", "/ldes/1", 0)
UPPER = relation("LessThan", "/ldes/1", FULL)
DEED = f"as:Create ; as:published {time(5)} ; as:object </things/5>"
LATE = FULL + 10

FAULTS: dict[str, tuple[Spoil, set[str]]] = {
    "the TriG of the root is broken": (answering(_garbled), {"S1-syntax", "D-syntax"}),
    "no Vary": (without("Vary"), {"S1-vary", "H-gzip"}),
    "N-Quads lack a statement": (answering(_n_quads_lack_a_line), {"S1-same"}),
    "no ETag on a page": (without("ETag", on="/ldes/1"), {"S2-etag"}),
    "If-None-Match is not read": (answering(_never_304), {"S2-304"}),
    "If-None-Match is compared letter by letter": (answering(_only_exact), {"S2-list"}),
    "304 whatever version is named": (answering(_always_304), {"S2-changed"}),
    "one ETag for two syntaxes": (answering(_one_tag), {"S2-apart"}),
    "a sealed page without its header": (
        setting("Cache-Control", "max-age=60", on="/ldes/1"), {"S3-header"}),
    "a sealed page that does not say so": (
        saying("/ldes/1", " ; ldes:immutable true", ""), {"S3-stated"}),
    "a page that states it changes": (
        adding("/ldes", "</ldes> ldes:immutable false ."), {"S3-false"}),
    "a sealed page that changes": (
        on_second_visit("/ldes/1", "</ldes/1> dct:title 'Edited' ."), {"S3-kept"}),
    "a root that caches keep for a day": (
        setting("Cache-Control", "max-age=86400", on="/ldes"), {"S3-fresh"}),
    "429 without Retry-After": (answering(_busy), {"S4-later"}),
    "a view of two streams": (adding("/ldes", "</other> tree:view </ldes> ."),
    {"S5-view", "S5-pages"}),
    "a page that names another view": (
        adding("/ldes/1", "</stream> tree:view </another> ."), {"S5-pages", "S11-profile"}),
    "a stream of no class": (saying("/ldes", "a ldes:EventStream ; ", ""), {"S5-class"}),
    "two polling intervals": (
        saying("/ldes", "ldes:pollingInterval 60", "ldes:pollingInterval 60, 90"), {"S5-once"}),
    "a page that describes the stream otherwise": (
        saying("/ldes/2", "tree:view", "ldes:pollingInterval 5 ; tree:view"), {"S5-alike"}),
    "an interval that is no number": (
        saying("/ldes", "ldes:pollingInterval 60", "ldes:pollingInterval 'soon'"), {"S5-interval"}),
    "a shape that is not there": (_missing("/shape"), {"S5-shape"}),
    "members without what the shape asks for": (
        saying("/shape", "sh:property", "sh:property [ sh:path as:actor ; sh:minCount 1 ] ,"),
        {"S5-meets"}),
    "members with what a closed shape forbids": (
        saying("/shape", "sh:property", "sh:closed true ; "
        "sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ; sh:property"),
        {"S5-meets"}),
    "a blank member": (
        adding("/ldes/2", member(LATE).replace(f"</things/{LATE}/v>", "_:m")), {"S6-name"}),
    "a member of another stream": (
        saying("/ldes/2", "</stream> tree:member", "</other> tree:member"), {"S6-stream"}),
    "a member of which nothing is said": (
        adding("/ldes/2", "</stream> tree:member </things/50/v> ."),
        {"S6-content", "S8-time", "V-entity", "D-whole", "D-payload"}),
    "a member that says two things": (
        adding("/ldes", member(3).replace("Thing 3", "Something else")), {"S6-same"}),
    "a member that changes": (
        lambda planted: planted.second.update(
            {"/ldes/2": planted.pages["/ldes/2"].replace(f"Thing {FULL}", "Changed")}),
            {"S6-same"}),
    "two times": (
        saying("/ldes/1", time(5), f"{time(5)}, {time(6)}"), {"S8-time", "D-whole"}),
    "a time that is text": (
        saying("/ldes/1", time(5), "'this morning'"), {"S8-time"}),
    "a time without a zone": (
        saying("/ldes/1", time(5), time(5).replace("Z", "")), {"S8-zone"}),
    "a time to come": (
        saying("/ldes/2", time(FULL + 2), time(0).replace("2026", "2036")), {"S8-future"}),
    "news older than what was there": (
        on_second_visit("/ldes/2", member(60).replace(time(60), time(FULL))), {"S8-order"}),
    "relations by another property": (
        lambda planted: planted.replace(
            "/ldes", "tree:path as:published", "tree:path dct:issued", count=9),
        {"S9-path"}),
    "a closed page without an upper bound": (saying("/ldes", UPPER, ""), {"S9-bounds"}),
    "a page with two parents": (
        saying("/ldes/2", "a tree:Node .", "a tree:Node . "
        + FIRST.replace("</ldes>", "</ldes/2>") + UPPER.replace("</ldes>", "</ldes/2>")),
        {"S9-parent", "S10-true"}),
    "a circle": (
        saying("/ldes/2", "a tree:Node .",
        "a tree:Node ; tree:relation [ a tree:Relation ; tree:node </ldes> ] ."),
        {"S9-circle", "S10-true"}),
    "a page on another host": (
        adding("/ldes",
        "</ldes> tree:relation [ a tree:Relation ; tree:node <http://elsewhere.example/> ] ."),
        {"S9-host"}),
    "a page that is not there": (_missing("/ldes/1"), {"S9-there"}),
    "a relation to two pages": (
        saying("/ldes", "tree:node </ldes/2>", "tree:node </ldes/2>, </ldes/1>"),
        {"S10-node", "S10-true"}),
    "a relation to nowhere": (
        adding("/ldes", "</ldes> tree:relation [ a tree:Relation ; tree:node 'there' ] ."),
        {"S10-node"}),
    "a comparison with nothing": (
        saying("/ldes", f"; tree:value {time(FULL)} ", ""), {"S10-value"}),
    "a bound without a zone": (
        saying("/ldes", time(FULL), time(FULL).replace("Z", "")), {"S10-value"}),
    "a relation of another page": (
        adding("/ldes", FIRST.replace("</ldes>", "</ldes/2>")), {"S10-page"}),
    "a member outside of its page's bounds": (
        saying("/ldes", UPPER, relation("LessThan", "/ldes/1", FULL - 1)),
        {"S10-true"}),
    "a member in the block of another": (
        saying("/ldes/1", "</stream> tree:member </things/9/v> .\n",
        "</stream> tree:member </things/9/v> .\n</things/8/v> as:object </things/8> .\n"),
        {"S11-profile"}),
    "hypermedia between members": (
        adding("/ldes/2", "</ldes/2> dct:title 'Page' ."), {"S11-profile"}),
    "members out of order": (
        saying("/ldes/1", f"as:published {time(5)}", f"as:published {time(20)}"),
        {"S11-time"}),
    "a relation to what is gone": (answering(_gone), {"S13-gone"}),
    "two policies": (
        adding("/ldes", policy("; ldes:versionAmount 9 ")
        + policy("; ldes:versionAmount 8 ", name="</p2>")),
        {"S14-one"}),
    "a policy on the stream": (
        adding("/ldes", policy("; ldes:versionAmount 9 ", on="</stream>")), {"S14-one"}),
    "a policy without a name": (
        adding("/ldes", policy("; ldes:versionAmount 9 ", name="_:policy")), {"S14-name"}),
    "a duration that is none": (
        adding("/ldes", policy("; ldes:fullLogDuration 'a year' ")), {"S14-typed"}),
    "more than the policy's beginning": (
        adding("/ldes", policy(f"; ldes:startingFrom {time(3)} ")), {"S14-kept"}),
    "more versions than the policy keeps": (
        adding("/ldes", policy("; ldes:versionAmount 1 ")), {"S14-kept"}),
    "older than the full log": (
        adding("/ldes", policy("; ldes:fullLogDuration 'PT1H'^^xsd:duration ")), {"S14-kept"}),
    "deletions that stay too long": (
        adding("/ldes", policy("; ldes:versionAmount 9 ; "
        "ldes:versionDeleteDuration 'PT1H'^^xsd:duration ")), {"S14-kept"}),
    "more versions than an old policy keeps": (
        adding("/ldes", policy("; a ldes:LatestVersionSubset ; ldes:amount 1 ")), {"S14-kept"}),
    "older than an old policy's duration": (
        adding("/ldes", policy("; a ldes:DurationAgoPolicy ; tree:value 'PT1H'^^xsd:duration ")),
        {"S14-kept"}),
    "older than an old policy's point in time": (
        adding("/ldes", policy(f"; a ldes:PointInTimePolicy ; ldes:pointInTime {time(3)} ")),
        {"S14-kept"}),
    "a policy that keeps nothing": (adding("/ldes", policy("")), {"S14-kept"}),
    "a version of nothing": (
        saying("/ldes/1", " ; as:object </things/5>", ""), {"V-entity", "D-whole", "D-entity"}),
    "a version of itself": (
        saying("/ldes/1", "as:object </things/5>", "as:object </things/5/v>"),
        {"V-entity", "D-entity"}),
    "an unknown deed": (
        saying("/ldes/1", DEED, DEED.replace("Create", "Announce")), {"V-deed", "D-whole"}),
    "a deletion of what never was": (
        saying("/ldes/2", "as:object </things/4>", "as:object </things/400>"), {"V-known"}),
    "an activity that says who": (
        saying("/ldes/1", DEED, DEED + " ; as:actor </me>"), {"D-closed"}),
    "an activity with two verbs": (
        saying("/ldes/1", DEED, DEED.replace("as:Create", "as:Create, as:Update")),
        {"V-deed", "D-whole"}),
    "a creation of nothing": (
        saying("/ldes/1", '{ </things/5> a dcat:Dataset ; dct:title "Thing 5"@en . }', "{ }"),
        {"D-payload"}),
    "a creation of what portals do not know": (
        saying("/ldes/1", "{ </things/5> a dcat:Dataset", "{ </things/5> a as:Note"), {"D-entity"}),
    "a deletion that describes": (
        adding("/ldes/2", f"</things/{FULL + 2}/v> {{ </things/4> dct:title 'Gone' . }}"),
        {"D-delete"}),
    "HEAD with another tag": (answering(_bare_head), {"H-head"}),
    "no CORS": (without("Access-Control-Allow-Origin"), {"H-cors"}),
    "200 for what is not there": (answering(_never_404), {"H-404"}),
    "a full page of six": (_few, {"H-size"}),
}  # fmt: skip
