#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Usage: plot.py CSV SVG: draws what sim-plot prints, a row for each trace and a column
for each rule: what is plugged, and what the guests need."""

import csv
import sys

try:
    import matplotlib
except ImportError:
    sys.exit("plot.py: install python3-matplotlib")
matplotlib.use("Agg")
import matplotlib.pyplot as plt


def main(source, target):
    curves = {}
    with open(source, encoding="ascii") as file:
        for row in csv.DictReader(file):
            curve = curves.setdefault((row["trace"], row["rule"]), ([], [], [], []))
            for values, name in zip(curve, ("minute", "plugged", "demand", "pool")):
                values.append(float(row[name]))
    traces = list(dict.fromkeys(trace for trace, _ in curves))
    rules = list(dict.fromkeys(rule for _, rule in curves))
    figure, axes = plt.subplots(len(traces), len(rules), sharex=True, sharey="row",
                                figsize=(3 * len(rules), 2 * len(traces)), squeeze=False)
    for y, trace in enumerate(traces):
        for x, rule in enumerate(rules):
            minute, plugged, demand, pool = curves[trace, rule]
            axis = axes[y][x]
            axis.fill_between(minute, plugged, demand, where=[p > d for p, d in zip(plugged, demand)],
                              color="tab:gray", alpha=0.4, label="idle")
            axis.plot(minute, plugged, color="tab:blue", linewidth=0.8, label="plugged")
            axis.plot(minute, demand, color="tab:red", linewidth=0.8, label="needed")
            axis.plot(minute, pool, color="black", linewidth=0.6, linestyle=":", label="pool")
            if not y:
                axis.set_title(rule, fontsize=9)
            if not x:
                axis.set_ylabel(trace + " (GiB)", fontsize=8)
            axis.set_ylim(bottom=0)
            axis.tick_params(labelsize=7)
    axes[0][0].legend(fontsize=6)
    figure.supxlabel("minutes", fontsize=8)
    figure.tight_layout()
    figure.savefig(target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
