import pytest

from pipeline.readers.dialect import find_dialect


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


def test_an_empty_last_column_is_not_filled():
    dialect = find_dialect(["a,b,", *["1,2,"] * 20])
    assert dialect is not None
    assert dialect.filled == (True, True, False)


@pytest.mark.parametrize(
    "lines", [[], ["", ""], ["name,city", "Ann,Rome"], ["2024-05-01 10:00:00 INFO started"] * 20, ["{", '"a": 1', "}"]]
)
def test_what_is_no_table_of_numbers_has_no_dialect(lines: list[str]):
    assert find_dialect(lines) is None
