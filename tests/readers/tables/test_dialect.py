import pytest

from pipeline.readers.tables.dialect import find_dialect


@pytest.mark.parametrize(
    ("rows", "delimiter", "decimal", "width"),
    [
        (["1.5,2.5", "-0.5,1e-3"], ",", ".", 2),
        (["1, 2, 3", "4, 5, 6"], ",", ".", 3),
        (["1,5;2,5", "-0,5;1,5e-3"], ";", ",", 2),
        (["1.5;2.5", "0.5;1"], ";", ".", 2),
        (["1.5\t2.5", "0.5\t1"], "\t", ".", 2),
        (["1,5\t2,5", "0,5\t1"], "\t", ",", 2),
        (["  1.5   2.5", " 0.5 1"], None, ".", 2),
        (["1,5 2,5", "0,5 1,5"], None, ",", 2),
        (["1.5", "2.5"], None, ".", 1),
        (["0,5", "0,05"], None, ",", 1),
        (["12,34", "5,6"], ",", ".", 2),
        (['"1,5","2,5"', '"0,5","1"'], ",", ",", 2),
        (['"1.5","2.5"', '"0.5","1"'], ",", ".", 2),
        (["nan,1", "2,NaN"], ",", ".", 2),
        (["9,39,39,65664,0.552,-0.146", "9,39,39,65703,0.501,-0.48"], ",", ".", 6),
        (["8;8;0;4.2504e+05;0.065;-0.058", "8;8;0;4.2508e+05;0.438;0.179"], ";", ".", 6),
    ],
)
def test_the_usual_ways_of_writing_numbers_are_told_apart(rows: list[str], delimiter: str, decimal: str, width: int):
    dialect = find_dialect(rows * 20)
    assert dialect is not None
    assert (dialect.delimiter, dialect.decimal, len(dialect.names)) == (delimiter, decimal, width)
    assert dialect.n_skipped == 0


def test_names_come_from_the_line_above_the_numbers():
    dialect = find_dialect(["# rig 7, May", "", "DE (g),FE (g)", *["1.5,2.5"] * 20])
    assert dialect is not None
    assert dialect.names == ("DE (g)", "FE (g)")
    assert dialect.n_skipped == 3


def test_a_comment_sign_before_the_names_is_taken_off():
    for line, row in (("# de fe", "1.5 2.5"), ("#de,fe", "1.5,2.5"), ("% de;fe", "1;2")):
        dialect = find_dialect([line, *[row] * 20])
        assert dialect is not None
        assert dialect.names == ("de", "fe")


def test_names_are_never_the_same():
    dialect = find_dialect(["a,a_2,a,", *["1,2,3,4"] * 20])
    assert dialect is not None
    assert dialect.names == ("a", "a_2", "a_2_2", "c3")


def test_an_empty_last_column_is_empty():
    dialect = find_dialect(["a,b,", *["1,2,"] * 20])
    assert dialect is not None
    assert dialect.kinds == ("number", "number", "empty")


@pytest.mark.parametrize(
    "lines", [[], ["", ""], ["name,city", "Ann,Rome"], ["2024-05-01 10:00:00 INFO started"] * 20, ["{", '"a": 1', "}"]]
)
def test_what_is_no_table_of_numbers_has_no_dialect(lines: list[str]):
    assert find_dialect(lines) is None


@pytest.mark.parametrize(
    ("rows", "delimiter", "decimal", "kinds"),
    [
        (["2024-01-31 12:00:00.0005,1.5"] * 2, ",", ".", ("moment", "number")),
        (["2024-01-31T12:00:00Z;1,5;2,5"] * 2, ";", ",", ("moment", "number", "number")),
        (["31.01.2024;12:00:00,5;1,5"] * 2, ";", ",", ("date", "moment", "number")),
        (["1/31/2024 1:00:00 PM\t1.5\t2"] * 2, "\t", ".", ("moment", "number", "number")),
        (["2024-01-31 12:00:00.5 1.5 -2"] * 2, None, ".", ("date", "moment", "number", "number")),
        (["1.5,2.5,healthy", "1.5,2.5,outer race"], ",", ".", ("number", "number", "word")),
        (["1,5;2,5;ok"] * 2, ";", ",", ("number", "number", "word")),
        (["1;1.5;worn, hot"] * 2, ";", ".", ("number", "number", "word")),
        (["pump 7\t1.5\t"] * 2, "\t", ".", ("word", "number", "empty")),
    ],
)
def test_dates_times_and_words_may_stand_beside_numbers(rows: list[str], delimiter: str, decimal: str, kinds: tuple):
    dialect = find_dialect(rows * 20)
    assert dialect is not None
    assert (dialect.delimiter, dialect.decimal, dialect.kinds) == (delimiter, decimal, kinds)


@pytest.mark.parametrize(
    "line", ["5 apples and 3 pears", "call(1, 2, 3);", "<td>1</td>", "2024-05-01 10:00:00 ok", "2024-05-01, 10:00:00"]
)
def test_text_with_numbers_in_it_is_no_table(line: str):
    assert find_dialect([line] * 20) is None


def test_a_name_with_its_unit_is_one_name_though_spaces_are_between():
    dialect = find_dialect(["Time (s)  DE [m / s2]  FE", *["0.1 1.5 2.5"] * 20])
    assert dialect is not None
    assert dialect.names == ("Time (s)", "DE [m / s2]", "FE")
    assert dialect.units == ("s", "m / s2", None)


def test_a_line_of_units_below_the_names_gives_the_units():
    for units in ("s,m/s²,", "(s),(m/s²),()"):
        dialect = find_dialect(["made by a logger", "Time,DE,FE", units, "", *["0.1,1.5,2.5"] * 20])
        assert dialect is not None
        assert dialect.names == ("Time", "DE", "FE")
        assert dialect.units == ("s", "m/s²", None)


@pytest.mark.parametrize(
    ("above", "row", "names", "units"),
    [
        (["Name,DE,NDE", "Unit,g,m/s²"], "2024-05-01T10:00:00.5,1.5,2.5", ("Name", "DE", "NDE"), (None, "g", "m/s²")),
        (["Kanal;DE;NDE", "Einheit;g;mm/s"], "1,5;2,5", ("DE", "NDE"), ("g", "mm/s")),
        (["DE", "Unit g"], "1.5", ("DE",), ("g",)),
    ],
)
def test_a_line_of_units_may_begin_with_the_word_unit(above: list, row: str, names: tuple, units: tuple):
    dialect = find_dialect(["Logger 2000", *above, *[row] * 20])
    assert dialect is not None
    assert dialect.names == names
    assert dialect.units == units


def test_a_name_that_says_acceleration_and_ends_in_a_unit_of_it_tells_its_unit():
    for name, unit in {"acc_g": "g", "DE accel m/s²": "m/s2", "accX_mg": "mg", "vel_mm/s": "mm/s"}.items():
        dialect = find_dialect([f"time,{name}", *["0.1,1.5"] * 20])
        assert dialect is not None
        assert dialect.units == (None, unit)


@pytest.mark.parametrize("name", ["phase_A", "pump_in", "channel_g", "acc_V", "acc_x", "acc", "leg"])
def test_a_letter_behind_a_name_that_says_no_quantity_is_no_unit(name: str):
    dialect = find_dialect([f"time,{name}", *["0.1,1.5"] * 20])
    assert dialect is not None
    assert dialect.units == (None, None)


def test_settings_above_a_table_without_names_are_no_names():
    dialect = find_dialect(["Sample Interval,4e-06", "Record Length,2500", *["1.5,2.5"] * 20])
    assert dialect is not None
    assert dialect.names == ("c0", "c1")


def test_sensors_that_are_numbered_keep_their_numbers():
    dialect = find_dialect(["time,1,2", *["0.1,1.5,2.5"] * 20])
    assert dialect is not None
    assert dialect.names == ("time", "1", "2")
