"""Python numbers: out of shapes that are open in the file, and out of elements, which are known only at run time."""
import numpy as np

from extended.data import f16, f32, i32, i64

_S = "P.operations._scalar_ops"
_OPEN = {"dynamic": (0,)}


def make(c):
    _arithmetic(c)
    _comparisons(c)
    _conversions(c)
    _at_run_time(c)


def _arithmetic(c):
    for op, low in (("ScalarAdd", "add"), ("ScalarSub", "sub"), ("ScalarMul", "mul"), ("ScalarDiv", "div"), ("ScalarFloorDiv", "floor_div"),
                    ("ScalarMod", "mod"), ("ScalarPow", "pow"), ("ScalarMax", "max"), ("ScalarMin", "min")):
        c.add(f"{low}_ints", f"x0 * A.{op}()(x0.shape[0], 3)", [f32(4, 2)], want=op, **_OPEN)
        c.add(f"{low}_float", f"x0 * A.{op}()(x0.shape[0], 1.5)", [f32(5, 2)], want=op, **_OPEN)
        c.add(f"{low}_negative", f"x0 * A.{op}()(x0.shape[0] - 11, 4)", [f32(4, 2)], want=op, **_OPEN)
    c.add("usub_shape", "x0 * (-x0.shape[0])", [f32(4, 2)], want="ScalarUsub", **_OPEN)
    c.add("usub_float", "x0 * (-(x0.shape[0] * 0.3))", [f32(4, 2)], want="ScalarUsub", **_OPEN)
    c.add("uadd_shape", "x0 * A.ScalarUadd()(x0.shape[0])", [f32(4, 2)], want="ScalarUadd", **_OPEN)
    c.add("log_shape", "x0 * A.ScalarLog()(x0.shape[0] * 1.5)", [f32(4, 2)], want="ScalarLog", **_OPEN)
    for op in ("and", "or", "xor"):
        sign = {"and": "&", "or": "|", "xor": "^"}[op]
        c.add(f"bit_{op}", f"x0 * (x0.shape[0] {sign} 6)", [f32(5, 2)], want=f"bit_{op}", **_OPEN)
        c.add(f"bit_{op}_negative", f"x0 * ((x0.shape[0] - 9) {sign} 6)", [f32(5, 2)], want=f"bit_{op}", **_OPEN)
        c.add(f"bit_{op}_shapes", f"x0 * (x0.shape[0] {sign} x0.shape[1])", [f32(5, 3)], want=f"bit_{op}", **_OPEN)
    for op, sign in (("left", "<<"), ("right", ">>")):
        c.add(f"bit_{op}_shift", f"x0 * (x0.shape[0] {sign} 1)", [f32(5, 2)], want=f"bit_{op}_shift", reference=(lambda x, s=sign: x * np.float32(10 if s == "<<" else 2)), **_OPEN)
    c.add("shape_chain", "ops.reshape(x0, (x0.shape[0] * 2, int(x0.shape[1] * 0.5), -1))", [f32(3, 4, 5)], **_OPEN)


def _comparisons(c):
    for op, sign in (("ScalarEq", "=="), ("ScalarLt", "<"), ("ScalarLe", "<="), ("ScalarGt", ">"), ("ScalarGe", ">=")):
        low = op.removeprefix("Scalar").lower()
        c.add(f"{low}_same", f"x0 * (x0.shape[0] {sign} 4)", [f32(4, 2)], want=op, **_OPEN)
        c.add(f"{low}_float", f"x0 * (x0.shape[0] {sign} 4.5)", [f32(4, 2)], want=op, **_OPEN)
        c.add(f"{low}_shapes", f"x0 * (x0.shape[0] {sign} x0.shape[1])", [f32(4, 2)], want=op, **_OPEN)
    c.add("bool_not", "x0 * (not (x0.shape[0] > 3))", [f32(4, 2)], want="BoolNot", **_OPEN)
    c.add("bool_not_true", "x0 * (not (x0.shape[0] > 5))", [f32(4, 2)], want="BoolNot", **_OPEN)
    c.add("not_equal", "x0 * (x0.shape[0] != 4)", [f32(4, 2)], want="BoolNot", **_OPEN)
    c.add("scalar_bool", "x0 * A.ScalarBool()(x0.shape[0])", [f32(4, 2)], want="ScalarBool", **_OPEN)
    c.add("scalar_bool_zero", "x0 * A.ScalarBool()(x0.shape[0] - 4)", [f32(4, 2)], want="ScalarBool", **_OPEN)


def _conversions(c):
    c.add("cast_to_int", "x0 * int(x0.shape[0] * 0.7)", [f32(10, 2)], want="ScalarCast", **_OPEN)
    c.add("cast_to_int_negative", "x0 * int(x0.shape[0] * -0.35)", [f32(10, 2)], want="ScalarCast", **_OPEN)
    c.add("cast_to_float", "x0 / float(x0.shape[0])", [f32(3, 2)], want="ScalarCast", **_OPEN)
    c.add("to_tensor", "x0 + ops.scalar_to_tensor(x0.shape[0], ms.float32)", [f32(3, 2)], want="ScalarToTensor", **_OPEN)
    c.add("to_tensor_f16", "x0 + ops.scalar_to_tensor(x0.shape[0] * 0.1, ms.float16)", [f16(3, 2)], want="ScalarToTensor", **_OPEN)
    c.add("to_tensor_int", "x0 + ops.scalar_to_tensor(x0.shape[0], ms.int32)", [i32(3, 2)], want="ScalarToTensor", **_OPEN)
    c.add("size", "x0 * x0.size", [f32(3, 2)], want="Size", **_OPEN)
    c.add("size_int", "x0 + x0.size", [i64(3, 2, 2)], want="Size", **_OPEN)
    c.add("size_empty", "x0.sum() + x0.size", [f32(0, 2)], want="Size", **_OPEN)


def _at_run_time(c):
    one = "x0[0, 0]"
    c.add("item_times_tensor", "x0 * x0.sum().item()", [f32(3, 2)], want="TensorToScalar")
    c.add("item_as_int", f"x0 * int({one})", [f32(3, 2) * 4], want="TensorToScalar")
    c.add("item_keeps_half", "x1 * x0.sum().item()", [f32(3, 2), f16(2, 2)], want="TensorToScalar")
    c.add("item_sum", f"x0 * ({one}.item() + 2)", [f32(3, 2)], want="ScalarAdd")
    c.add("item_quotient", f"x0 * ({one}.item() / 3)", [i64(3, 2)], want="ScalarDiv")
    c.add("item_floor_quotient", f"x0 * ({one}.item() // -4)", [i64(3, 2)], want="ScalarFloorDiv")
    c.add("item_remainder", f"x0 * ({one}.item() % 4)", [i64(3, 2)], want="ScalarMod")
    c.add("item_negative", f"x0 * (-{one}.item())", [f32(3, 2)], want="ScalarUsub")
    c.add("item_greater", f"x0 * ({one}.item() > 0.25)", [f32(3, 2)], want="ScalarGt")
    c.add("item_equal", f"x0 * ({one}.item() == 3)", [np.full((2, 2), 3, np.int64)], want="ScalarEq")
    c.add("item_to_tensor", f"x0 + ops.scalar_to_tensor({one}.item(), ms.float32)", [f32(3, 2)], want="ScalarToTensor")
    for name, bounds, array, numbers in (("ints", "0, x0[0].item(), 3", i64(2, low=9, high=20), lambda x: np.arange(0, x[0], 3)),
                                         ("back", "x0[0].item(), -4, -2", i64(2, low=1, high=9), lambda x: np.arange(x[0], -4, -2)),
                                         ("floats", "0.5, x0[0].item(), 0.25", np.float32([2.1, 0]), lambda x: np.arange(0.5, x[0], 0.25, np.float32)),
                                         ("typed", "0, x0[0].item(), 1, dtype=ms.float32", np.int64([5, 0]), lambda x: np.arange(x[0], dtype=np.float32))):
        c.add(f"arange_{name}", f"mint.arange({bounds})", [array], want="Arange", reference=numbers)
    c.add("arange_cut", "mint.arange(0, x0[0].item(), 1, dtype=ms.int64)", [np.float32([3.5, 0])], want="Arange", refused="bounds with a fraction")
    c.add("is_not_true", "x0 * 2 if (x0.shape[0] > 3) is not True else x0", [f32(3, 2)], want="is_not", **_OPEN)
    c.add("is_not_false", "x0 * 2 if (x0.shape[0] > 3) is not False else x0", [f32(3, 2)], want="is_not", **_OPEN)
