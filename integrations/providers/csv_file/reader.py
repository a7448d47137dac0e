"""A table of values: a line of names (date, value, perhaps metric), then a line each value."""

import csv
from collections.abc import Iterator, Sequence

from integrations.figures import Figure, Flaw, Unreadable
from integrations.providers.numbers import moment_of, number_of

LONGEST_FILE = 1024 * 1024
MOST_ROWS = 5_000
MOST_FLAWS = 20
REQUIRED, OPTIONAL = ("date", "value"), ("metric",)
Row = dict[str, str]


def read_csv(body: bytes, content_type: str) -> list[Figure]:
    """Every row as a figure, or Unreadable with the first flaws by line: all or nothing."""
    figures: list[Figure] = []
    flaws: list[Flaw] = []
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows_of(text_of(body)):
        try:
            figure = figure_of(row, line)
        except ValueError as error:
            flaws.append(Flaw(str(error), line))
            continue
        first = seen.setdefault((figure.metric.casefold(), str(figure.at)), line)
        if first != line:
            flaws.append(Flaw(f"It says the same date as line {first}.", line))
        figures.append(figure)
    if flaws:
        raise Unreadable(*flaws[:MOST_FLAWS])
    if not figures:
        raise Unreadable(Flaw("The file has no values."))
    return figures


def text_of(body: bytes) -> str:
    if len(body) > LONGEST_FILE:
        raise Unreadable(Flaw(f"The file is larger than {LONGEST_FILE // 1024} KiB."))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(Flaw("The file is not in UTF-8; save it as “CSV UTF-8”.")) from None
    if "\0" in text:
        raise Unreadable(Flaw("The file is no text."))
    return text


def rows_of(text: str) -> Iterator[tuple[int, Row]]:
    """Rows that are not empty, by the names of their columns, with the line they end at."""
    head = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=";" if ";" in head else ",", strict=True)
    names: list[str] = []
    count = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = columns_of(cells)
                continue
            count += 1
            if count > MOST_ROWS:
                raise Unreadable(Flaw(f"The file has more than {MOST_ROWS} rows."))
            yield reader.line_num, row_of(names, cells)
    except csv.Error as error:
        raise Unreadable(Flaw(f"It cannot be read as CSV: {error}.", reader.line_num)) from None


def row_of(names: Sequence[str], cells: Sequence[str]) -> Row:
    """The cells by column; what stands in none that has a name is under the empty one."""
    beyond = cells[len(names) :]
    unnamed = [cell for name, cell in zip(names, cells, strict=False) if not name]
    return {**dict(zip(names, cells, strict=False)), "": "".join([*unnamed, *beyond]).strip()}


def columns_of(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().casefold() for cell in cells]
    for name in REQUIRED:
        if names.count(name) != 1:
            raise Unreadable(Flaw(f"The first line names no column “{name}”, or two.", 1))
    unknown = [name for name in names if name and name not in REQUIRED + OPTIONAL]
    if unknown:
        raise Unreadable(Flaw(f"“{unknown[0][:40]}” is no column of ours; take it out.", 1))
    return names


def figure_of(row: Row, line: int) -> Figure:
    if row.get(""):
        raise ValueError("It has a cell in a column without a name.")
    return Figure(
        value=number_of(row.get("value", "")),
        at=moment_of(row.get("date", "")),
        metric=row.get("metric", "").strip(),
        line=line,
    )
