#!/usr/bin/env python3
"""Writes the malformed and hostile MindIR files of this folder and expected.json, which says what reading and lowering each must answer.

Every file is small; what makes it hostile is in its name. The writer below knows just enough of protobuf for that.
"""
import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
INT64, STRING, BOOL, FLOAT, TENSORS, TUPLE, UMONAD = 7, 8, 9, 1, 19, 20, 23


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def num(field, value):
    return varint(field << 3) + varint(value)


def msg(field, *parts):
    body = b"".join(p.encode() if isinstance(p, str) else p for p in parts)
    return varint(field << 3 | 2) + varint(len(body)) + body


def tensor(dims, dtype=1, raw=None, name="", external=None, extra=b""):
    out = b"".join(num(1, d) for d in dims) + num(2, dtype) + msg(7, name)
    if raw is not None:
        out += msg(9, raw)
    if external:
        out += msg(12, msg(1, external[0]), num(2, external[1]), num(3, external[2]))
    return out + extra


def value(v):
    """The fields of an AttributeProto holding a Python value, without its name."""
    if isinstance(v, bytes):
        return v
    if isinstance(v, bool):
        return num(3, v) + num(16, BOOL)
    if isinstance(v, int):
        return num(3, v) + num(16, INT64)
    if isinstance(v, float):
        return varint(2 << 3 | 5) + struct.pack("<f", v) + num(16, FLOAT)
    if isinstance(v, str):
        return msg(5, v) + num(16, STRING)
    return b"".join(msg(17, value(x)) for x in v) + num(16, TUPLE)


def attribute(name, v):
    return msg(1, name) + value(v)


def constant(name, v):
    return msg(1, msg(2, name), msg(3, name), msg(4, "Constant"), msg(5, attribute("value", v)))


def constant_tensor(name, dims, dtype, raw):
    return constant(name, msg(12, tensor(dims, dtype, raw)) + num(16, TENSORS))


def declared(dims, dtype=1):
    return msg(5, msg(1, "shape"), msg(12, tensor(dims, dtype)), num(16, TENSORS))


def node(name, op, inputs, extra=b""):
    return msg(1, *[msg(1, i) for i in inputs], msg(2, name), msg(3, name), msg(4, b"REF::" + (op if isinstance(op, bytes) else op.encode())), msg(7, "Default/" + name), extra)


def graph_input(name, dims, dtype=1):
    return msg(5, msg(1, "g:" + name), msg(2, tensor(dims, dtype)))


def parameter(name, *args, **kw):
    return msg(3, tensor(*args, name="g:" + name, **kw))


def output(name):
    return msg(6, msg(1, name))


def graph(*parts):
    return msg(7, *parts, msg(2, "g"))


def function(name, inputs, *nodes):
    """A function whose result is y, in the scope of its name."""
    return msg(8, *[msg(5, msg(1, f"{name}:{i}")) for i in inputs], *nodes, msg(2, name), msg(6, msg(1, f"{name}:y")))


def primitive(op, **attributes):
    return msg(12, msg(1, op), msg(2, op), *[msg(3, attribute(k, v)) for k, v in attributes.items()])


def model(*parts):
    return msg(1, "1.1") + msg(2, "MindSpore") + msg(5, "2.10.0") + b"".join(parts) + num(10, 1) + num(13, 3)


def model_of(version, ir_version, *parts):
    """A file of an older MindSpore; the first three versions wrote neither the byte order nor a version of the format."""
    return msg(1, ir_version) + msg(2, "MindSpore") + msg(5, version) + b"".join(parts)


def referenced(name, reference, *fields):
    """An attribute that says in ref_attr_name what its values make up."""
    return msg(5, msg(1, name), *fields, msg(15, reference))


def old_node(result, op, inputs, *attributes):
    """A node up to 1.3: called other than its result, with the operator's attributes on it."""
    return msg(1, *[msg(1, i) for i in inputs], msg(2, result), msg(3, "node of " + result), msg(4, op), *attributes)


def old_constant(name, reference, *fields):
    return msg(1, msg(2, name), msg(3, name), msg(4, "Constant"), referenced("value", reference, *fields))


def old_transpose(reference, *fields):
    """x transposed by a permutation that is written like this."""
    return model_of("1.1.0", "0.1.0", graph(X, old_constant("p", reference, *fields), old_node("y", "Transpose", ["g:x", "p"]), output("y")))


X = graph_input("x", [2, 3])
CONV = dict(mode=1, stride=(1, 1, 1, 1), dilation=(1, 1, 1, 1), pad_mode="valid", pad_list=(0, 0, 0, 0), group=1, format="NCHW")


def one(op, inputs=("g:x",), constants=(), x=X, extra=b"", **attributes):
    """A model of one operator on the input x."""
    return model(graph(x, *constants, node("y", op, inputs, extra), output("y")), primitive(op, **attributes))


def tensors(dims):
    """The declared type of one tensor."""
    return msg(12, tensor(dims)) + num(16, TENSORS)


def structured(*fields):
    """A model that gives back an input whose type is not one tensor."""
    return model(graph(msg(5, msg(1, "g:x"), msg(5, *fields)), output("g:x")))


def with_args(op, *args, x=X, **attributes):
    """A model of one operator on x with constant arguments."""
    names = ["a%d" % i for i in range(len(args))]
    return one(op, ["g:x"] + names, [constant(n, a) for n, a in zip(names, args)], x, **attributes)


def with_parameter(*args, **kw):
    return model(graph(X, parameter("w", *args, **kw), node("y", "Add", ["g:x", "g:w"]), output("y")), primitive("Add"))


def conv(weight=(4, 3, 3, 3), x=(1, 3, 8, 8), **change):
    raw = b"\0" * 4 * abs(eval("*".join(map(str, weight)))) if 0 <= max(weight) < 1000 else b""
    return model(graph(graph_input("x", x), parameter("w", list(weight), raw=raw), node("y", "Conv2D", ["g:x", "g:w"]), output("y")),
                 primitive("Conv2D", **{**CONV, "out_channel": weight[0], "kernel_size": tuple(weight[2:]), **change}))


def nested(levels):
    v = value(1)
    for _ in range(levels):
        v = msg(17, v) + num(16, TUPLE)
    return v


def chain(op, count, inputs, *primitives, parts=()):
    nodes, last = [], "g:x"
    for i in range(count):
        nodes.append(node("n%d" % i, op, inputs(last)))
        last = "n%d" % i
    return model(graph(X, *parts, *nodes, output(last)), *primitives)


FLOATS6 = struct.pack("<6f", *range(6))
I, U = "INVALID_MODEL", "UNSUPPORTED"
C = graph_input("c", [], 9)
CALLS = (primitive("Partial"), primitive("Switch"), primitive("Add"), primitive("ReLU"))


def calling(*functions, inputs=("g:x",), first="f0"):
    """A model that calls f0 with its input."""
    return model(graph(X, C, node("y", first, inputs), output("y")), *functions, *CALLS)


def choosing(name, then, otherwise, arguments=("x",)):
    """A function of x and c that goes on in one of two functions."""
    inputs = [f"{name}:{a}" for a in arguments]
    return function(name, ["x", "c"], node(f"{name}:t", "Partial", [then, *inputs]), node(f"{name}:e", "Partial", [otherwise, *inputs]),
                    node(f"{name}:s", "Switch", [f"{name}:c", f"{name}:t", f"{name}:e"]), node(f"{name}:y", f"{name}:s", []))


def same(name, inputs=("x",)):
    """A function that returns its first input, which is a value under another name."""
    return msg(8, *[msg(5, msg(1, f"{name}:{i}")) for i in inputs], msg(2, name), msg(6, msg(1, f"{name}:{inputs[0]}")))


def calling_twice(depth):
    """2**depth calls."""
    functions = [function(f"f{i}", ["x"], node(f"f{i}:a", f"f{i + 1}", [f"f{i}:x"]), node(f"f{i}:b", f"f{i + 1}", [f"f{i}:a"]), node(f"f{i}:y", "Add", [f"f{i}:a", f"f{i}:b"]))
                 for i in range(depth)]
    return calling(*functions, same(f"f{depth}"))


def rotating(count):
    """A loop whose arguments move on by one place each round, all equal at first."""
    names = [f"x{i}" for i in range(count)]
    moved = ["f0:r", *[f"f0:{n}" for n in names[:-1]], "f0:c"]
    loop = function("f0", [*names, "c"], node("f0:r", "ReLU", [f"f0:{names[-1]}"]), node("f0:t", "Partial", ["f0", *moved]), node("f0:e", "Partial", ["f1", "f0:x0"]),
                    node("f0:s", "Switch", ["f0:c", "f0:t", "f0:e"]), node("f0:y", "f0:s", []))
    return calling(loop, same("f1"), inputs=["g:x"] * count + ["g:c"])


def doubled(depth, op):
    """Functions that hold one function twice, which holds one twice …"""
    inputs = {"Partial": lambda i: [f"p{i - 1}" if i else "f0"] * 2, "Switch": lambda i: ["g:c", *[f"p{i - 1}" if i else "f0"] * 2]}[op]
    return model(graph(X, C, *[node(f"p{i}", op, inputs(i)) for i in range(depth)], node("y", f"p{depth - 1}", ["g:x"]), output("y")), same("f0"), *CALLS)


LOOP_BODY = node("f2:r", "Concat", ["f2:l", "f2:i"]), node("f2:l", "MakeTuple", ["f2:x", "f2:x"]), constant("f2:i", 0), node("f2:y", "f0", ["f2:r", "f2:c"])

CASES = {
    "empty": (b"", I, "is empty"),
    "text": (b"this is not a model\n", I, "not a MindIR file"),
    "zeros": (b"\0" * 64, I, "not a MindIR file"),
    "png": (b"\x89PNG\r\n\x1a\n" + b"\0" * 32, I, "not a MindIR file"),
    "encrypted_gcm": (b"\xd8\x5e\x3a\x7f" + b"\1" * 64, U, "AES-GCM"),
    "encrypted_cbc": (b"\xd9\x5e\x3a\x7f" + b"\1" * 64, U, "AES-CBC"),
    "encrypted_sm4": (b"\xda\x5e\x3a\x7f" + b"\1" * 64, U, "SM4-CBC"),
    "big_endian": (msg(1, "1.1") + graph(X, output("g:x")) + num(10, 0), U, "big-endian"),
    "version_only": (msg(1, "1.1"), I, "no graph"),
    "wrong_wire_type": (msg(1, "1.1") + num(7, 3), I, "offset 5"),
    "field_beyond_end": (msg(1, "1.1") + b"\x3a\xff\x7f", I, "offset 5"),
    "no_output": (model(graph(X)), I, "has 0 outputs, want 1"),
    "two_outputs": (model(graph(X, output("g:x"), output("g:x"))), I, "has 2 outputs, want 1"),
    "output_undefined": (model(graph(X, output("g:nowhere"))), I, "is not defined"),
    "input_undefined": (one("ReLU", ["g:nowhere"]), I, "reads \"g:nowhere\", which nothing defines"),
    "duplicate_name": (model(graph(X, X, output("g:x"))), I, "defined twice"),
    "duplicate_node": (model(graph(X, node("y", "ReLU", ["g:x"]), node("y", "ReLU", ["g:x"]), output("y")), primitive("ReLU")), I, "defined twice"),
    "cycle": (model(graph(X, node("a", "Add", ["b", "g:x"]), node("b", "Add", ["a", "g:x"]), output("b")), primitive("Add")), I, "depends on its own result"),
    "self_cycle": (one("Add", ["y", "g:x"]), I, "depends on its own result"),
    "primitive_undefined": (model(graph(X, node("y", "Gone", ["g:x"]), output("y"))), I, "does not define"),
    "primitive_unknown": (one("FrobnicateV7"), U, "node \"Default/y\" (FrobnicateV7): this primitive is not supported"),
    "name_not_utf8": (one(b"\xff\xfe\x01Op"), U, "(???Op): this primitive is not supported"),
    "assign": (model(graph(X, parameter("w", [2, 3], raw=FLOATS6), node("s", "Add", ["g:w", "g:x"]), node("y", "Assign", ["g:w", "s"]), output("y")),
                     primitive("Add"), primitive("Assign", side_effect_mem=True)), U, "model.state"),
    "inplace_order": (model(graph(X, node("b", "ReLU", ["g:x"]), node("r", "Exp", ["b"]), node("w", "InplaceMul", ["b", "g:x"]), node("y", "Add", ["r", "w"]), output("y")),
                            primitive("ReLU"), primitive("Exp"), primitive("Add"), primitive("InplaceMul", side_effect_mem=True)), U,
                      "node \"Default/w\" (InplaceMul): writes memory that node \"Default/r\" (Exp) uses"),
    "inplace_view": (model(graph(X, constant("p", (1, 0)), node("b", "TransposeView", ["g:x", "p"]), node("y", "InplaceMul", ["b", "b"]), output("y")),
                           primitive("TransposeView", side_effect_mem=True), primitive("InplaceMul", side_effect_mem=True)), U, "writes through"),
    "inplace_larger": (model(graph(graph_input("x", [1, 3]), parameter("w", [2, 3], raw=FLOATS6), node("y", "InplaceMul", ["g:x", "g:w"]), output("y")),
                             primitive("InplaceMul", side_effect_mem=True)), I, "writes f32[2,3] into f32[1,3]"),
    "inplace_itself": (one("InplaceMul", ["y", "g:x"], side_effect_mem=True), I, "depends on its own result"),
    "inplace_alone": (one("InplaceMul", [], side_effect_mem=True), I, "want at least"),
    "embedding_norm": (model(graph(graph_input("x", [2], 6), parameter("w", [2, 3], raw=FLOATS6), constant("n", 1.0), constant("i", 0),
                                   node("y", "Embedding", ["g:x", "g:w", "i", "n"]), output("y")), primitive("Embedding", side_effect_mem=True)), U, "max_norm"),
    "side_effect": (one("WriteSomething", side_effect_io=True), U, "side effect"),
    "switch": (one("Switch"), I, "1 inputs, want 3"),
    "call_endless": (calling(function("f0", ["x"], node("f0:y", "f0", ["f0:x"]))), U, "it has no end"),
    "call_recursive": (calling(function("f0", ["x"], node("f0:a", "f0", ["f0:x"]), node("f0:y", "ReLU", ["f0:a"]))), U, "calls itself and goes on afterwards"),
    "call_exponential": (calling_twice(60), U, "than its size allows for"),
    "call_deep": (calling(*[function(f"f{i}", ["x"], node(f"f{i}:y", f"f{i + 1}", [f"f{i}:x"])) for i in range(5000)], same("f5000")), U, "nest deeper than"),
    "call_arguments": (calling(same("f0"), inputs=["g:x", "g:x"]), I, "is given 2 arguments, want 1"),
    "call_value": (calling(same("f0"), inputs=[], first="g:x"), I, "calls a tensor computed at run time, want a function"),
    "call_foreign": (calling(function("f0", ["x"], node("f0:y", "ReLU", ["g:x"]))), U, "a value of another function"),
    "partial_doubled": (doubled(60, "Partial"), U, "members at all levels"),
    "switch_doubled": (doubled(60, "Switch"), U, "members at all levels"),
    "switch_doubled_less": (doubled(16, "Switch"), U, "than its size allows for"),
    "branch_types": (model(graph(X, C, graph_input("k", [2, 3], 6), node("t", "Partial", ["f0", "g:x"]), node("e", "Partial", ["f0", "g:k"]),
                                 node("s", "Switch", ["g:c", "t", "e"]), node("y", "s", []), output("y")), same("f0"), *CALLS), U, "want one type"),
    "loop_types": (model(graph(X, C, node("y", "f0", ["g:x", "g:c"]), output("y")), choosing("f0", "f2", "f1", ("x", "c")), same("f1", ("x", "c")),
                         function("f2", ["x", "c"], *LOOP_BODY), primitive("MakeTuple"), primitive("Concat"), *CALLS), U, "a loop that depends on data keeps its types"),
    "loop_rotating": (rotating(1500), U, "than its size allows for"),
    "map_parameter": (model(graph(X, msg(10, b""), output("g:x"))), I, "map type"),
    "input_without_type": (model(graph(msg(5, msg(1, "g:x")), output("g:x"))), U, "neither a tensor nor a number"),
    "input_tuple_nested": (structured(msg(17, msg(17, tensors([2])) + num(16, TUPLE)), num(16, TUPLE)), U, "a tuple of tuples"),
    "input_tuple_open": (structured(msg(17, tensors([2])), msg(18, num(1, 1)), num(16, TUPLE)), U, "a tuple of open length"),
    "input_tuple_of_text": (structured(msg(17, num(16, STRING)), num(16, TUPLE)), U, "neither a tensor nor a number"),
    "input_tuple_wide": (structured(*[msg(17, tensors([2]))] * 5000, num(16, TUPLE)), U, "inputs"),
    "ok_input_tuple": (structured(msg(17, tensors([2])), msg(17, tensors([3])), num(16, TUPLE)), None, None),
    "input_of_strings": (model(graph(graph_input("x", [2], 8), output("g:x"))), U, "element type 8"),
    "input_negative": (model(graph(graph_input("x", [2, -5]), output("g:x"))), I, "dimension -5"),
    "input_rank": (model(graph(graph_input("x", [1] * 200), output("g:x"))), I, "rank 200"),
    "input_huge": (model(graph(graph_input("x", [1 << 40, 1 << 40]), output("g:x"))), U, "larger than"),
    "input_huge_empty": (model(graph(graph_input("x", [0, 1 << 62]), output("g:x"))), U, "larger than"),
    "parameter_huge": (with_parameter([1 << 40, 1 << 40], raw=FLOATS6), I, "impossible shape"),
    "parameter_negative": (with_parameter([-2, -3], raw=FLOATS6), I, "impossible shape"),
    "parameter_overflow": (with_parameter([1 << 32, 1 << 32], raw=b""), I, "impossible shape"),
    "parameter_zero_times_huge": (with_parameter([0, 1 << 62], raw=b""), I, "impossible shape"),
    "parameter_short": (with_parameter([2, 3], raw=FLOATS6[:8]), I, "8 bytes of values, want 24"),
    "parameter_long": (with_parameter([2], raw=FLOATS6), I, "24 bytes of values, want 8"),
    "parameter_without_values": (with_parameter([2, 3]), I, "no values"),
    "parameter_typed_array": (with_parameter([1], extra=varint(3 << 3 | 5) + struct.pack("<f", 1)), U, "typed array"),
    "parameter_rank": (with_parameter([1] * 40, raw=b"\0" * 4), I, "rank 40"),
    "parameter_dtype": (with_parameter([6], dtype=99, raw=FLOATS6), U, "element type 99"),
    "parameter_compressed": (with_parameter([2, 3], raw=FLOATS6, extra=num(16, 1)), U, "compression type 1"),
    "parameter_bool": (with_parameter([2], dtype=9, raw=b"\1\7"), I, "other than 0 and 1"),
    "parameter_unbroadcastable": (with_parameter([6], raw=FLOATS6), I, ""),
    "external_absolute": (with_parameter([6], external=("/etc/passwd", 0, 24)), I, "absolute"),
    "ok_external_parent": (with_parameter([3], external=("../mindir/external_data", 0, 12)), None, None),
    "external_outside": (with_parameter([6], external=("../../../package.json", 0, 24)), I, "outside the folder"),
    "external_missing": (with_parameter([6], external=("nowhere/data_0", 0, 24)), "NOT_FOUND", "nowhere/data_0"),
    "external_folder": (with_parameter([6], external=(".", 0, 24)), I, "not a regular file"),
    "external_no_name": (with_parameter([6], external=("", 0, 24)), I, "without a file name"),
    "external_nul": (with_parameter([6], external=("external_data\0x", 0, 24)), I, "without a file name"),
    "external_beyond": (with_parameter([6], external=("external_data", 60, 24)), I, "do not fit"),
    "external_negative_offset": (with_parameter([6], external=("external_data", -8, 24)), I, "do not fit"),
    "external_negative_length": (with_parameter([6], external=("external_data", 0, -24)), I, "do not fit"),
    "external_overflow": (with_parameter([6], external=("external_data", (1 << 63) - 1, (1 << 63) - 1)), I, "do not fit"),
    "external_short": (with_parameter([6], external=("external_data", 0, 20)), I, "20 bytes of values, want 24"),
    "external_repeated": (model(graph(X, *[parameter("w%d" % i, [3], external=("external_data", 0, 12)) for i in range(9)],
                                      node("t", "MakeTuple", ["g:w%d" % i for i in range(9)]), output("t")), primitive("MakeTuple")), I, "larger than the file"),
    "nested_values": (model(graph(constant("c", nested(2000)), output("c"))), I, "nest deeper"),
    "nested_tuples": (chain("MakeTuple", 2000, lambda last: [last], primitive("MakeTuple")), U, "nest deeper"),
    "wide_tuples": (chain("MakeTuple", 24, lambda last: [last] * 8, primitive("MakeTuple")), U, "outputs"),
    "hidden_wide_tuples": (model(graph(X, *[node("n%d" % i, "MakeTuple", ["n%d" % (i - 1) if i else "g:x"] * 8) for i in range(24)],
                                       constant("i", 0), node("y", "TupleGetItem", ["n23", "i"]), output("y")),
                                 primitive("MakeTuple"), primitive("TupleGetItem")), U, "members at all levels"),
    "tuple_index": (model(graph(X, node("t", "MakeTuple", ["g:x"]), constant("i", 7), node("y", "TupleGetItem", ["t", "i"]), output("y")),
                          primitive("MakeTuple"), primitive("TupleGetItem")), I, "index 7 is outside"),
    "tuple_of_tensor": (with_args("TupleGetItem", 0), I, "want a tuple"),
    "tile_bomb": (with_args("Tile", (1 << 40, 1)), None, ""),
    "tile_overflow": (with_args("Tile", (1 << 62, 1 << 62)), None, ""),
    "tile_negative": (with_args("Tile", (-1, 2)), None, ""),
    "tile_chain": (chain("Tile", 12, lambda last: [last, "m"], primitive("Tile"), parts=[constant("m", (8, 8))]), U, "larger than"),
    "broadcast_bomb": (with_args("BroadcastTo", (1 << 20, 1 << 20, 2, 3)), None, ""),
    "one_hot_bomb": (one("OneHot", ["g:x", "d", "on", "on"], [constant("d", 1 << 60), constant_tensor("on", [], 1, FLOATS6[:4])],
                         graph_input("x", [4], 6)), None, ""),
    "pad_bomb": (one("Pad", paddings=((0, 1 << 30), (0, 1 << 30))), None, ""),
    "pad_overflow": (one("Pad", paddings=((1 << 62, 1 << 62), (1 << 62, 1 << 62))), I, "padding"),
    "split_bomb": (with_args("Split", 1, 1000000000, x=graph_input("x", [0, 1000000000])), I, "cannot be split"),
    "unstack_bomb": (one("Unstack", x=graph_input("x", [1000000000, 0]), axis=0), I, "cannot be split"),
    "depth_to_space_bomb": (one("DepthToSpace", x=graph_input("x", [1, 4, 2, 2]), block_size=1 << 40), I, "block_size"),
    "reverse_sequence_bomb": (one("ReverseSequence", ["g:x", "g:l"], [graph_input("l", [1], 6)], graph_input("x", [1, 1 << 30]), seq_dim=1, batch_dim=0), U,
                              "1073741824 numbers asked for"),
    "tril_indices_bomb": (one("TrilIndices", [], row=4096, col=4096, offset=0, dtype=msg(12, num(2, 6)) + num(16, TENSORS)), U, "33554432"),
    "reshape_wrong": (with_args("Reshape", (7, -1)), I, "does not fit"),
    "reshape_overflow": (with_args("Reshape", (1 << 62, 1 << 62, -1)), I, "does not fit"),
    "reshape_two_unknown": (with_args("Reshape", (-1, -1)), I, "several unknown"),
    "reshape_by_text": (with_args("Reshape", "wide"), I, "want integers"),
    "reshape_by_input": (one("Reshape", ["g:x", "g:x"]), U, "computed at run time"),
    "transpose_repeated": (with_args("Transpose", (0, 0)), None, ""),
    "transpose_axis": (with_args("Transpose", (0, 9)), I, "axis 9"),
    "matmul_mismatch": (one("MatMul", ["g:x", "g:x"]), None, ""),
    "declared_differs": (one("ReLU", extra=declared([5])), I, "the file declares f32[5]"),
    "declared_dtype_differs": (one("ReLU", extra=declared([2, 3], 6)), I, "the file declares i32"),
    "conv_stride_zero": (conv(stride=(1, 1, 0, 1)), I, "stride has the value 0"),
    "conv_stride_three": (conv(stride=(1, 1, 1)), I, "stride has 3 values, want 2 or 4"),
    "conv_stride_huge": (conv(stride=(1, 1, 1 << 62, 1)), I, "stride has the value"),
    "conv_dilation_huge": (conv(dilation=(1, 1, 1 << 62, 1 << 62)), I, "dilation has the value"),
    "conv_pad_negative": (conv(pad_mode="pad", pad_list=(-1, -1, -1, -1), pad=(-7, 0, 0, 0)), I, "out of range"),
    "conv_pad_mode": (conv(pad_mode="sideways"), U, "pad_mode"),
    "conv_group_zero": (conv(group=0), None, ""),
    "conv_group_negative": (conv(group=-3), None, ""),
    "conv_kernel_larger": (conv(x=(1, 3, 2, 2)), None, ""),
    "conv_kernel_empty": (conv(weight=(4, 3, 0, 3)), None, ""),
    "conv_kernel_huge": (conv(weight=(0, 3, 1 << 32, 1 << 32)), None, ""),
    "conv_format": (conv(format="NHWC"), U, "want NCHW"),
    "conv_attribute_missing": (one("Conv2D", ["g:x", "g:x"], x=graph_input("x", [1, 3, 8, 8])), I, "\"kernel_size\" is missing"),
    "slice_stride_zero": (with_args("StridedSlice", (0, 0), (2, 2), (1, 0), 0, 0, 0, 0, 0), I, "stride 0"),
    "slice_stride_lowest": (with_args("StridedSlice", (0, 0), (2, 2), (1, -(1 << 63)), 0, 0, 0, 0, 0), I, "stride -9223372036854775808"),
    "ok_slice_begin_lowest": (with_args("StridedSlice", (-(1 << 63), 0), ((1 << 63) - 1, 2), ((1 << 63) - 1, 1), 0, 0, 0, 0, 0), None, None),
    "slice_entries": (with_args("StridedSlice", (0,) * 50, (1,) * 50, (1,) * 50, 0, 0, 0, 0, 0), I, "50 entries"),
    "slice_outside": (with_args("Slice", (0, 9), (1, 1)), I, "outside of dimension"),
    "slice_size": (with_args("Slice", (0, 0), (1, (1 << 63) - 1)), None, ""),
    "gather_axis": (one("Gather", ["g:x", "i", "a"], [constant_tensor("i", [1], 6, b"\0" * 4), constant("a", 5)]), I, "axis 5"),
    "cast_type": (with_args("Cast", 99), U, "element type 99"),
    "reduce_axis": (with_args("ReduceSum", (0, -7), False, False), I, "axis -7"),
    "softmax_axis": (with_args("Softmax", (4,)), I, "axis 4"),
    "top_k_huge": (with_args("TopK", 1 << 60), None, ""),
    "top_k_negative": (with_args("TopK", -1), None, ""),
    "lstm_sizes": (one("LSTM", ["g:x"] * 4, x=graph_input("x", [1, 1, 1]), input_size=1 << 40, hidden_size=1 << 40, has_bias=True, num_layers=1, bidirectional=False, proj_size=0), I, "hidden_size"),
    "adaptive_pool_huge": (one("AdaptiveAvgPool2D", x=graph_input("x", [1, 1, 4, 4]), output_size=(1 << 40, 1 << 40)), None, ""),
    "resize_huge": (with_args("ResizeNearestNeighbor", (1 << 40, 1 << 40), False, False, x=graph_input("x", [1, 1, 4, 4])), None, ""),
    "concat_nothing": (model(graph(X, node("t", "MakeTuple", []), constant("a", 0), node("y", "Concat", ["t", "a"]), output("y")),
                             primitive("MakeTuple"), primitive("Concat")), I, "want at least one"),
    "no_inputs": (one("ReLU", []), I, "0 inputs"),
    "string_output": (model(graph(constant("c", "text"), output("c"))), I, "want a tensor"),
    "unavailable_result": (model(graph(X, node("p", "LogSigmoid", ["g:x"]), constant("i", 1), node("y", "TupleGetItem", ["p", "i"]), output("y")),
                                 primitive("LogSigmoid"), primitive("TupleGetItem")), U, "not provided"),
    "constant_twice_unequal": (model(graph(X, constant("c", 1), constant("c", 2), node("y", "ReduceSum", ["g:x", "c"]), output("y")), primitive("ReduceSum", keep_dims=False, skip_mode=False)), I, "defined twice"),
    "mindspore_1_0": (num(1, 4) + msg(2, "MindSpore") + graph(X, output("g:x")), U, "written by MindSpore 1.0"),
    "onnx": (num(1, 8) + msg(2, "pytorch") + graph(X, output("g:x")), U, "an ONNX model written by pytorch"),
    "reference_too_few": (old_transpose("scalar:Tuple[value1,value2,],", num(10, 1), num(16, INT64)), U, "do not fit their description"),
    "reference_too_many": (old_transpose("scalar:Tuple[value1,],", num(10, 1), num(10, 0), num(16, INT64)), U, "do not fit their description"),
    "reference_unclosed": (old_transpose("scalar:Tuple[value1,value2,", num(10, 1), num(10, 0), num(16, INT64)), U, "do not fit their description"),
    "reference_deep": (old_transpose("scalar:" + "Tuple[" * 5000, num(10, 1), num(16, INT64)), U, "do not fit their description"),
    "reference_mixed": (old_transpose("scalar:Tuple[value1,value2,],", num(10, 1), varint(8 << 3 | 5) + struct.pack("<f", 0), num(16, INT64)), U, "of several kinds"),
    "reference_unknown": (old_transpose("riddle:value0", num(10, 1), num(16, INT64)), U, "described as \"riddle\""),
    "element_type_as_axis": (model(graph(X, constant("t", msg(12, num(2, 14)) + num(16, TENSORS)), node("y", "Cast", ["g:x", "t"]), output("y")), primitive("Cast")), U, "element type 14"),
    # These are unusual, but right.
    "ok_constant_twice": (model(graph(X, constant("c", (1,)), constant("c", (1,)), node("y", "ReduceSum", ["g:x", "c"]), output("y")), primitive("ReduceSum", keep_dims=False, skip_mode=False)), None, None),
    "ok_reference": (old_transpose("scalar:Tuple[value1,value2,],", num(10, 1), num(10, 0), num(16, INT64)), None, None),
    "ok_attribute_nobody_asks_for": (one("ReLU", SrcT=msg(12, num(2, 77)) + num(16, TENSORS)), None, None),
    "ok_old_style": (model(graph(X, msg(1, msg(1, "g:x"), msg(2, "y"), msg(3, "y"), msg(4, "ReLU")), output("y"))), None, None),
    "ok_attributes_on_primitive": (one("ReduceSum", axis=(1,), keep_dims=True, skip_mode=False), None, None),
    "ok_packed_dims": (model(graph(msg(5, msg(1, "g:x"), msg(2, msg(1, varint(2), varint(3)), num(2, 1))), output("g:x"))), None, None),
    "ok_unordered_nodes": (model(graph(X, node("y", "ReLU", ["a"]), node("a", "Abs", ["g:x"]), output("y")), primitive("ReLU"), primitive("Abs")), None, None),
    "ok_unknown_fields": (model(graph(X, node("y", "ReLU", ["g:x"]), output("y"), msg(77, "future")), primitive("ReLU"), msg(99, "later")), None, None),
}


def main():
    expected = {}
    for name, (data, code, text) in sorted(CASES.items()):
        with open(os.path.join(HERE, name + ".mindir"), "wb") as f:
            f.write(data)
        # No code, but a text: an error of whichever kind. Neither: the model is right.
        expected[name] = {"code": code, "contains": text}
    with open(os.path.join(HERE, "external_data"), "wb") as f:
        f.write(struct.pack("<16f", *range(16)))
    with open(os.path.join(HERE, "expected.json"), "w") as f:
        json.dump(expected, f, indent=1, sort_keys=True)
        f.write("\n")


if __name__ == "__main__":
    main()
