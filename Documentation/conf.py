# SPDX-License-Identifier: GPL-2.0
"""How Sphinx builds this documentation; scripts/check-docs runs it."""

import os
import subprocess

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.util.nodes import nested_parse_with_titles

project = "vhost-mem"
top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
html_show_copyright = False
# Types of the kernel's headers, which this documentation does not describe.
nitpick_ignore_regex = [("c:identifier", r"__.*|virtio_mem_config"), ("c:.*", r"__(u|s|virtio|aligned_u)\d+")]


class KernelDoc(Directive):
    """``.. kernel-doc:: FILE``: the kernel-doc comments of FILE, below the top."""

    required_arguments = 1

    def run(self):
        env = self.state.document.settings.env
        name = os.path.join(top, self.arguments[0])
        tool = os.path.join(top, "build/kernel-scripts/kernel-doc")
        env.note_dependency(name)
        if not os.path.exists(tool):
            raise self.error(f"there is no {tool}: run scripts/check static")
        text = subprocess.run(["perl", tool, "-rst", name], check=True, stdout=subprocess.PIPE,
                              encoding="utf-8").stdout
        node = nodes.section()
        node.document = self.state.document
        nested_parse_with_titles(self.state, StringList(text.expandtabs().splitlines(), name), node)
        return node.children


class TestTable(Directive):
    """``.. test-table:: COMMAND``: a table of tests, as the test files describe themselves.

    COMMAND prints a line for each: name, when it is run, and what it tests, with tabs
    in between.
    """

    required_arguments = 1
    titles = "name", "run by", "what it tests"
    widths = 15, 15, 70

    @staticmethod
    def row(cells):
        row = nodes.row()
        for cell in cells:
            # No markup: it is the text of a comment.
            row += nodes.entry("", nodes.paragraph("", cell))
        return row

    def run(self):
        # It depends on each test.
        self.state.document.settings.env.note_reread()
        lines = subprocess.run(os.path.join(top, self.arguments[0]), check=True,
                               stdout=subprocess.PIPE, encoding="utf-8").stdout.splitlines()
        group = nodes.tgroup("", *(nodes.colspec(colwidth=w) for w in self.widths),
                             cols=len(self.widths))
        group += nodes.thead("", self.row(self.titles))
        group += nodes.tbody("", *(self.row(line.split("\t")) for line in lines))
        return [nodes.table("", group)]


def setup(app):
    app.add_directive("kernel-doc", KernelDoc)
    app.add_directive("test-table", TestTable)
