# SPDX-License-Identifier: GPL-2.0
"""
BTF, the kernel's description of its types: what is needed of it to write C.

A kernel module's BTF continues that of the kernel it was built for: its types and
strings are numbered from where the kernel's end. Read with the BTF of another kernel
it would be garbage that may look like types, so Btf() checks that each name begins
where a string begins, and that each type that is referred to exists.
"""

import struct

(INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC,
 FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64) = range(1, 20)

# Bytes that follow the common part of a type, and those for each of its elements.
EXTRA = {INT: (4, 0), ARRAY: (12, 0), STRUCT: (0, 12), UNION: (0, 12), ENUM: (0, 8),
         FUNC_PROTO: (0, 8), VAR: (4, 0), DATASEC: (0, 12), DECL_TAG: (4, 0), ENUM64: (0, 12)}
KEYWORD = {STRUCT: "struct", UNION: "union", ENUM: "enum", ENUM64: "enum"}
QUALIFIER = {CONST: "const", VOLATILE: "volatile", RESTRICT: "restrict"}
MAGIC = 0xeb9f


class BtfError(Exception):
    """What was given is no BTF, or not the one that it is said to be."""


def elf_section(data, wanted):
    """The content of a section of a 64-bit little-endian ELF file, or None."""
    if data[:6] != b"\x7fELF\x02\x01":
        raise BtfError("is no 64-bit little-endian ELF file")
    try:
        table, = struct.unpack_from("<Q", data, 0x28)
        size, number, names = struct.unpack_from("<HHH", data, 0x3a)
        headers = [struct.unpack_from("<IIQQQQIIQQ", data, table + i * size) for i in range(number)]
        strings = headers[names][4]
    except (struct.error, IndexError) as error:
        raise BtfError("is a truncated ELF file") from error
    for header in headers:
        begin = strings + header[0]
        if data[begin:data.index(b"\0", begin)] == wanted.encode():
            content = data[header[4]:header[4] + header[5]]
            if len(content) != header[5]:
                raise BtfError("is a truncated ELF file")
            return content
    return None


def image_btf(image):
    """
    The BTF of a kernel, or None. What arm64 boots is no ELF file, but memory as it is, so
    the one place is found where there is the header of BTF with what has to follow it.
    """
    if image[0x38:0x3c] != b"ARMd":
        return elf_section(image, ".BTF")
    begin, found = -1, []
    while (begin := image.find(struct.pack("<HBBI", MAGIC, 1, 0, 24), begin + 1)) >= 0:
        types, length, strings, strings_length = struct.unpack_from("<IIII", image, begin + 8)
        content = image[begin:begin + 24 + strings + strings_length]
        if (types == 0 and length == strings and strings_length
                and len(content) == 24 + strings + strings_length
                and content[24 + strings] == 0 and content[-1] == 0):
            found.append(content)
    if len(found) > 1:
        raise BtfError("has BTF in more than one place")
    return found[0] if found else None


class Type:
    """One type; extra is where its elements are in the data."""

    def __init__(self, name, info, value, extra):
        self.name = name            # offset of a string, over base and module
        self.kind = info >> 24 & 0x1f
        self.flag = info >> 31
        self.length = info & 0xffff
        self.value = value          # size in bytes, or the type that is referred to
        self.extra = extra


class Btf:
    """The types of a kernel; or of a module, if base is that of its kernel."""

    def __init__(self, data, base=None):
        self.data = data
        self.base = base
        self.first = base.end if base else 1
        self.first_string = base.end_string if base else 0
        self.types = []
        self.by_name = {}
        try:
            self._read()
        except (struct.error, KeyError) as error:
            raise BtfError("has BTF that is damaged, or of an unknown kind") from error
        self.end = self.first + len(self.types)
        if base:
            self._check()

    def _read(self):
        magic, version, _flags, header = struct.unpack_from("<HBBI", self.data)
        if magic != MAGIC or version != 1:
            raise BtfError("has BTF of an unknown version")
        begin, length, strings, strings_length = struct.unpack_from("<IIII", self.data, 8)
        self.strings = self.data[header + strings:header + strings + strings_length]
        self.end_string = self.first_string + len(self.strings)
        offset = header + begin
        end = offset + length
        while offset < end:
            name, info, value = struct.unpack_from("<III", self.data, offset)
            this = Type(name, info, value, offset + 12)
            fixed, each = (0, 0) if this.kind not in EXTRA else EXTRA[this.kind]
            if not INT <= this.kind <= ENUM64:
                raise BtfError(f"has BTF with a type of unknown kind {this.kind}")
            self.types.append(this)
            offset += 12 + fixed + each * this.length
        if offset != end or len(self.strings) != strings_length or self.strings[-1:] != b"\0":
            raise BtfError("has BTF that is damaged")

    def _check(self):
        for this in self.types:
            names, references = [this.name], []
            if this.kind in (PTR, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO):
                references.append(this.value)
            if this.kind in (STRUCT, UNION):
                members = list(struct.iter_unpack("<III", self._elements(this, 12)))
                names += [member[0] for member in members]
                references += [member[1] for member in members]
            if this.kind == FUNC_PROTO:
                members = list(struct.iter_unpack("<II", self._elements(this, 8)))
                names += [member[0] for member in members]
                references += [member[1] for member in members]
            if not all(map(self._is_string, names)) or any(ref >= self.end for ref in references):
                raise BtfError("does not belong to this vhost.ko")

    def _elements(self, this, size):
        return self.data[this.extra:this.extra + size * this.length]

    def _is_string(self, offset):
        if offset < self.first_string:
            return self.base._is_string(offset)
        offset -= self.first_string
        return offset < len(self.strings) and (offset == 0 or self.strings[offset - 1] == 0)

    def string(self, offset):
        """The string that begins at an offset."""
        if offset < self.first_string:
            return self.base.string(offset)
        offset -= self.first_string
        return self.strings[offset:self.strings.index(b"\0", offset)].decode()

    def type(self, number):
        """The type with a number, of the module or its base; not for 0, which is void."""
        if number < self.first:
            return self.base.type(number)
        return self.types[number - self.first]

    def _offset(self, name):
        """Where a string is; none is there twice."""
        found = self.strings.find(b"\0" + name.encode() + b"\0")
        if found >= 0:
            return self.first_string + found + 1
        return self.base._offset(name) if self.base else None

    def find(self, kind, name):
        """The number of a type of that kind and name, or None."""
        if not self.by_name:
            self.by_name = {(this.kind, this.name): number
                            for number, this in reversed(list(enumerate(self.types, self.first)))}
        number = self.by_name.get((kind, self._offset(name)))
        return self.base.find(kind, name) if number is None and self.base else number

    def members(self, number):
        """(name, type, offset in bits, bits of a bit field or 0) of a structure or union."""
        this = self.type(number)
        owner = self if number >= self.first else self.base
        for name, member, offset in struct.iter_unpack("<III", owner._elements(this, 12)):
            bits = 0
            if this.flag:
                offset, bits = offset & 0xffffff, offset >> 24
            yield self.string(name), member, offset, bits

    def _array(self, number):
        this = self.type(number)
        owner = self if number >= self.first else self.base
        element, _index, length = struct.unpack_from("<III", owner.data, this.extra)
        return element, length

    def resolve(self, number):
        """The number behind qualifiers, tags and typedefs."""
        while number and self.type(number).kind in (TYPEDEF, CONST, VOLATILE, RESTRICT, TYPE_TAG):
            number = self.type(number).value
        return number

    def embedded(self, number):
        """The number of what a member consists of: the element of an array, or itself."""
        while number and self.type(number).kind in (ARRAY, CONST, VOLATILE, TYPE_TAG):
            this = self.type(number)
            number = self._array(number)[0] if this.kind == ARRAY else this.value
        return number

    def size(self, number):
        """Bytes."""
        number = self.resolve(number)
        this = self.type(number)
        if this.kind == PTR:
            return 8
        if this.kind == ARRAY:
            element, length = self._array(number)
            return self.size(element) * length
        if this.kind in (INT, STRUCT, UNION, ENUM, ENUM64, FLOAT):
            return this.value
        raise BtfError(f"has a member without a size (kind {this.kind})")

    def parameters(self, number):
        """The parameters of a function's type, as C."""
        this = self.type(number)
        owner = self if number >= self.first else self.base
        result = [self.declare(parameter, "") if parameter else "..."
                  for _name, parameter in struct.iter_unpack("<II", owner._elements(this, 8))]
        return ", ".join(result) or "void"

    def declare(self, number, inner):
        """The C declaration of inner, a name with what belongs to it, as that type."""
        if number == 0:
            return f"void {inner}".rstrip()
        this = self.type(number)
        name = self.string(this.name)
        if this.kind == PTR:
            inner = "*" + inner
            if this.value and self.type(this.value).kind in (ARRAY, FUNC_PROTO):
                inner = f"({inner})"
            return self.declare(this.value, inner)
        if this.kind in QUALIFIER:
            if this.value and self.type(this.value).kind == PTR:
                return self.declare(this.value, f"{QUALIFIER[this.kind]} {inner}".rstrip())
            return f"{QUALIFIER[this.kind]} {self.declare(this.value, inner)}"
        if this.kind == TYPE_TAG:
            return self.declare(this.value, inner)
        if this.kind == ARRAY:
            element, length = self._array(number)
            return self.declare(element, f"{inner}[{length}]")
        if this.kind == FUNC_PROTO:
            return self.declare(this.value, f"{inner}({self.parameters(number)})")
        if this.kind == FWD:
            name = f"{'union' if this.flag else 'struct'} {name}"
        elif this.kind in KEYWORD:
            if not name and this.kind not in (STRUCT, UNION):
                raise BtfError("has a member of an enumeration without a name")
            name = f"{KEYWORD[this.kind]} {name}" if name else self.body(number)
        elif this.kind not in (INT, TYPEDEF, FLOAT):
            raise BtfError(f"has a member that cannot be declared (kind {this.kind})")
        return f"{name} {inner}".rstrip()

    def body(self, number):
        """A structure or union with its members, as C."""
        this = self.type(number)
        lines = [f"{KEYWORD[this.kind]} {self.string(this.name)}".rstrip() + " {"]
        for name, member, _offset, bits in self.members(number):
            field = self.declare(member, name) + (f" : {bits}" if bits else "")
            lines.append("\t" + field.replace("\n", "\n\t") + ";")
        return "\n".join(lines + ["}"])
