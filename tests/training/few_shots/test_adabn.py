"""AdaBN: a machine that is heard through another gain and colour is read as before."""

import pytest
import torch
from tiny_nets import SMALL, accuracy, plan, windows

from pipeline.errors import RequestError
from pipeline.models.bundle import Model
from pipeline.preprocessing.base import Batch
from pipeline.training.few_shots import adabn
from pipeline.training.few_shots.adabn import adapt
from pipeline.training.learn import learn
from pipeline.training.out_of_fold import window_logits
from pipeline.training.window_set import WindowSet

RAW = [{"stft": {"n_fft": 64, "hop": 16}}, {"decibels": {"reference": 1.0}}]
"""Without `standardise`, and against a fixed reference: level is in the picture."""
WIDE = {"to_imagenet": {"low": -80.0, "high": 80.0}}
LOUD = SMALL | {"stages": [{"resize": {"rows": 32, "columns": 32}}, WIDE]}


def louder(given: WindowSet, factor: float) -> WindowSet:
    """The same machines, heard by a more sensitive sensor."""
    batches = tuple(batch._replace(values=factor * batch.values) for batch in given.batches)
    return WindowSet(tuple(row.changed(specimen=f"{row.specimen}x") for row in given.rows), batches, given.targets)


def trained(**branch: object):
    return learn(plan(LOUD | branch, stages=RAW), windows())[0]


def test_a_louder_machine_is_misread_by_the_source_and_read_after_adapting() -> None:
    model, heard = trained(), louder(windows(seed=1), 300.0)
    made = adapt(model, heard)
    assert accuracy(made.before, heard) < accuracy(made.after, heard)
    assert accuracy(made.after, heard) > 0.9
    torch.testing.assert_close(made.after, window_logits(made.model, heard))
    assert made.norms == (4,)


def test_every_norm_hands_on_what_it_did_on_the_training_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adabn, "PRIOR_WINDOWS", 1e-4)
    model, heard = trained(), louder(windows(seed=2), 30.0)
    adapted = adapt(model, heard).model.classifier

    def handed_on(net, given: WindowSet) -> list[torch.Tensor]:
        image, found = net.branches[0].image(net.shared(given.all_windows())), []
        for conv, norm, *rest in net.branches[0].backbone.eval().blocks:
            image = norm(conv(image))
            found.append(image)
            for layer in rest:
                image = layer(image)
        return found

    with torch.inference_mode():
        pairs = zip(handed_on(model.classifier, windows()), handed_on(adapted, heard), strict=True)
    for before, after in pairs:
        torch.testing.assert_close(after.mean(dim=(0, 2, 3)), before.mean(dim=(0, 2, 3)), atol=1e-3, rtol=1e-2)
        torch.testing.assert_close(after.std(dim=(0, 2, 3)), before.std(dim=(0, 2, 3)), atol=1e-3, rtol=1e-2)


def test_a_second_machine_is_fitted_from_the_first_as_from_the_training_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adabn, "PRIOR_WINDOWS", 1e-4)
    model, heard = trained(), louder(windows(seed=1), 300.0)
    by_way_of = adapt(adapt(model, louder(windows(seed=2), 10.0)).model, heard)
    torch.testing.assert_close(by_way_of.after, adapt(model, heard).after, atol=0.05, rtol=0.05)


def test_few_windows_keep_a_share_of_the_old_statistics() -> None:
    model, heard = trained(), windows(seed=2, per_label=1)
    before, after = (
        net.branches[0].head.centre for net in (model.classifier, adapt(model, heard, norms=False).model.classifier)
    )
    from pipeline.training.window_features import compute_features

    (features,) = compute_features(model.classifier, heard, None)
    torch.testing.assert_close(after, (16 * before + 12 * features.mean(dim=0)) / 28, atol=1e-5, rtol=1e-4)


def test_truth_is_not_looked_at_and_the_old_model_stays_as_it_is() -> None:
    model, heard = trained(), windows(seed=1)
    state = {name: value.clone() for name, value in model.classifier.state_dict().items()}
    blind = WindowSet(heard.rows, heard.batches, torch.zeros_like(heard.targets))
    assert torch.equal(adapt(model, heard).after, adapt(model, blind).after)
    assert all(torch.equal(value, state[name]) for name, value in model.classifier.state_dict().items())


def test_a_net_without_batch_norms_says_what_is_fitted_instead() -> None:
    pixels = {"stages": [{"resize": {"rows": 8, "columns": 8}}], "head": "ridge"}
    model = learn(plan(pixels, stages=RAW), windows())[0]
    made = adapt(model, louder(windows(), 300.0))
    assert made.norms == (0,)
    assert "only the centre and spread of its head are fitted" in made.notes[-1]
    # A gain adds a constant to decibels, which a centre takes away; what it knew already counts for 16 of 64 windows.
    assert accuracy(made.after, windows()) > 0.9


def test_a_model_that_keeps_no_reference_says_that_its_norms_stay() -> None:
    model = trained()
    made = adapt(Model(model.card, model.classifier), windows(seed=1))
    assert made.norms == (0,)
    assert "does not tell what batch norms of small saw" in made.notes[-1]


def test_a_handful_of_windows_is_refused() -> None:
    few = windows(per_label=1).some([0])
    with pytest.raises(RequestError, match="8 windows or more, got 4"):
        adapt(trained(), few)
    assert isinstance(few.batches[0], Batch)
