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


def setup(app):
    app.add_directive("kernel-doc", KernelDoc)
