"""From round times to the figures that are reported: medians, ratios, spreads and the verdict on noise.

Rounds of the two sides alternate, so round i of ours is compared with round i of the peer: a machine
whose speed drifts over minutes moves both by the same factor, and the ratio stays.
"""
import statistics
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Limits:
    """What makes a measurement unfit to be reported."""

    load: float = 0.5
    spread: float = 0.25
    foreign: float = 0.05
    idle: float = 0.05


@dataclass(frozen=True)
class Round:
    """One round: mean milliseconds per run on both sides, and what else the processors did meanwhile.

    The shares are fractions of the pinned cores' time: `foreign` went to other processes or was stolen by
    the host, `server_idle` and `peer_idle` is what a side used while the other one was being measured.
    """

    ours_ms: float
    peer_ms: float
    wire_ms: float
    foreign: float
    server_idle: float
    peer_idle: float
    paced_ms: float | None = None

    @property
    def ratio(self):
        return self.ours_ms / self.peer_ms


def spread(values):
    """Distance between the largest and the smallest value as a fraction of the median."""
    return (max(values) - min(values)) / statistics.median(values)


def summarise(rounds):
    """The figures of one network at one thread count, from its rounds."""
    ratios = [r.ratio for r in rounds]
    paced = [r for r in rounds if r.paced_ms is not None]
    return {
        "ours_ms": statistics.median(r.ours_ms for r in rounds),
        "ort_ms": statistics.median(r.peer_ms for r in rounds),
        "wire_ms": statistics.median(r.wire_ms for r in rounds),
        "ort_paced_ms": statistics.median(r.paced_ms for r in paced) if paced else None,
        "ratio_paced": statistics.median(r.ours_ms / r.paced_ms for r in paced) if paced else None,
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "ours_spread": spread([r.ours_ms for r in rounds]),
        "ort_spread": spread([r.peer_ms for r in rounds]),
        "foreign_share": max(r.foreign for r in rounds),
        "server_idle_share": max(r.server_idle for r in rounds),
        "ort_idle_share": max(r.peer_idle for r in rounds),
        "rounds": [asdict(r) for r in rounds],
    }


def noise(figures, limits):
    """Why these figures are unfit, one sentence each; empty when they are fit."""
    found = []

    def check(key, what, limit):
        if figures[key] > limit:
            found.append(f"{what} {figures[key]:.0%}, want at most {limit:.0%}")

    check("ort_spread", "ONNX Runtime's own rounds differ by", limits.spread)
    check("foreign_share", "other processes took", limits.foreign)
    check("server_idle_share", "mindird while idle used", limits.idle)
    check("ort_idle_share", "ONNX Runtime while idle used", limits.idle)
    return found


def markdown_rows(results):
    """A Markdown table of the results, with its head."""
    rows = ["| network | threads | mindird ms | ONNX Runtime ms | ratio | min–max | paced ratio | note |",
            "|---|---:|---:|---:|---:|---|---:|---|"]
    for r in results:
        paced = "" if r["ratio_paced"] is None else f"{r['ratio_paced']:.2f}"
        rows.append("| {net} | {threads} | {ours_ms:.3f} | {ort_ms:.3f} | {ratio:.2f} "
                    "| {ratio_min:.2f}–{ratio_max:.2f} | {paced} | {note} |".format(
                        paced=paced, note="noisy" if r["noise"] else "", **r))
    return "\n".join(rows) + "\n"
