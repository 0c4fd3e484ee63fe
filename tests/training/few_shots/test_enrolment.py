"""Enrolment: new examples are learned, old classes stay, and what sums cannot do is refused."""

from pathlib import Path

import pytest
import torch
from tiny import TONES_HZ, tone
from tiny_nets import SMALL, accuracy, plan, windows

from pipeline.catalog.row import Row
from pipeline.errors import BundleError, RequestError
from pipeline.models.bundle import Model, load_bundle, save_bundle
from pipeline.preprocessing.base import Batch
from pipeline.training.few_shots.enrolment import enrol, logits_of, standardised
from pipeline.training.few_shots.reference import reference_of
from pipeline.training.heads.ridge import ridge
from pipeline.training.learn import learn
from pipeline.training.out_of_fold import window_logits
from pipeline.training.trained_on import seen_in_training
from pipeline.training.window_features import compute_features
from pipeline.training.window_set import WindowSet, target_of

RIDGE = SMALL | {"head": "ridge"}
PIXELS = {"stages": [{"resize": {"rows": 8, "columns": 8}}], "head": "ridge"}
OLD = ("healthy", "outer_race")


def only(
    labels: tuple[str, ...], known: tuple[str, ...], task: str = "multiclass", seed: int = 0, per_label: int = 4
) -> WindowSet:
    """Tones of some labels, with truth in the words of a model."""
    everything = windows(seed, per_label)
    found = everything.some([place for place, row in enumerate(everything.rows) if row.labels[0] in labels])
    rows = tuple(row.changed(specimen=f"{row.specimen}-{seed}", sha256=f"{row.signal}-{seed}") for row in found.rows)
    return WindowSet(rows, found.batches, torch.tensor([target_of(row, known, task) for row in rows]))


def trained(*branches: dict[str, object], task: str = "multiclass", labels: tuple[str, ...] = OLD) -> Model:
    """A model that never heard a ball fault."""
    known = labels if task == "multiclass" else tuple(label for label in labels if label != "healthy")
    asked = plan(*(branches or (RIDGE,)), task=task, labels=known)
    return learn(asked, only(labels, known, task))[0]


@pytest.mark.parametrize("method", ["head", "prototypes"])
@pytest.mark.parametrize("branches", [(RIDGE,), (RIDGE, PIXELS), (SMALL,)], ids=["ridge", "two branches", "logistic"])
def test_a_new_class_is_known_from_one_recording_and_old_ones_are_kept(method: str, branches: tuple) -> None:
    model, labels = trained(*branches), (*OLD, "ball")
    made = enrol(model, only(("ball",), labels, per_label=1, seed=5), labels, method)
    assert made.model.card.labels == labels
    new = only(tuple(TONES_HZ), labels, seed=7)
    assert accuracy(window_logits(made.model, new), new) > 0.95
    assert (made.after.argmax(dim=1) == made.truth.argmax(dim=1)).float().mean() > 0.95
    # The old model is not touched.
    assert model.card.labels == OLD
    assert window_logits(model, new).shape[1] == 2


def test_the_head_that_is_solved_anew_is_ridge_on_old_and_new_windows_together() -> None:
    model = trained()
    more = only(OLD, OLD, seed=3, per_label=2)
    made = enrol(model, more, OLD, "head")
    old = only(OLD, OLD)
    features = [
        standardised(model.classifier, compute_features(model.classifier, part, None))[0] for part in (old, more)
    ]
    truth = torch.cat([old.window_targets, more.window_targets])
    weight, bias = ridge(torch.cat(features), truth, [3.0])
    linear = made.model.classifier.branches[0].head.linear
    torch.testing.assert_close(linear.weight.detach(), weight[0], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(linear.bias.detach(), bias[0], atol=1e-4, rtol=1e-3)


def test_two_branches_are_summed_on_the_scale_of_old_and_new_windows() -> None:
    model, labels = trained(RIDGE, PIXELS), (*OLD, "ball")
    more = only(("ball",), labels, seed=3)
    net = enrol(model, more, labels, "head").model.classifier
    everything = WindowSet(
        (*only(OLD, labels).rows, *more.rows), (*only(OLD, labels).batches, *more.batches),
        torch.cat([only(OLD, labels).targets, more.targets]),
    )  # fmt: skip
    for place, (branch, found) in enumerate(zip(net.branches, compute_features(net, everything, None), strict=True)):
        torch.testing.assert_close(
            net.branch_spread[place], branch.head(found).std().detach().expand(3), rtol=1e-3, atol=1e-4
        )
        assert net.branch_centre[place].abs().max() == 0


def test_where_labels_may_be_together_prototypes_leave_other_rows_alone() -> None:
    model = trained(task="multilabel", labels=("healthy", "outer_race"))
    labels = ("outer_race", "ball")
    made = enrol(model, only(("ball",), labels, "multilabel", seed=5), labels, "prototypes")
    new = only(tuple(TONES_HZ), labels, "multilabel", seed=7)
    before, after = (window_logits(each, new)[:, 0] for each in (model, made.model))
    torch.testing.assert_close(after, before, atol=1e-5, rtol=1e-5)
    assert ((window_logits(made.model, new)[:, 1] > 0) == new.window_targets[:, 1].bool()).float().mean() > 0.95


def test_a_healthy_recording_teaches_the_absence_of_every_label() -> None:
    model = trained(task="multilabel", labels=("outer_race", "ball"))  # it never heard a sound machine
    labels = model.card.labels
    sound = only(("healthy",), labels, "multilabel", seed=9)
    assert (window_logits(model, sound) > 0).any()
    made = enrol(model, only(("healthy",), labels, "multilabel", seed=5), labels, "head")
    assert not (window_logits(made.model, sound) > 0).any()


def test_each_new_recording_is_judged_by_heads_that_did_not_learn_of_it() -> None:
    model, labels = trained(), (*OLD, "ball")
    more = only(("ball",), labels, seed=5, per_label=3)
    made = enrol(model, more, labels, "head")
    without = enrol(model, more.some([0, 1]), labels, "head").model
    torch.testing.assert_close(
        made.held_out[more.signal_of_window == 2], window_logits(without, more.some([2])), atol=1e-4, rtol=1e-3
    )
    assert enrol(model, more.some([0]), labels, "head").held_out is None


def test_a_part_is_judged_by_heads_that_learned_of_no_recording_of_it() -> None:
    model, labels = trained(), (*OLD, "ball")
    more = only(("ball",), labels, seed=5, per_label=4)
    rows = tuple(row.changed(specimen=f"pump {place // 2}") for place, row in enumerate(more.rows))
    pumps = WindowSet(rows, more.batches, more.targets)
    made = enrol(model, pumps, labels, "head")
    without = enrol(model, pumps.some([0, 1]), labels, "head").model
    torch.testing.assert_close(
        made.held_out[pumps.signal_of_window >= 2], window_logits(without, pumps.some([2, 3])), atol=1e-4, rtol=1e-3
    )
    assert enrol(model, pumps.some([0, 1]), labels, "head").held_out is None


def test_answers_of_a_logistic_head_keep_the_size_of_log_odds() -> None:
    model, labels = trained(SMALL), (*OLD, "ball")
    made = enrol(model, only(("ball",), labels, seed=5), labels, "head")
    new = only(tuple(TONES_HZ), labels, seed=7)
    sure = torch.softmax(window_logits(made.model, new), dim=1).max(dim=1).values
    assert sure.median() > 0.9
    assert "ridge regression now" in made.notes[0]


def test_a_bundle_keeps_its_reference_and_the_next_enrolment_builds_on_it(tmp_path: Path) -> None:
    labels = (*OLD, "ball")
    saved = save_bundle(trained(), tmp_path / "first")
    first = enrol(load_bundle(tmp_path / "first"), only(("ball",), labels, seed=5, per_label=1), labels, "head")
    save_bundle(first.model, tmp_path / "second")
    second = enrol(load_bundle(tmp_path / "second"), only(("ball",), labels, seed=6, per_label=1), labels, "head")
    both = only(("ball",), labels, seed=5, per_label=1), only(("ball",), labels, seed=6, per_label=1)
    at_once = enrol(
        load_bundle(tmp_path / "first"),
        WindowSet(both[0].rows + both[1].rows, both[0].batches + both[1].batches, torch.cat([b.targets for b in both])),
        labels,
        "head",
    )
    new = only(tuple(TONES_HZ), labels, seed=7)
    torch.testing.assert_close(
        window_logits(second.model, new), window_logits(at_once.model, new), atol=1e-4, rtol=1e-3
    )
    assert load_bundle(tmp_path / "first").fingerprint == saved.fingerprint


def test_what_was_enrolled_counts_as_seen_in_training() -> None:
    model, labels = trained(), (*OLD, "ball")
    more = only(("ball",), labels, seed=5)
    card = enrol(model, more, labels, "head").model.card
    assert all(seen_in_training(row, card.trained_on) for row in more.rows)
    assert not any(seen_in_training(row, model.card.trained_on) for row in more.rows)
    assert card.trained_on["windows"] == model.card.trained_on["windows"] + 16
    assert card.trained_on["specimens"] == 12


def test_a_damaged_reference_is_refused_and_a_model_without_one_loads(tmp_path: Path) -> None:
    model = trained()
    save_bundle(model, tmp_path / "with")
    path = tmp_path / "with" / "reference.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BundleError, match=r"reference\.safetensors is damaged"):
        load_bundle(tmp_path / "with")
    save_bundle(Model(model.card, model.classifier), tmp_path / "without")
    loaded = load_bundle(tmp_path / "without")
    assert loaded.reference == {}
    with pytest.raises(BundleError, match="keeps no features of its training side"):
        enrol(loaded, only(("ball",), (*OLD, "ball")), (*OLD, "ball"))


def test_a_head_with_hidden_layers_and_one_on_too_many_features_are_refused() -> None:
    labels = (*OLD, "ball")
    deep = trained(SMALL | {"hidden": [8], "head": {"method": "mlp", "epochs": 2}})
    with pytest.raises(BundleError, match="hidden layers, and only linear ones can be solved anew"):
        enrol(deep, only(("ball",), labels), labels)
    wide = trained({"stages": [{"resize": {"rows": 64, "columns": 64}}], "head": "ridge"})
    with pytest.raises(BundleError, match="more than 2048 features"):
        enrol(wide, only(("ball",), labels), labels)


def turns(label_seed: int, count: int) -> Batch:
    """Windows with speed and orders, for a net that reads fault orders."""
    samples = torch.from_numpy(tone("ball", label_seed, seconds=count)).reshape(count, 1, 2000)
    orders = torch.tensor([[3.6, 5.4, 4.7, 0.4]]).repeat(count, 1)
    return Batch(samples, torch.full((count,), 2000.0), torch.full((count,), 25.0), orders)


SHARED = {"stages": ["carrier_mean", "rivals"], "planes": "shared", "head": "ridge"}


def shared_model(labels: tuple[str, ...]) -> tuple[Model, WindowSet]:
    rows = tuple(
        Row(f"s{place}", f"s{place}.wav", labels=(label,), specimen=f"p{place}") for place, label in enumerate(labels)
    )
    targets = torch.tensor([target_of(row, labels, "multilabel") for row in rows])
    given = WindowSet(rows, tuple(turns(place, 4) for place in range(len(rows))), targets)
    from pipeline.windows import WindowConfig

    stages = [{"fault_order": {"carriers": 3, "carrier_hz": 400.0}}]
    asked = plan(SHARED, task="multilabel", labels=labels, stages=stages, window=WindowConfig(samples=2000))
    return learn(asked, given)[0], given


def test_a_shared_head_answers_for_a_new_plane_and_refuses_a_label_without_one() -> None:
    model, _ = shared_model(("inner_race", "outer_race"))
    labels = (*model.card.labels, "ball")
    rows = (Row("new", "new.wav", labels=("ball",), specimen="new"),)
    made = enrol(model, WindowSet(rows, (turns(9, 4),), torch.tensor([[0.0, 0.0, 1.0]])), labels, "head")
    # Old recordings were never asked about the ball's plane, and nobody pretends they were.
    assert made.after[:, 2].isnan().all()
    assert made.after[:, :2].isfinite().all()
    assert window_logits(made.model, WindowSet(rows, (turns(9, 4),), torch.zeros(1, 3))).isfinite().all()
    with pytest.raises(RequestError, match=r"none for cracked_gear; teach it to a model .* planes: together"):
        enrol(model, WindowSet(rows, (turns(9, 4),), torch.ones(1, 3)), (*model.card.labels, "cracked_gear"), "head")


def test_the_reference_holds_no_samples_and_stays_small() -> None:
    model = trained()
    kept = reference_of(model.classifier, only(OLD, OLD))
    assert {name: tuple(part.shape) for name, part in kept.tensors().items()} == {
        "targets": (32, 2), "0.features": (32, 64), "0.answers": (2, 2), "0.rows": (2,), "0.factors": (32, 65),
        "0.norm_sizes": (4,), "0.norm_means": (176,), "0.norm_vars": (176,),
    }  # fmt: skip
    torch.testing.assert_close(
        logits_of(model.classifier, [kept.branches[0].features]),
        window_logits(model, only(OLD, OLD)),
        atol=1e-5,
        rtol=1e-4,
    )
