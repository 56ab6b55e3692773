"""What a workbook does not speak of stays as it is published; what it leaves empty is cleared."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from nodes.importing import LIMITS, Reading
from nodes.importing.form import is_form, read_form, write_form
from nodes.publishing import plan
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.form.filling import as_ods, columns, drop_column, fill, opened
from tests.nodes.importing.form.town import TOWN, Town
from tests.vocab.generated import BASE, full
from vocab.parts import Evidence, Kpi, Partner, Permit, Procedure
from vocab.records import KINDS, Experiment, Record
from vocab.triples import normalised

WHOLE: Experiment = normalised(full(Experiment, f"{BASE}experiments/x"))


def exported(folder: Path, *records: Record) -> Path:
    path = folder / "lab.xlsx"
    write_form(path, records, language="en", texts="it")
    return path


def again(path: Path, *records: Record) -> Reading:
    return read_form(path, TOWN, NOW, Town(records).published)


def changed(path: Path, before: Experiment = WHOLE) -> Experiment:
    """Give the one record as it would be published, without the date of the import."""
    [found] = again(path, before).records
    assert isinstance(found, Experiment)
    return replace(found, modified=before.modified)


@pytest.mark.parametrize("kind", KINDS)
def test_any_sheet_or_column_may_be_missing(tmp_path: Path, kind: type[Record]) -> None:
    record = full(kind, f"{BASE}{kind.room}/x")
    path = exported(tmp_path, record)
    with opened(path) as book:
        for name in book.sheetnames[3:-2:2]:
            del book[name]
        for page in (book.worksheets[KINDS.index(kind)], *book.worksheets[3:-2]):
            for heading in list(columns(page))[3:-1:2]:
                page.delete_cols(columns(page)[heading])

    reading = again(path, record)

    assert reading.findings == ()
    assert plan(reading.records, Town([record]).current).drafts == ()


def test_an_empty_cell_clears_and_a_missing_column_does_not(tmp_path: Path) -> None:
    path = exported(tmp_path, WHOLE)
    with opened(path) as book:
        page = book["Experiments"]
        for heading in ("Summary (en)", "Keywords (it)", "Participants", "Cost",
                        "Outcome: verdict", "Place: name (it)"):  # fmt: skip
            page.cell(3, columns(page).get(heading, 200)).value = None
        page.cell(3, columns(page)["Number of participants"]).value = None
    drop_column(path, "Experiments", "Title (en)")
    drop_column(path, "Experiments", "Outcome: lessons (it)")

    found = changed(path)

    assert WHOLE.outcome is not None
    assert WHOLE.place is not None
    assert found == replace(
        WHOLE,
        summary={"it": WHOLE.summary["it"]},
        keywords=tuple(pair for pair in WHOLE.keywords if pair[0] == "en"),
        participants=None,
        cost_band=None,
        outcome=replace(WHOLE.outcome, verdict=None),
        place=replace(WHOLE.place, name={"en": WHOLE.place.name["en"]}),
    )


def test_rows_of_a_list_that_is_there_are_the_whole_list(tmp_path: Path) -> None:
    path = exported(tmp_path, WHOLE)
    with opened(path) as book:
        book["Partners"].delete_rows(3)
        book["Grants"].delete_rows(3, 2)
    fill(path, "Figures", {"Belongs to": WHOLE.identifier, "Result": 7})

    found = changed(path)

    assert found.partners == WHOLE.partners[1:]
    assert found.grants == ()
    assert found.kpis[:2] == WHOLE.kpis
    assert [each.result for each in found.kpis[2:]] == [7]


def test_a_part_that_is_emptied_is_gone(tmp_path: Path) -> None:
    path = exported(tmp_path, WHOLE)
    with opened(path) as book:
        page = book["Experiments"]
        for heading, index in columns(page).items():
            if heading.startswith(("Consortium: ", "Place: ")):
                page.cell(3, index).value = None

    found = changed(path)

    assert found.consortium is None
    assert found.place is not None
    assert (found.place.city, found.place.name) == (TOWN.name, {})


def test_rows_may_be_sorted_and_their_positions_still_count(tmp_path: Path) -> None:
    path = exported(tmp_path, WHOLE)
    with opened(path) as book:
        page = book["Partners"]
        first, second = ([cell.value for cell in page[row]] for row in (3, 4))
        for index, (one, other) in enumerate(zip(first, second, strict=True), start=1):
            page.cell(3, index).value, page.cell(4, index).value = other, one

    assert changed(path) == WHOLE


def test_what_has_no_column_goes_with_the_position_of_its_row(tmp_path: Path) -> None:
    path = exported(tmp_path, WHOLE)
    drop_column(path, "Partners", "Task (it)")
    drop_column(path, "Partners", "Task (en)")
    with opened(path) as book:
        book["Partners"].delete_rows(3)

    assert changed(path).partners == WHOLE.partners[1:]


def test_a_new_row_takes_nothing_over_from_a_row_that_went(tmp_path: Path) -> None:
    path = exported(tmp_path, WHOLE)
    drop_column(path, "Figures", "Target")
    with opened(path) as book:
        book["Figures"].delete_rows(3)
    fill(path, "Figures", {"Belongs to": WHOLE.identifier, "Result": 7})

    found = changed(path)

    assert found.kpis == (WHOLE.kpis[1], Kpi(result=Decimal(7)))


@pytest.mark.parametrize(("name", "kept"), [("name 150", True), ("Another", False)])
def test_without_positions_the_name_decides_what_a_row_stands_for(
    tmp_path: Path, name: str, kept: bool
) -> None:
    path = exported(tmp_path, WHOLE)
    drop_column(path, "Partners", "Task (it)")
    drop_column(path, "Partners", "Position")
    with opened(path) as book:
        page = book["Partners"]
        page.cell(3, columns(page)["Name"]).value = name

    first = changed(path).partners[0]

    assert first.name == name
    assert ("it" in first.task) is kept


def test_documents_stay_with_the_permit_whose_position_they_name(tmp_path: Path) -> None:
    evidence = tuple(Evidence(title={"it": text}) for text in ("a", "b"))
    permits = (
        Permit(title={"it": "uno"}, procedure=Procedure(evidence=evidence[:1])),
        Permit(title={"it": "due"}, procedure=Procedure(evidence=evidence)),
    )
    record = replace(WHOLE, permits=permits)
    path = exported(tmp_path, record)
    with opened(path) as book:
        book["Permits"].delete_rows(3)
        book["Documents for permits"].delete_rows(3)

    [found] = again(path, record).records

    assert isinstance(found, Experiment)
    assert found.permits == permits[1:]


def test_a_deleted_sheet_of_documents_leaves_those_of_each_permit(tmp_path: Path) -> None:
    path = exported(tmp_path, WHOLE)
    with opened(path) as book:
        del book["Documents for permits"]
        book["Permits"].delete_rows(3)

    assert changed(path).permits == WHOLE.permits[1:]


def test_parts_of_published_records_can_be_changed_without_the_sheet_of_records(
    tmp_path: Path,
) -> None:
    record = replace(WHOLE, identifier="X")
    path = exported(tmp_path, record)
    with opened(path) as book:
        for name in ("Experiments", "Testbeds", "Calls"):
            del book[name]
        book["Partners"]["D3"] = "Another"

    reading = again(path, record)

    [found] = reading.records
    assert (reading.findings, reading.rows, reading.rooms) == ((), 1, ())
    assert found.partners == (replace(WHOLE.partners[0], name="Another"), WHOLE.partners[1])


def _moved(page: Any) -> None:
    page.move_range(f"A1:A{page.max_row}", cols=page.max_column)


def _renamed(page: Any) -> None:
    page.title = "Mine"
    page["B2"] = "What it is called"


def _shifted(page: Any) -> None:
    page.insert_rows(1, 4)
    page["A1"] = "Our experiments"


def _unmarked(page: Any) -> None:
    page.delete_rows(1)


@pytest.mark.parametrize("change", [_moved, _renamed, _shifted, _unmarked])
def test_columns_and_sheets_are_known_wherever_they_are(
    tmp_path: Path, change: Callable[[Any], None]
) -> None:
    path = exported(tmp_path, WHOLE)
    with opened(path) as book:
        change(book["Experiments"])
        change(book["Partners"]) if change is not _renamed else None

    reading = again(path, WHOLE)

    assert reading.findings == ()
    assert plan(reading.records, Town([WHOLE]).current).drafts == ()


@pytest.mark.parametrize("copied", [False, True])
def test_a_column_is_added_for_another_language(tmp_path: Path, copied: bool) -> None:
    path = exported(tmp_path, WHOLE)
    with opened(path) as book:
        page = book["Experiments"]
        column = page.max_column + 1
        page.cell(2, column).value = "Title (nl)"
        page.cell(3, column).value = "Pendelbus"
        if copied:
            page.cell(1, column).value = page.cell(1, columns(page)["Title (it)"]).value

    assert changed(path).title == {**WHOLE.title, "nl": "Pendelbus"}


def test_two_imports_of_rows_without_positions_say_nothing_new(tmp_path: Path) -> None:
    record = replace(
        WHOLE, partners=(Partner(name="A", task={"it": "x"}), Partner(name="A")), kpis=(Kpi(),) * 2
    )
    path = exported(tmp_path, record)
    for name in ("Partners", "Figures", "Permits", "Documents for permits"):
        drop_column(path, name, "Position")

    reading = again(path, record)

    assert [each.name for each in reading.records[0].partners] == ["A", "A"]
    assert isinstance(reading.records[0], Experiment)
    assert reading.records[0].kpis == ()
    assert reading.records[0].permits == WHOLE.permits


@pytest.mark.parametrize("kind", KINDS)
def test_another_spreadsheet_program_may_save_it(tmp_path: Path, kind: type[Record]) -> None:
    record = full(kind, f"{BASE}{kind.room}/x")
    path = as_ods(exported(tmp_path, record))

    reading = again(path, record)

    assert is_form(path, LIMITS)
    assert (len(reading.records), reading.findings) == (1, ())
    assert plan(reading.records, Town([record]).current).drafts == ()
