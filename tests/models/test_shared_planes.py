"""One head for all fault planes: what it is asked does not depend on which bearing taught it."""

from pathlib import Path

import pytest
import torch
from sklearn.metrics import roc_auc_score

from pipeline.errors import ConfigError
from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import Model, ModelCard, load_bundle, save_bundle
from pipeline.models.classifier import Classifier
from pipeline.models.inference import FeatureMaker
from pipeline.models.intake_of import intake_of
from pipeline.preprocessing.base import Batch, Setting
from pipeline.signals.simulation.simulated_machine import random_machine
from pipeline.signals.simulation.synthetic import simulate
from pipeline.training.fit import solve_heads
from pipeline.training.regime import TrainedBranchConfig
from pipeline.windows import WindowConfig

LABELS = ("ball", "inner_race", "outer_race")
SETTING = Setting(12000.0, 12000)
STAGES = ["fault_order"]
ON_CELLS = TrainedBranchConfig(stages=["carrier_mean", "rivals"], planes="shared", head="logistic")
ON_PICTURES = BranchConfig(
    stages=["rivals", {"resize": {"rows": 32, "columns": 32}}, {"to_imagenet": {"low": 0, "high": 4}}],
    backbone="small",
    planes="shared",
)


def net(config: BranchConfig, labels: tuple[str, ...] = LABELS) -> Classifier:
    torch.manual_seed(0)
    return Classifier(STAGES, [config], SETTING, labels).eval()


def heard(label: str, seed: int) -> Batch:
    """A second of a simulated machine, a different one for every seed."""
    signal = simulate(random_machine(seed), [label], severity_db=9.0)
    assert signal.bearing
    orders = tuple(signal.bearing.orders)
    return Batch.of(torch.from_numpy(signal.samples)[None], 12000.0, signal.speed_hz, orders)


@pytest.mark.parametrize("config", [ON_CELLS.architecture, ON_PICTURES], ids=["cells", "pictures"])
def test_exchanging_two_fault_orders_exchanges_the_two_answers(config: BranchConfig) -> None:
    classifier = net(config)
    with torch.no_grad():
        # All but which plane it is.
        classifier.branches[0].head.linear.weight[:, -3:] = 0.0
    samples = torch.randn(2, 1, 12000, generator=torch.Generator().manual_seed(2))
    outer, inner = (Batch.of(samples, 12000.0, 30.0, orders) for orders in ((3.6, 5.4, 4.7, 0.4), (5.4, 3.6, 4.7, 0.4)))
    with torch.no_grad():
        one, other = classifier(outer), classifier(inner)
    assert one.std() > 0
    torch.testing.assert_close(one[:, [0, 2, 1]], other, atol=1e-5, rtol=1e-5)


def test_a_head_that_never_met_a_ball_fault_knows_one() -> None:
    """Every bearing teaches every fault: balls are in the test alone."""
    classifier = net(ON_CELLS.architecture)
    maker = FeatureMaker(classifier)
    taught = [(label, seed) for seed in range(15) for label in ("outer_race", "inner_race", "healthy")]
    features = torch.cat([maker.features(heard(label, seed))[0] for label, seed in taught])
    targets = torch.tensor([[float(name == label) for name in LABELS] for label, _ in taught])
    solve_heads(classifier, [ON_CELLS], [features], targets, multiclass=False)
    asked = [("ball", seed) for seed in range(40, 52)] + [("healthy", seed) for seed in range(60, 72)]
    scores = torch.cat([maker.logits(heard(label, seed)) for label, seed in asked])[:, 0]
    assert roc_auc_score([label == "ball" for label, _ in asked], scores.numpy()) > 0.9


def test_a_label_without_a_plane_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="none for cage"):
        net(ON_CELLS.architecture, ("ball", "cage"))


def test_planes_that_have_no_rivals_beside_them_cannot_be_asked() -> None:
    with pytest.raises(ConfigError, match="put fault_order and rivals before it"):
        net(BranchConfig(stages=[], planes="shared"))


def test_a_saved_shared_head_answers_as_before(tmp_path: Path) -> None:
    config = BranchConfig(stages=["carrier_mean", "rivals"], planes="shared", hidden=(8, 4))
    classifier = net(config)
    card = ModelCard(
        name="shared", task="multilabel", labels=LABELS, stages=classifier.shared.specs,
        branches=[config.model_copy(update={"stages": classifier.branches[0].chain.specs})],
        intake=intake_of(classifier, WindowConfig(samples=12000)),
    )  # fmt: skip
    save_bundle(Model(card, classifier), tmp_path / "model")
    batch = heard("ball", 3)
    again = load_bundle(tmp_path / "model").classifier
    with torch.no_grad():
        assert torch.equal(again(batch), classifier(batch))
