#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
Usage: attrs-gen.py SPECIFICATION DIRECTORY

Writes attrs_gen.h and attrs_gen.c into DIRECTORY: what vmemctl has to know of
each attribute and event of the netlink specification. scripts/regen-netlink
runs it, after the kernel's generator has checked the specification.

YNL has no units, and its schema takes no key that it does not know. So the unit
of a u64 is taken from its doc, which has to name it; see UNITS.
"""

import os
import re
import sys

import yaml

# The first one whose words are in an attribute's doc is its unit.
UNITS = [
    (r"\bbytes\b", "ATTR_SIZE"),
    (r"\bmilliseconds\b", "ATTR_MS"),
    (r"\bphysical address\b", "ATTR_ADDR"),
    (r"\bnumber\b", "ATTR_COUNT"),
]

# kind: type in the struct, netlink type
KINDS = {
    "ATTR_U32": ("uint32_t", "NLA_U32"),
    "ATTR_ENUM": ("uint32_t", "NLA_U32"),
    "ATTR_COUNT": ("uint64_t", "NLA_U64"),
    "ATTR_SIZE": ("uint64_t", "NLA_U64"),
    "ATTR_ADDR": ("uint64_t", "NLA_U64"),
    "ATTR_MS": ("uint64_t", "NLA_U64"),
    "ATTR_STRING": ("char", "NLA_STRING"),
    "ATTR_FLAG": ("bool", "NLA_FLAG"),
    "ATTR_NEST": ("struct", "NLA_NESTED"),
}

# What a comment in a struct says of a kind.
REMARKS = {
    "ATTR_SIZE": "bytes",
    "ATTR_ADDR": "guest physical",
    "ATTR_MS": "ms",
}


def die(text):
    sys.exit(f"attrs-gen.py: {text}")


def c_name(name):
    return name.replace("-", "_")


def c_upper(name):
    return c_name(name).upper()


def kind_of(attr):
    """The kind of an attribute; None if it carries nothing."""
    doc = " ".join(attr.get("doc", "").split())
    # Of one that can be there several times, the command has code of its own.
    if attr["type"] in ("pad", "binary") or attr.get("multi-attr"):
        return None
    if attr["type"] == "nest":
        return "ATTR_NEST"
    if attr["type"] == "u32":
        return "ATTR_ENUM" if "enum" in attr else "ATTR_U32"
    if attr["type"] == "string":
        return "ATTR_STRING"
    if attr["type"] == "flag":
        return "ATTR_FLAG"
    if attr["type"] != "u64":
        die(f"attribute {attr['name']}: type {attr['type']} is unknown here")
    for pattern, kind in UNITS:
        if re.search(pattern, doc, re.IGNORECASE):
            return kind
    die(f"attribute {attr['name']}: its doc has to name the unit: bytes,"
        " milliseconds, a physical address or a number")
    return None


def align(text, column):
    """Tabs up to a column that is a multiple of 8."""
    return text + "\t" * max(1, (column - len(text) + 7) // 8)


class Specification:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            spec = yaml.safe_load(file)
        self.family = c_upper(spec["name"])
        self.sets = [(s["name"], [(a, kind_of(a)) for a in s["attributes"]])
                     for s in spec["attribute-sets"] if "subset-of" not in s]
        self.whole = {s["name"]: s.get("subset-of", s["name"]) for s in spec["attribute-sets"]}
        # Those that are in others come first: a struct has to be known.
        self.nested = {self.whole[a["nested-attributes"]] for _, attrs in self.sets
                       for a, kind in attrs if kind == "ATTR_NEST"}
        self.sets.sort(key=lambda s: s[0] not in self.nested)
        used = {a["enum"] for _, attrs in self.sets
                for a, kind in attrs if kind == "ATTR_ENUM"}
        self.enums = [d for d in spec["definitions"]
                      if d["type"] == "enum" and d["name"] in used]
        for enum in self.enums:
            if "value-start" in enum or any("value" in entry for entry in enum["entries"]):
                die(f"enum {enum['name']}: its values have to be 0, 1, 2 and so on")
        # Those about regions, which have names; see on_event() in nl.c for others.
        self.events = [op["name"] for op in spec["operations"]["list"]
                       if op.get("notify") == "region-get"]

    def attr_number(self, name, attr):
        return f"{self.family}_A_{c_upper(name)}_{c_upper(attr['name'])}"


BEGIN = """{spdx}
/*
 * Written by scripts/regen-netlink from Documentation/netlink/specs/vhost_mem.yaml.
 * Do not edit.
 */
"""


def struct(spec, name, attrs):
    lines = ["",
             f"/* A {name} as the kernel described it in one message. */",
             f"struct {c_name(name)} {{",
             "\tuint64_t present;\t\t/* bit n: attribute n was in the message */"]
    for attr, kind in attrs:
        if not kind:
            continue
        member = f"{KINDS[kind][0]} {c_name(attr['name'])}"
        if kind == "ATTR_NEST":
            member = f"struct {c_name(spec.whole[attr['nested-attributes']])} {c_name(attr['name'])}"
        if kind == "ATTR_STRING":
            member += "[REGION_STRING_MAX]"
        remark = f"enum {attr['enum']}" if kind == "ATTR_ENUM" else REMARKS.get(kind)
        if remark:
            lines.append("\t" + align(f"{member};", 32) + f"/* {remark} */")
        else:
            lines.append(f"\t{member};")
    return lines + ["};"]


def header(spec):
    lines = [BEGIN.format(spdx="/* SPDX-License-Identifier: GPL-2.0 */")]
    lines += ["#ifndef VMEMCTL_ATTRS_GEN_H",
              "#define VMEMCTL_ATTRS_GEN_H",
              "",
              "#include <stdbool.h>",
              "#include <stdint.h>",
              "",
              "/* More than the specification allows; what is longer gets cut. */",
              "#define REGION_STRING_MAX\t128"]
    for name, attrs in spec.sets:
        lines += struct(spec, name, attrs)
    lines += ["", "#endif /* VMEMCTL_ATTRS_GEN_H */", ""]
    return "\n".join(lines)


def tables(spec, set_name, attrs):
    c_set = c_name(set_name)
    last = f"{spec.family}_A_{c_upper(set_name)}_MAX + 1"
    lines = [f"const struct attr {c_set}_attrs[{last}] = {{"]
    for attr, kind in attrs:
        if not kind:
            continue
        name = attr["name"]
        label = name.replace("-", " ").capitalize()
        lines += [f"\t[{spec.attr_number(set_name, attr)}] = {{",
                  f'\t\t.name\t\t= "{name}",',
                  f'\t\t.label\t\t= "{label}",',
                  f"\t\t.kind\t\t= {kind},",
                  f"\t\t.offset\t\t= offsetof(struct {c_set}, {c_name(name)}),"]
        if kind == "ATTR_ENUM":
            values = f"{c_name(attr['enum'])}_values"
            lines += [f"\t\t.values\t\t= {values},",
                      f"\t\t.nr_values\t= NR({values}),"]
        if kind == "ATTR_NEST":
            lines.append(f"\t\t.nested\t\t= &{c_name(spec.whole[attr['nested-attributes']])}_set,")
        lines.append("\t},")
    lines += ["};", "", f"const struct nla_policy {c_set}_policy[{last}] = {{"]
    for attr, kind in attrs:
        if kind:
            lines.append("\t" + align(f"[{spec.attr_number(set_name, attr)}]", 48) +
                         f"= {{ .type = {KINDS[kind][1]} }},")
    lines += ["};", ""]
    if set_name in spec.nested:
        lines += [f"static const struct attr_set {c_set}_set = {{",
                  f"\t.attrs\t\t= {c_set}_attrs,",
                  f"\t.policy\t\t= {c_set}_policy,",
                  f"\t.max\t\t= {spec.family}_A_{c_upper(set_name)}_MAX,",
                  "};", ""]
    return lines


def source(spec):
    lines = [BEGIN.format(spdx="// SPDX-License-Identifier: GPL-2.0")]
    lines += ['#include "attrs.h"', "", "#define NR(array) (sizeof(array) / sizeof((array)[0]))", ""]
    for enum in spec.enums:
        lines.append(f"static const char *const {c_name(enum['name'])}_values[] = {{")
        for entry in enum["entries"]:
            number = f"{spec.family}_{c_upper(enum['name'])}_{c_upper(entry['name'])}"
            lines.append("\t" + align(f"[{number}]", 40) + f'= "{entry["name"]}",')
        lines += ["};", ""]
    for name, attrs in spec.sets:
        lines += tables(spec, name, attrs)
    lines.append(f"const char *const event_names[{spec.family}_CMD_MAX + 1] = {{")
    for name in spec.events:
        event = re.fullmatch(r"region-([a-z]+)-ntf", name)
        if not event:
            die(f"notification {name}: its name should be region-...-ntf")
        lines.append("\t" + align(f"[{spec.family}_CMD_{c_upper(name)}]", 40) +
                     f'= "{event.group(1)}",')
    lines += ["};", ""]
    return "\n".join(lines)


def main():
    if len(sys.argv) != 3:
        die("usage: attrs-gen.py SPECIFICATION DIRECTORY")
    spec = Specification(sys.argv[1])
    for name, text in (("attrs_gen.h", header(spec)), ("attrs_gen.c", source(spec))):
        with open(os.path.join(sys.argv[2], name), "w", encoding="utf-8") as file:
            file.write(text)


main()
