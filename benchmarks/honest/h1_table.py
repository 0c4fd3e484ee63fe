"""H1's table: every image and method that is scored on it."""

from honest.methods import Method, chance, classic, level, trained, untrained
from honest.minirocket import minirocket
from honest.order_features import order_features
from honest.unchanged import ready

FOLD = "cwru_fold_efficientnet_lite0.yaml"
STFT = "cwru_stft_mobilenet_v2.yaml"
WAVELET = "cwru_wavelet_squeezenet.yaml"
ORDERS = "h1_fault_order_squeezenet.yaml"
NET, PIXELS = "frozen net, ridge", "pixels, ridge"
SAME_NET = ("branches.0.backbone=squeezenet1_1", "branches.0.layer=features.7", "branches.0.pool=mean_max")
"""The net of the wavelet config, for images whose own config has another; on the tuning folds as good as features.4
for fold, and better for stft."""
RANDOM = "branches.0.weights=random"
SMALL = "branches.0={stages: [{resize: {rows: 32, columns: 8}}], head: ridge}"
CELLS = "branches.0={stages: [], head: {method: ridge, strength: 10}}"
"""One penalty for both, from 0.3 to 100 on the tuning folds: 10 is the best with side bands (94.9), and 30 (93.3) no
more than 0.1 better without. It was sought after the default, 3, had been seen on the reported splits."""
SIDE_BANDS = "stages=[{fault_order: {sidebands: [shaft, cage]}}]"
ASKED = "{stages: [carrier_mean, rivals], planes: shared, head: {method: logistic, strength: 10}}"
SHARED = f"branches.0={ASKED}"
PICTURE = "{to_imagenet: {low: 0, high: 4}}"
FROZEN = (
    f"{{stages: [{{crop: {{columns: 5}}}}, resize, {PICTURE}], backbone: squeezenet1_1, layer: features.4, "
    "pool: mean_max, head: ridge}"
)
SUM = f"branches=[{FROZEN}, {ASKED}]"

READY = "{bundle: ready}"
SUM_READY = f"branches=[{FROZEN}, {ASKED}, {READY}]"
CNN_READY = f"branches=[{FROZEN}, {READY}]"

FOREST = "time statistics + envelope peaks, random forest"

NETS = {
    "squeezenet1_1": ("features.7", "features.4"),
    "mobilenet_v2": ("features.18", "features.3"),
    "efficientnet_lite0": ("blocks.4", "blocks.2"),
}
"""Where each net is read: for pictures of sound, half way up or further; for fault_order, low down, where a bright
pixel is still at its place. One choice each, none sought on the reported splits."""
FILES = {"fold": FOLD, "stft": STFT, "wavelet": WAVELET, "fault_order": ORDERS}


def at_layer(image: str, backbone: str, weights: str) -> tuple[str, ...]:
    """The settings that put a net, read at its layer, into the config of an image."""
    layer = NETS[backbone][image == "fault_order"]
    settings = {"backbone": backbone, "layer": layer, "pool": "mean_max", "weights": weights}
    return tuple(f"branches.0.{key}={value}" for key, value in settings.items())


def net(image: str, backbone: str, weights: str) -> Method:
    """A frozen net on an image, read at its layer."""
    overrides = at_layer(image, backbone, weights)
    usual = backbone == "squeezenet1_1" and weights == "imagenet"
    target = (94.1,) if usual and image == "fault_order" else ()
    quick = usual and image in ("wavelet", "fault_order")
    return Method(NET, image, trained(FILES[image], *overrides), target=target, quick=quick)


METHODS = (
    Method("majority: always the same answer", None, chance, quick=True),
    Method("level alone, ridge", None, level, quick=True),
    Method(FOREST, None, classic, quick=True),
    Method("log envelope peaks (15), logistic", None, order_features),
    Method("MiniRocket, ridge", None, minirocket),
    Method(PIXELS, "stft", trained(STFT, SMALL)),
    Method(PIXELS, "wavelet", trained(WAVELET, SMALL), quick=True),
    *(net(image, name, weights) for image in FILES for name in NETS for weights in ("imagenet", "random")),
    Method(
        "no training: own plane over the best other",
        "fault_order",
        untrained(ORDERS, CELLS),
        target=(92.5,),
        quick=True,
    ),
    Method("cells, ridge", "fault_order", trained(ORDERS, CELLS), target=(92.9,), quick=True),
    Method("cells with side bands, ridge", "fault_order", trained(ORDERS, SIDE_BANDS, CELLS), target=(94.0,)),
    Method("shared-plane head, logistic", "fault_order", trained(ORDERS, SIDE_BANDS, SHARED), quick=True),
    Method("sum: frozen net + shared-plane head", "fault_order", trained(ORDERS, SIDE_BANDS, SUM)),
    Method("ready model, no real label", "fault_order", ready, target=(96.6, 97.6), quick=True),
    Method("sum: frozen net + ready model", "fault_order", trained(ORDERS, SIDE_BANDS, CNN_READY)),
    Method(
        "sum: frozen net + shared-plane head + ready model",
        "fault_order",
        trained(ORDERS, SIDE_BANDS, SUM_READY),
        target=(96.5, 97.5),
        quick=True,
    ),
)

REGIMES = {"last two blocks": "{last_blocks: 2}", "whole net": "full", "from scratch": "scratch"}
