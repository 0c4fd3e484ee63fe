"""Witness: when a witness agrees with a verdict, and what is written down."""

import json

import pytest

from pipeline.diagnosis.witness.witness import FaultLine, OtherLine, Witness, agreement


def line(label: str, found: bool = False, hint: bool = False) -> FaultLine:
    band = None if label in ("imbalance", "misalignment", "looseness") else (1000.0, 2000.0)
    return FaultLine(label, 3.58, 107.4, 3.5848, 3, 14.24, 0.001, band, found, hint)


OUTER = Witness((line("outer_race", found=True), line("ball"), line("cage"), line("imbalance")))
QUIET = Witness((line("outer_race"), line("ball"), line("imbalance", hint=True)), unasked={"gear_tooth": "no gear"})
CAGE = Witness((line("ball"), line("cage", found=True)))
ROTOR = Witness((line("imbalance", hint=True), line("looseness")), unasked={"ball": "no bearing"})


@pytest.mark.parametrize(
    ("witness", "labels", "told"),
    [
        (OUTER, ["outer_race"], "yes"),
        (OUTER, ["outer_race", "ball"], "no"),
        (OUTER, ["ball"], "no"),
        (OUTER, ["healthy"], "no"),
        (OUTER, [], "no"),
        (QUIET, ["healthy"], "yes"),
        (QUIET, ["outer_race"], "no"),
        (QUIET, ["imbalance"], "yes"),
        (QUIET, ["gear_tooth"], "not applicable"),
        (QUIET, ["leak"], "not applicable"),
        (CAGE, ["ball"], "not applicable"),
        (CAGE, ["outer_race"], "no"),
        (ROTOR, ["healthy"], "not applicable"),
        (ROTOR, ["imbalance"], "yes"),
        (ROTOR, ["looseness"], "no"),
        (ROTOR, ["ball"], "not applicable"),
        (Witness(), ["healthy"], "not applicable"),
    ],
)
def test_agreement_is_about_what_was_asked_and_found(witness: Witness, labels: list[str], told: str) -> None:
    assert agreement(witness, labels) == told


def test_what_a_model_cannot_say_contradicts_nothing() -> None:
    assert agreement(OUTER, ["imbalance"]) == "no"
    assert agreement(OUTER, ["healthy"], known=["healthy", "imbalance"]) == "yes"


def test_json_has_the_lines_of_a_verdicts_witness() -> None:
    told = Witness(OUTER.lines, {"gear_tooth": "no gear"}, (OtherLine(2.5, 75.0, 9.0),), floor=0.001)
    plain = json.loads(json.dumps(told.to_dict(["outer_race"])))
    assert plain["agrees"] == "yes"
    assert plain["lines"] == [
        {"label": "outer_race", "order": 3.58, "hz": 107.4, "harmonics": 3, "snr_db": 14.2, "p_value": 0.001}
        | {"found": True, "hint": False, "band_hz": [1000, 2000]}
    ]
    assert [each["label"] for each in plain["absent"]] == ["ball", "cage", "imbalance"]
    assert plain["not_asked"] == {"gear_tooth": "no gear"}
    assert plain["others"] == [{"order": 2.5, "hz": 75.0}]
    assert (plain["floor"], plain["level"]) == (0.001, 0.05)
    assert "agrees" not in told.to_dict()
