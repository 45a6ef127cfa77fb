# SPDX-License-Identifier: GPL-2.0
"""The HTML page of a report: one file, which needs nothing else."""

import html

from names import PARTS, device_name, format_ratio, format_value, metric_name
from plots import is_detail, plot_ratios, plot_values
from targets import TARGETS

STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.35rem; margin-top: 3rem; border-bottom: 1px solid #ccc; }
h3 { font-size: 1.05rem; margin-bottom: .3rem; }
table { border-collapse: collapse; font-size: .85rem; margin: 1rem 0; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #e4e4e4; white-space: nowrap; }
th { background: #f6f6f6; } th:first-child, td:first-child { text-align: left; }
td.text, th.text { text-align: left; white-space: normal; }
.good { color: #00664a; font-weight: bold; } .bad { color: #b0310b; font-weight: bold; }
.note { color: #555; font-size: .9rem; } details { margin: 1rem 0; } summary { cursor: pointer; }
svg { max-width: 100%; height: auto; } figure { margin: 1rem 0; overflow-x: auto; }
"""


def _table(head, rows, text=()):
    """Cells are text, or (text, class). Columns of words are in text."""
    def cell(tag, at, content):
        kind = "text" if at in text else ""
        if isinstance(content, tuple):
            content, more = content
            kind = ("%s %s" % (kind, more)).strip()
        return "<%s%s>%s</%s>" % (tag, ' class="%s"' % kind if kind else "", html.escape(content), tag)

    lines = ["<table><thead><tr>%s</tr></thead><tbody>" % "".join(
        cell("th", at, content) for at, content in enumerate(head))]
    for row in rows:
        lines.append("<tr>%s</tr>" % "".join(cell("td", at, content) for at, content in enumerate(row)))
    return "\n".join(lines + ["</tbody></table>"])


def _spread(c):
    return "%s (%s–%s)" % (format_ratio(c["ratio"]), format_ratio(c["low"]), format_ratio(c["high"]))


def _against(c):
    if c["ours"]["device"] == c["theirs"]["device"]:
        return "stock driver, " + device_name(c["theirs"]["device"])
    return device_name(c["theirs"]["device"])


def _qemu(name):
    return "" if name == "none" else name


def _targets(comparisons):
    rows = []
    for target in TARGETS:
        for c in comparisons:
            if c["target"] != target.ratio or c["metric"] not in target.metrics or \
                    c["theirs"]["device"] not in target.theirs:
                continue
            rows.append([target.text, metric_name(c["metric"]), _against(c), _qemu(c["qemu"]),
                         (_spread(c), "good" if c["met"] else "bad"), "yes" if c["met"] else "no"])
    if not rows:
        return "<p>None of the parts with a target was measured.</p>"
    for at in range(len(rows) - 1, 0, -1):
        if rows[at][0] == rows[at - 1][0]:
            rows[at][0] = ""
    return _table(("Target", "Metric", "Against", "QEMU", "Ratio (spread)", "Met"), rows, (0, 1, 2))


def _worse(comparisons):
    rows = [[metric_name(c["metric"]), _against(c), _qemu(c["qemu"]), (_spread(c), "bad"),
             c["explanation"] or "nobody has explained this yet"]
            for c in comparisons if c["worse"] and c["theirs"]["device"] != "crowd"]
    if not rows:
        return "<p>No metric is worse than QEMU's beyond the spread of the rounds.</p>"
    return _table(("Metric", "Against", "QEMU", "Ratio (spread)", "Why"), rows, (0, 1, 4))


def _plots(part, results, comparisons):
    figures = []
    shown = [c for c in comparisons if not is_detail(c["metric"])]
    between = [c for c in shown if c["ours"]["device"] != c["theirs"]["device"]]
    if between:
        figures.append(("Ratios", plot_ratios(between)))
    drivers = [c for c in shown if c["ours"]["device"] == c["theirs"]["device"] == "ours"]
    if drivers:
        figures.append(("Our guest driver against the kernel's own, both with our device",
                        plot_ratios([dict(c, theirs={"device": "stock driver", "driver": ""})
                                     for c in drivers])))
    for unit, name in (("ns", "Times"), ("bytes", "Sizes")):
        values = [r for r in results if r["unit"] == unit and r["p50"] > 0 and not is_detail(r["metric"])]
        for qemu in dict.fromkeys(r["qemu"] for r in values):
            figures.append(("%s%s" % (name, "" if qemu == "none" else ", QEMU " + qemu),
                            plot_values([r for r in values if r["qemu"] == qemu], unit,
                                        part == "requests")))
    return "\n".join("<h3>%s</h3>\n<figure>%s</figure>" % (html.escape(title), svg)
                     for title, svg in figures)


def _part(part, summary):
    results = [r for r in summary["results"] if r["part"] == part]
    comparisons = [c for c in summary["comparisons"] if c["part"] == part]
    title, text = PARTS.get(part, (part, ""))
    lines = ["<h2>%s</h2>" % html.escape(title), "<p>%s</p>" % html.escape(text)]
    apart = [c for c in comparisons if not c["interleaved"]]
    if apart:
        lines.append('<p class="note">%d of %d comparisons are of values that were not measured in '
                     'turn; trust them less.</p>' % (len(apart), len(comparisons)))
    lines.append(_plots(part, results, comparisons))
    lines.append("<details><summary>All ratios</summary>%s</details>" % _table(
        ("Metric", "Against", "QEMU", "Driver", "Rounds", "Ratio (spread)", "In turn"),
        [[metric_name(c["metric"]), _against(c), _qemu(c["qemu"]), c["ours"]["driver"],
          str(c["rounds"]), (_spread(c), "bad" if c["worse"] else ""),
          "yes" if c["interleaved"] else "no"] for c in comparisons], (0, 1)))
    lines.append("<details><summary>All values</summary>%s</details>" % _table(
        ("Metric", "Device", "QEMU", "Driver", "n", "median", "p99", "min", "max"),
        [[metric_name(r["metric"]), device_name(r["device"]), _qemu(r["qemu"]), r["driver"],
          str(r["n"])] + [format_value(r[key], r["unit"]) for key in ("p50", "p99", "min", "max")]
         for r in results], (0, 1)))
    return "\n".join(lines)


def page(summary):
    """The whole page, as text."""
    parts = [p["part"] for p in summary["parts"]]
    known = [p for p in PARTS if p in parts] + [p for p in parts if p not in PARTS]
    lines = [
        "<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">',
        "<title>vhost-mem and QEMU's virtio-mem</title><style>%s</style></head><body>" % STYLE,
        "<h1>vhost-mem and QEMU's virtio-mem</h1>",
        "<p>Both kinds of devices are in the same VM, on the same host, in the same boot, and are "
        "measured in turn. A ratio is QEMU's value divided by ours, of the same round; its spread "
        "is from the 10th to the 90th percentile of all rounds.</p>",
        "<h2>Targets</h2>", _targets(summary["comparisons"]),
        "<h3>Worse than QEMU's</h3>", _worse(summary["comparisons"]),
    ]
    lines += [_part(part, summary) for part in known]
    lines.append("<h2>What it ran on</h2>")
    for environment in summary["environments"]:
        lines.append(_table(("", ""), sorted(environment.items()), (0, 1)))
    lines.append("<p class=\"note\">%s</p></body></html>" % html.escape(", ".join(
        "%s: %d min" % (p["part"], (p["seconds"] + 59) // 60) for p in summary["parts"])))
    return "\n".join(lines) + "\n"
