"""What the TensorRT engine is to reach on a GPU, judged from a result file of run.py.

Every target is judged figure by figure, for each network. One that is missed anywhere is missed; one that has figures
missing and misses nowhere is not measured in full, and not met. "Faster" compares the p50 of runs; PyTorch computes in the same precision, and
torch.compile stands for the fastest of its modes that was measured.
"""
import dataclasses

NETWORKS = ("resnet50", "bert_base", "mobilenet_v2", "vgg16", "inception_v3", "mobilenet_v3_large", "alexnet", "lenet5", "wide_deep")
BATCHES = (1, 8, 32)
PRECISIONS = ("fp32", "fp16")
# Times as fast as PyTorch eager, at the batch sizes that are judged.
TIMES_EAGER = {1: 3.0, 32: 1.3}
BATCH_OVER_COMPILE = 1
NETWORKS_OVER_COMPILE = 7
DISPATCH_US = 15.0
LEAST_COSINE = 0.999

MET, MISSED, OPEN = "met", "missed", "not measured in full"


@dataclasses.dataclass
class Verdict:
    """One target: whether it is met, and the figures that say so."""
    target: str
    state: str
    figures: str


def good(items, key):
    """An item that was measured without an error, or None."""
    item = items.get(key)
    return item if item is not None and "error" not in item else None


def p50(items, key):
    item = good(items, key)
    return None if item is None else item["run_us"]["p50"]


def compiled(items, stem):
    """The key of the fastest mode of torch.compile, or None."""
    keys = [key for key in items if key.startswith(f"{stem}/torch-compile") and good(items, key)]
    return min(keys, key=lambda key: p50(items, key), default=None)


def ratio(items, stem, key):
    """How many times as long as TensorRT with a CUDA graph something takes, or None."""
    own, other = p50(items, f"{stem}/tensorrt-graph"), p50(items, key) if key else None
    return None if own is None or other is None else other / own


def ratios(items, batch, other):
    """(how many times as long as TensorRT other(stem) takes, by network; what is said of those that were not measured)"""
    stems = {name: f"latency/{name}/{batch}/fp16" for name in NETWORKS}
    found = {name: ratio(items, stem, other(stem)) for name, stem in stems.items()}
    known = {name: value for name, value in found.items() if value is not None}
    return known, f", {len(NETWORKS) - len(known)} not measured" if len(known) < len(NETWORKS) else ""


def against_eager(items, batch):
    least = TIMES_EAGER[batch]
    known, missing = ratios(items, batch, lambda stem: f"{stem}/torch-eager")
    below = [f"{name} {value:.2f}" for name, value in known.items() if value < least]
    text = f"{len(known) - len(below)} of {len(NETWORKS)}" + (f", not {', '.join(below)}" if below else "") + missing
    return Verdict(f"fp16 at least {least:g} times as fast as PyTorch eager at batch {batch}, every network",
                   MISSED if below else OPEN if missing else MET, text)


def against_compile(items):
    known, missing = ratios(items, BATCH_OVER_COMPILE, lambda stem: compiled(items, stem))
    faster = [name for name, value in known.items() if value > 1]
    slower = [f"{name} {value:.2f}" for name, value in known.items() if value <= 1]
    text = f"{len(faster)} of {len(NETWORKS)}" + (f", not {', '.join(slower)}" if slower else "") + missing
    missed = len(slower) > len(NETWORKS) - NETWORKS_OVER_COMPILE
    return Verdict(f"fp16 faster than torch.compile at batch {BATCH_OVER_COMPILE}, at least {NETWORKS_OVER_COMPILE} networks",
                   MET if len(faster) >= NETWORKS_OVER_COMPILE else MISSED if missed else OPEN, text)


def each(target, keys, items, text_of, right):
    """A target that each of some items is to meet by itself."""
    known = {key: good(items, key) for key in keys if good(items, key)}
    failed = [key for key in keys if "error" in items.get(key, {})]
    wrong = [f"{key.split('/', 1)[1]} {text_of(item)}" for key, item in known.items() if not right(item)]
    wrong += [f"{key.split('/', 1)[1]} failed" for key in failed]
    text = f"{len(known) + len(failed) - len(wrong)} of {len(keys)}" + (f", not {', '.join(wrong)}" if wrong else "")
    return Verdict(target, MISSED if wrong else OPEN if len(known) < len(keys) else MET, text)


def dispatch(items):
    keys = [f"latency/{name}/{batch}/{precision}/tensorrt-graph" for batch in BATCHES for precision in PRECISIONS for name in NETWORKS]
    return each(f"host time per inference at most {DISPATCH_US:g} µs with a CUDA graph", keys, items, lambda item: f"{item['dispatch_us']['p50']:.1f} µs",
                lambda item: item["dispatch_us"]["p50"] <= DISPATCH_US)


def right_in_fp32(items):
    return each("fp32 within rtol 1e-3 of MindSpore's outputs, TF32 off", [f"check/{name}/fp32" for name in NETWORKS], items,
                lambda item: f"{item['outside']} of {item['numbers']} outside" + (", TF32 on" if item["tf32"] else ""),
                lambda item: item["outside"] == 0 and not item["tf32"])


def right_in_fp16(items):
    return each(f"fp16 with cosine similarity at least {LEAST_COSINE} to MindSpore's outputs", [f"check/{name}/fp16" for name in NETWORKS], items,
                lambda item: f"{item['cosine']:.5f}", lambda item: item["cosine"] >= LEAST_COSINE)


def same_network(items):
    """That both sides computed the same network. How much PyTorch loses in fp16 is its own affair: with weights that are random, more than on real ones."""
    keys = [f"latency/{name}/{batch}/fp32/torch-eager" for batch in BATCHES for name in NETWORKS]
    return each(f"PyTorch's fp32 outputs with cosine similarity at least {LEAST_COSINE} to TensorRT's", keys, items,
                lambda item: f"{item['cosine']:.5f}" if "cosine" in item else "not compared", lambda item: item.get("cosine", 0) >= LEAST_COSINE)


def judge(items):
    """The verdicts on all targets."""
    eager = [against_eager(items, batch) for batch in TIMES_EAGER]
    return eager + [target(items) for target in (against_compile, dispatch, right_in_fp32, right_in_fp16, same_network)]
