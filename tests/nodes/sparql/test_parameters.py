"""Parameters are read quickly where that is safe, and mean what they mean when read with care."""

from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from nodes.web import sparqlrequest
from nodes.web.problems import Problem

TEXTS = st.lists(
    st.sampled_from([*"abq=&&=+%;/?:", "%20", "%2B", "%26", "%C3%A9", "%e2%82%ac", "%C3", "%ff"]),
    max_size=20,
).map("".join)


@given(TEXTS)
@example("query=%ED%A0%80")
@example("query=%EF%BF%BD")
@example("&".join("abc" * 400))
def test_an_address_is_read_as_a_form_is(text: str) -> None:
    pairs = list(URL.build(path="/sparql", query_string=text, encoded=True).query.items())

    assert told(lambda: sparqlrequest.checked(text, pairs)) == told(
        lambda: sparqlrequest.fields(text)
    )


def told(read: object) -> object:
    try:
        return read()  # type: ignore[operator]
    except Problem as problem:
        return problem.status, str(problem)
