"""Tuples and lists: of shapes that are open in the file, and of tensors."""
from extended.data import f32, i64

_Q = "P.operations._sequence_ops"
_OPEN = {"dynamic": (0,)}


def make(c):
    _queries(c)
    _builders(c)
    _tensors(c)


def _queries(c):
    for name, other in (("same", "(4, 6)"), ("other", "(4, 5)"), ("shorter", "(4,)")):
        c.add(f"equal_{name}", f"x0 * (x0.shape == {other})", [f32(4, 6)], want="tuple_equal", **_OPEN)
        for op in ("tuple_lt", "tuple_le", "tuple_greater_than", "tuple_greater_equal"):
            c.add(f"{op}_{name}", f"x0 * {_Q}.{op}()(x0.shape, {other})", [f32(4, 6)], want=op, **_OPEN)
        for op in ("list_equal", "list_lt", "list_le", "list_greater_than", "list_greater_equal"):
            c.add(f"{op}_{name}", f"x0 * {_Q}.{op}()(list(x0.shape), list({other}))", [f32(4, 6)], want=op, **_OPEN)
    for name, number in (("present", "6"), ("absent", "5"), ("first", "4")):
        c.add(f"contains_{name}", f"x0 * ({number} in x0.shape)", [f32(4, 6)], want="InSequence", **_OPEN)
        c.add(f"count_{name}", f"x0 * x0.shape.count({number})", [f32(4, 6, 6)], want="SequenceCount", **_OPEN)
    c.add("index_first", "x0 * x0.shape.index(6)", [f32(4, 6, 6)], want="SequenceIndex", **_OPEN)
    c.add("index_last", "x0 * x0.shape.index(5)", [f32(4, 6, 5)], want="SequenceIndex", **_OPEN)
    for op, low in (("SequenceMax", "max"), ("SequenceMin", "min")):
        c.add(f"{low}_shape", f"x0 * {_Q}.{op}()(x0.shape)", [f32(4, 6, 3)], want=op, **_OPEN)
        c.add(f"{low}_one", f"x0 * {_Q}.{op}()(x0.shape)", [f32(4)], want=op, **_OPEN)
        c.add(f"{low}_mixed", f"x0 * {_Q}.{op}()((x0.shape[0], 2, x0.shape[1] - 9))", [f32(4, 6)], want=op, **_OPEN)
    c.add("length", f"x0 * {_Q}.sequence_len()(ms.mutable((x0, x0), True))", [f32(2, 3)], want="sequence_len")


def _builders(c):
    c.add("add_shapes", f"ops.reshape(x0, {_Q}.SequenceAdd()(x0.shape, (1, 1)))", [f32(4, 6)], want="SequenceAdd", **_OPEN)
    c.add("multiply", f"ops.reshape(x0, {_Q}.SequenceMul()((x0.shape[0],), 2))", [f32(2, 2)], want="SequenceMul", **_OPEN)
    c.add("slice_step", f"ops.tile(x1, {_Q}.SequenceSlice()(x0.shape, 0, 3, 2))", [f32(2, 3, 4), f32(1, 2)], want="SequenceSlice", **_OPEN)
    c.add("slice_back", f"ops.reshape(x0, {_Q}.SequenceSlice()(x0.shape, 2, -5, -1))", [f32(2, 3, 4)], want="SequenceSlice", **_OPEN)
    c.add("slice_middle", f"ops.tile(x1, {_Q}.SequenceSlice()(x0.shape, 1, -1, 1))", [f32(2, 3, 4), f32(2)], want="SequenceSlice", **_OPEN)
    c.add("insert", f"ops.reshape(x0, {_Q}.ListInsert()(list(x0.shape), 1, 1))", [f32(2, 3)], want="ListInsert", **_OPEN)
    c.add("range", f"ops.tile(x0, {_Q}.make_range()(1, x0.shape[0], 1))", [f32(4, 1)], want="make_range", **_OPEN)
    c.add("range_step", f"ops.tile(x0, {_Q}.make_range()(5, x0.shape[0] - 4, -2))", [f32(4, 1)], want="make_range", **_OPEN)


def _tensors(c):
    c.add("to_tensor", f"{_Q}.TupleToTensor()(x0.shape, ms.int64)", [f32(4, 6)], want="TupleToTensor", **_OPEN)
    c.add("to_tensor_float", f"{_Q}.TupleToTensor()(x0.shape, ms.float32) * 0.5", [f32(4, 6)], want="TupleToTensor", **_OPEN)
    c.add("to_tensor_run_time", f"{_Q}.TupleToTensor()((x0[0].item(), 3), ms.int64)", [i64(4)], want="TupleToTensor")
    c.add("list_to_tensor", f"{_Q}.ListToTensor()(list(x0.shape), ms.int64)", [f32(4, 6)], want="ListToTensor", **_OPEN)
    c.add("from_tensor_run_time", f"{_Q}.TensorToTuple()(x0)[1] * x0", [i64(4)], want="TensorToTuple")
    for axis in (0, -1):
        c.add(f"stack_{axis}", f"{_Q}.SequenceStack({axis})((x0, x1))", [f32(2, 3), f32(2, 3)], want="SequenceStack")
        c.add(f"concat_{axis}", f"A.SequenceConcat({axis})((x0, x1))", [f32(2, 3), f32(2, 3)], want="SequenceConcat")
    c.add("add_n", f"{_Q}.SequenceAddN()((x0, x1, x0))", [f32(2, 3), f32(2, 3)], want="SequenceAddN")
    c.add("stack_three", f"{_Q}.SequenceStack(1)((x0, x1, x0))", [f32(2, 3), f32(2, 3)], want="SequenceStack")
    c.add("concat_same", "A.SequenceConcat(1)((x0, x1, x0))", [f32(2, 3), f32(2, 3)], want="SequenceConcat")
    c.add("unstack", f"{_Q}.SequenceUnstack(0)(x0)[1]", [f32(2, 3)], want="SequenceUnstack")
    c.add("unstack_all", f"{_Q}.SequenceUnstack(-1, 3)(x0)", [f32(2, 3)], want="SequenceUnstack")
