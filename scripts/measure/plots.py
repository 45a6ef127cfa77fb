# SPDX-License-Identifier: GPL-2.0
"""Plots of a summary, as SVG. Needs matplotlib."""

import io

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: E402

from names import device_name, format_ratio, format_value, metric_name  # noqa: E402

# Wong's colours, which the colour-blind can tell apart. Ours are blue.
COLOURS = {
    "ours": "#0072b2", "ours-prealloc": "#56b4e9", "ours-hugetlb": "#003b5c", "alone": "#0072b2",
    "ram": "#d55e00", "memfd": "#e69f00", "plain-memfd": "#e69f00", "memfd-prealloc": "#cc79a7",
    "hugetlb-prealloc": "#009e73", "crowd": "#e69f00", "file": "#f0e442",
}
MARKERS = {"7.2": "o", "10.0": "s", "none": "D"}
# Not drawn with the others: they are in the table.
DETAILS = ("-median", "-took")

pyplot.rcParams.update({
    "svg.fonttype": "none", "svg.hashsalt": "vhost-mem", "font.family": "sans-serif",
    "font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
    "axes.axisbelow": True, "grid.color": "#dddddd", "figure.facecolor": "none",
})


def _svg(figure):
    out = io.StringIO()
    figure.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    text = out.getvalue()
    return text[text.index("<svg"):]


def _log_axis(axes, low, high, formatter):
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    # Few decades need more lines than one for each.
    subs = (1, 2, 5) if high / low < 100 else (1, 3) if high / low < 10 ** 4 else (1,)
    axes.xaxis.set_major_locator(LogLocator(subs=subs))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formatter(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(True, axis="x")
    axes.tick_params(axis="y", length=0)


def plot_ratios(comparisons):
    """Each comparison a point with its spread, and a line where both are equal."""
    labels = list(dict.fromkeys((c["metric"], c["ours"]["driver"]) for c in comparisons))
    kinds = list(dict.fromkeys((c["theirs"]["device"], c["qemu"]) for c in comparisons))
    step = 0.8 / len(kinds)
    figure, axes = pyplot.subplots(figsize=(9, 0.5 + len(labels) * (0.2 + 0.13 * len(kinds))))
    seen = set()
    for c in comparisons:
        kind = (c["theirs"]["device"], c["qemu"])
        y = labels.index((c["metric"], c["ours"]["driver"])) + (kinds.index(kind) + 0.5) * step - 0.4
        qemu = "" if c["qemu"] == "none" else " (QEMU %s)" % c["qemu"]
        axes.errorbar(c["ratio"], y, xerr=[[c["ratio"] - c["low"]], [c["high"] - c["ratio"]]],
                      fmt=MARKERS.get(c["qemu"], "^"), color=COLOURS.get(kind[0], "#555555"),
                      markersize=5, elinewidth=1.4,
                      label=None if kind in seen else device_name(kind[0]) + qemu)
        seen.add(kind)
        if c["target"]:
            axes.plot([c["target"]] * 2, [y - step / 2, y + step / 2], color="#222222", linewidth=1.4)
    drivers = {driver for _, driver in labels} - {"bench", "none"}
    axes.set_yticks(range(len(labels)), [
        metric_name(m) + (" (%s driver)" % d if len(drivers) > 1 else "") for m, d in labels])
    axes.set_ylim(len(labels) - 0.5, -0.5)
    low = min(c["low"] for c in comparisons)
    high = max(max(c["high"], c["target"] or 0) for c in comparisons)
    _log_axis(axes, min(0.5, low / 1.2), max(2, high * 1.2), lambda v: "%g×" % v)
    axes.axvline(1, color="#222222", linewidth=1)
    for line in range(1, len(labels)):
        axes.axhline(line - 0.5, color="#eeeeee", linewidth=0.8)
    axes.set_xlabel("QEMU's divided by ours, by round: median, and 10th to 90th percentile. "
                    "Right of 1 ours is better." +
                    (" Black ticks: what is wanted." if any(c["target"] for c in comparisons) else ""))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9)
    return _svg(figure)


def plot_values(results, unit, tail=True):
    """Each result a point at its median, with a line to its 99th percentile."""
    labels = list(dict.fromkeys(r["metric"] for r in results))
    kinds = list(dict.fromkeys((r["device"], r["qemu"], r["driver"]) for r in results))
    drivers = {r["driver"] for r in results}
    step = 0.84 / len(kinds)
    figure, axes = pyplot.subplots(figsize=(9, 0.5 + len(labels) * (0.2 + 0.13 * len(kinds))))
    seen = set()
    for r in results:
        kind = (r["device"], r["qemu"], r["driver"])
        y = labels.index(r["metric"]) + (kinds.index(kind) + 0.5) * step - 0.42
        name = device_name(r["device"])
        if r["qemu"] != "none":
            name += " (QEMU %s%s)" % (r["qemu"], ", %s driver" % r["driver"] if len(drivers) > 1 else "")
        colour = COLOURS.get(r["device"], "#555555")
        filled = r["driver"] != "stock"
        axes.plot(r["p50"], y, MARKERS.get(r["qemu"], "^"), color=colour, markersize=5,
                  markerfacecolor=colour if filled else "white",
                  label=None if kind in seen else name)
        if tail:
            axes.plot([r["p50"], r["p99"]], [y, y], color=colour, linewidth=1.4)
            axes.plot(r["p99"], y, "|", color=colour, markersize=6)
        seen.add(kind)
    axes.set_yticks(range(len(labels)), [metric_name(m) for m in labels])
    axes.set_ylim(len(labels) - 0.5, -0.5)
    low = min(r["p50"] for r in results)
    high = max(r["p99"] if tail else r["p50"] for r in results)
    _log_axis(axes, low / 1.5, high * 1.5, lambda v: format_value(v, unit).replace(".00", "").replace(".0", ""))
    for line in range(1, len(labels)):
        axes.axhline(line - 0.5, color="#eeeeee", linewidth=0.8)
    axes.set_xlabel("Median%s" % (", and a line to the 99th percentile" if tail else ""))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9)
    return _svg(figure)


def is_detail(metric):
    return metric.endswith(DETAILS)


__all__ = ["plot_ratios", "plot_values", "is_detail", "format_ratio"]
