from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlang.data import Table, Text, column, columns, parse_table, read_table, write_table
from dlang.diagnostics import Diagnostic, DlangError
from dlang.source import Source, Span


def table(text: str) -> Table:
    return parse_table(text, shown_as="d.csv")


def faults(text: str, *names: str) -> list[Diagnostic]:
    with pytest.raises(DlangError) as caught:
        columns(table(text), [(name, None) for name in names])
    return list(caught.value.diagnostics)


def numbers(text: str, name: str) -> list[float]:
    values = column(table(text), name, None)
    assert isinstance(values, np.ndarray)
    return values.tolist()


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "   ", " , ", ";\t", " \t "])
def test_the_separator_is_found(separator: str) -> None:
    text = "".join(separator.join(row) + "\n" for row in (("t", "y"), ("0", "1.5"), ("1", "-2e3")))
    assert table(text).names == ("t", "y")
    assert numbers(text, "t") == [0.0, 1.0]
    assert numbers(text, "y") == [1.5, -2000.0]


@pytest.mark.parametrize(
    "text", ["x\n1\n2\n", "x\r\n1\r\n2\r\n", "x\n\n1\n2", "# made by hand\nx # unit: s\n1\n\n2#\n"]
)
def test_a_table_may_have_one_column(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode())
    values = column(read_table(path, shown_as="x.csv"), "x", None)
    np.testing.assert_array_equal(values, [1.0, 2.0])


def test_without_a_header_columns_are_numbered() -> None:
    found = table("1 a\n2 b\n")
    assert found.names == ("c1", "c2")
    assert not found.has_header
    assert found.row_count == 2


def test_an_unnamed_column_is_numbered_and_one_behind_the_last_separator_is_none() -> None:
    assert table(",t,y\n0,1,2\n1,1,2\n").names == ("c1", "t", "y")
    assert table("t,y,\n0,1,\n1,2,\n").names == ("t", "y")
    assert table("0,1,\n1,2,\n").names == ("c1", "c2")


def test_row_lines_count_the_header_comments_blank_lines_and_lines_within_quotes() -> None:
    text = 'name,y\n# c\n\n"a\nb",1\nc,2\n'
    assert list(table(text).lines) == [4, 6]


def test_quotes_hold_separators_newlines_quotes_and_number_signs_but_no_blanks_at_the_ends() -> None:
    values = column(table('s,y\n"a, ""b""\n#c",1\n" d",2\n"a, ""b""\n#c",3\n'), "s", None)
    assert isinstance(values, Text)
    assert values.levels == ('a, "b"\n#c', "d")
    assert values.codes.tolist() == [0, 1, 0]


def test_a_quoted_number_is_a_number() -> None:
    assert numbers('"t","y"\n"1","2.5"\n', "y") == [2.5]


def test_numbers_may_be_signed_infinite_and_nan() -> None:
    values = column(table("x\n+1\n-.5\n2.\n1E-3\ninf\n-inf\nnan\n"), "x", None)
    np.testing.assert_array_equal(values, [1, -0.5, 2, 1e-3, np.inf, -np.inf, np.nan])


def test_a_text_column_is_codes_in_order_of_first_appearance() -> None:
    values = column(table("kind,y\nb,1\na,2\nb,3\n"), "kind", None)
    assert isinstance(values, Text)
    assert values.levels == ("b", "a")
    assert values.codes.tolist() == [0, 1, 0]
    assert values.codes.dtype == np.int64


def test_a_column_that_nothing_reads_may_hold_anything() -> None:
    assert numbers("t,note\n1,\n2,good\n3,7\n", "t") == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("cell", ["abc", "NA", "", "1_000", "1e", "0x10", "--1", "1 2", "?", "1.5m"])
def test_a_bad_cell_names_file_line_column_and_what_was_found(cell: str) -> None:
    [fault] = faults(f"t,y,z\n0,1,1\n1,{cell},2\n2,3,3\n", "t", "y")
    assert fault.code == "E0506"
    assert "d.csv, line 3: column `y` (number 2)" in fault.title
    assert (f"`{cell}`" if cell else "empty") in fault.title
    assert fault.primary is not None
    assert (fault.primary.span.line, fault.primary.span.column) == (3, 3)
    assert fault.primary.span.text == cell


def test_the_place_of_a_bad_cell_behind_quotes_is_right() -> None:
    [fault] = faults('s,y\n"a\nb",1\n"c,d", x \n', "y")
    assert fault.primary is not None
    assert (fault.primary.span.line, fault.primary.span.column, fault.primary.span.text) == (4, 8, "x")


def test_the_first_bad_cells_are_shown_together_and_the_rest_is_counted() -> None:
    found = faults("t,y\n" + "".join(f"{i},{'x' if i % 2 else i}\n" for i in range(20)), "y")
    assert len(found) == 5
    assert [note for fault in found for note in fault.notes] == ["and 5 bad cells more in this column"]


def test_the_faults_of_all_columns_are_reported_together() -> None:
    found = faults("t,y\n1,x\n2,1\n?,2\n", "t", "y", "q")
    assert [fault.code for fault in found] == ["E0506", "E0506", "E0507"]


def test_decimal_commas_are_refused_even_if_the_whole_column_has_them() -> None:
    [fault] = faults("t;y\n1;0,5\n2;1,25\n", "y")
    assert fault.notes == ("and 1 bad cell more in this column",)
    assert fault.help is not None
    assert "`0.5`" in fault.help


def test_a_missing_cell_in_a_text_column_is_a_bad_cell() -> None:
    [fault] = faults("s,y\na,1\n,2\nb,3\n", "s")
    assert "line 3" in fault.title


def test_a_column_without_any_value_is_missing_values_not_text() -> None:
    assert [fault.code for fault in faults("s,y\nNA,1\nNA,2\n", "s")] == ["E0506", "E0506"]


def test_a_header_with_a_number_in_it_is_explained() -> None:
    [fault] = faults("t,1990\n1,2\n2,3\n", "c1")
    assert fault.help is not None
    assert "header" in fault.help
    [fault] = faults("t,1990\n1,2\n2,3\n", "t")
    assert fault.code == "E0507"
    assert any("no header" in note for note in fault.notes)


def test_a_missing_column_lists_the_columns_and_the_near_one() -> None:
    [fault] = faults("time,speed\n1,2\n", "sped")
    assert fault.code == "E0507"
    assert fault.help == "did you mean `speed`?"
    assert fault.notes == ("its columns are `time`, `speed`",)
    assert faults("T,speed\n1,2\n", "t")[0].help == "did you mean `T`?"


def test_names_are_compared_in_nfc() -> None:
    assert numbers("u\u0308\n1\n", "\u00fc") == [1.0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "E0504"),
        ("\n \n# nothing\n", "E0504"),
        ("t,y\n", "E0504"),
        ("t,y\n1,2\n3\n", "E0505"),
        ("t y\n1 2\n3 4 5\n", "E0505"),
        ('t,y\n"1",2\n3,4,5\n', "E0505"),
        ("t,y,t\n1,2,3\n", "E0508"),
        ('t,y\n1,"2\n3,4\n', "E0509"),
    ],
)
def test_a_table_that_is_wrong_as_a_whole(text: str, code: str) -> None:
    with pytest.raises(DlangError) as caught:
        table(text)
    assert {fault.code for fault in caught.value.diagnostics} == {code}


def test_ragged_rows_are_shown_together_with_counts() -> None:
    with pytest.raises(DlangError) as caught:
        table("t,y\n" + "1,2\n" * 10 + "3\n" * 7)
    found = caught.value.diagnostics
    assert len(found) == 5
    assert found[0].title == "d.csv, line 12: 1 cell where 2 are expected"
    assert found[-1].notes[-1] == "and 2 rows more of another width"


def test_a_title_above_the_header_is_the_ragged_row() -> None:
    with pytest.raises(DlangError) as caught:
        table("My measurements\nt,y\n1,2\n3,4\n")
    [fault] = caught.value.diagnostics
    assert "line 1" in fault.title


def test_the_place_in_the_program_is_shown_beside_the_place_in_the_file() -> None:
    program = Source("m.dl", 'data t, y from "d.csv"')
    at = Span(program, 8, 9)
    with pytest.raises(DlangError) as caught:
        column(table("t,y\n1,2\n3,x\n"), "y", at)
    [fault] = caught.value.diagnostics
    assert fault.primary is not None
    assert fault.primary.span.source.name == "d.csv"
    assert [label.span for label in fault.labels] == [at]


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    (tmp_path / "decay.csv").write_text("t\n1\n")
    (tmp_path / "latin.csv").write_bytes(b"t\r\n1\r\n# 5 \xb0C\r\n")
    (tmp_path / "marked.csv").write_bytes(b"\xef\xbb\xbft\n\xff\n")
    (tmp_path / "binary.xlsx").write_bytes(b"PK\x03\x04\n\0")
    (tmp_path / "wide.csv").write_bytes("t\n1\n".encode("utf-16"))

    def fault(name: str) -> Diagnostic:
        with pytest.raises(DlangError) as caught:
            read_table(tmp_path / name, shown_as=f"in/{name}")
        [found] = caught.value.diagnostics
        return found

    assert fault("decya.csv").code == "E0501"
    assert fault("decya.csv").help == "did you mean `in/decay.csv`?"
    assert fault("nothing/like/it.csv").help is None
    assert fault(".").code == "E0502"
    assert fault("de\0cay.csv").code == "E0502"
    assert "line 3 holds the byte 0xb0" in fault("latin.csv").title
    assert "line 2 holds the byte 0xff" in fault("marked.csv").title
    assert "zero byte" in fault("binary.xlsx").title
    assert fault("binary.xlsx").help == "export the sheet as CSV"
    assert "UTF-16" in fault("wide.csv").title


def test_byte_order_mark_and_line_ends_of_other_systems_are_accepted(tmp_path: Path) -> None:
    for raw in (b"\xef\xbb\xbft,y\r\n1,2\r\n", b"t,y\r1,2\r", b"t,y\n1,2"):
        path = tmp_path / "d.csv"
        path.write_bytes(raw)
        found = read_table(path, shown_as="d.csv")
        assert found.names == ("t", "y")
        assert list(found.lines) == [2]


@settings(deadline=None, max_examples=300)
@given(raw=st.binary(max_size=60) | st.text("\"'#,;\t\n\r 0e1.-_ax\u00e9", max_size=40).map(str.encode))
def test_any_bytes_are_a_table_or_a_fault_that_can_be_shown(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(raw)
    shown = ""
    try:
        found = read_table(path, shown_as="any.csv")
        columns(found, [(name, None) for name in found.names])
        shown = ", ".join(found.names)
    except DlangError as error:
        shown = str(error)  # rendered, with its window
    assert shown


_words = st.text(st.characters(exclude_categories=("C",)) | st.sampled_from(',;"#\n\t'), min_size=1, max_size=6)


def _is_word(text: str) -> bool:
    return text not in ("NA", "N/A", "#N/A") and not any(char.isnumeric() for char in text)


@settings(deadline=None)
@given(data=st.data(), n=st.integers(1, 6))
def test_what_is_written_reads_back(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, n: int) -> None:
    path = tmp_path_factory.getbasetemp() / "written.csv"
    values = [data.draw(st.lists(st.floats(), min_size=n, max_size=n)) for _ in range(2)]
    words = data.draw(st.lists(_words.filter(_is_word).map(str.strip).filter(bool), min_size=n, max_size=n))
    words = [word for word in words if word.casefold() not in ("inf", "nan", "infinity")]
    table_columns = [*values, words] if len(words) == n else values
    write_table(path, ["t", 'a "b", c', "w#"][: len(table_columns)], table_columns)
    found = read_table(path, shown_as="written.csv")
    assert found.names == ("t", 'a "b", c', "w#")[: len(table_columns)]
    for name, expected in zip(found.names, values, strict=False):
        np.testing.assert_array_equal(column(found, name, None), expected)
    if len(table_columns) == 3:
        read = column(found, "w#", None)
        assert isinstance(read, Text)
        assert [read.levels[code] for code in read.codes] == words


def test_a_file_is_suggested_for_its_stem_not_for_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "osc.csv").write_text("t\n1\n", encoding="utf-8")
    (tmp_path / "decay.tsv").write_text("t\n1\n", encoding="utf-8")
    helps = []
    for name in ("nosuch.csv", "decya.csv"):
        with pytest.raises(DlangError) as caught:
            read_table(tmp_path / name, shown_as=name)
        helps.append(caught.value.diagnostics[0].help)
    assert helps == [None, "did you mean `decay.tsv`?"]
