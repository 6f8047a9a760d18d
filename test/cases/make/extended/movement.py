"""Moving, repeating, joining and making elements."""
import numpy as np

from extended.data import f16, f32, flags, i32, i64


def make(c):
    _copies(c)
    _views(c)
    _splits(c)
    _joins(c)
    _repeats(c)
    _pads(c)
    _fills(c)
    _patches(c)


def _copies(c):
    for op in ("Identity", "Contiguous", "Copy", "Clone", "Detach"):
        low = op.lower()
        c.add(f"{low}_f32", f"A.{op}()(x0) + 1", [f32(2, 3)], want=op, same="x0 + 1")
        c.add(f"{low}_i64", f"A.{op}()(x0 * 2)", [i64(3)], want=op, same="x0 * 2")
        c.add(f"{low}_transposed", f"A.{op}()(ops.transpose(x0, (1, 0)))", [f16(2, 3)], want=op, same="ops.transpose(x0, (1, 0))")
    c.add("stop_gradient", "ops.stop_gradient(x0) * 2", [f32(2, 3)])


def _views(c):
    c.add("view_as", "A.ViewAs()(x0, x1)", [f32(2, 6), f32(3, 4)], want="ViewAs", same="ops.reshape(x0, (3, 4))")
    c.add("expand_as", "A.ExpandAs()(x0, x1)", [f32(2, 1), f32(3, 2, 4)], want="ExpandAs", same="ops.broadcast_to(x0, (3, 2, 4))")
    c.add("expand_as_i64", "A.ExpandAs()(x0, x1)", [i64(1), i64(3, 2)], want="ExpandAs", same="ops.broadcast_to(x0, (3, 2))")
    c.add("expand_as_bool", "A.ExpandAs()(x0, x1)", [flags(3), f32(2, 3)], want="ExpandAs", same="ops.broadcast_to(x0, (2, 3))")
    c.add("flatten_ext_all", "A.FlattenExt()(x0, 0, -1)", [f32(2, 3, 2)], want="FlattenExt", same="ops.reshape(x0, (-1,))")
    c.add("flatten_ext_some", "A.FlattenExt()(x0, 1, 2)", [f32(2, 3, 2, 4)], want="FlattenExt", same="ops.reshape(x0, (2, 6, 4))")
    c.add("flatten_ext_scalar", "A.FlattenExt()(x0.sum(), 0, -1)", [f32(2, 3)], want="FlattenExt", same="ops.reshape(x0.sum(), (1,))")
    c.add("t_ext", "A.TExt()(x0)", [f32(2, 3)], want="TExt", same="ops.transpose(x0, (1, 0))")
    c.add("t_ext_vector", "A.TExt()(x0)", [f32(3)], want="TExt", same="x0 * 1")
    c.add("t_ext_i64", "A.TExt()(x0)", [i64(1, 3)], want="TExt", same="ops.transpose(x0, (1, 0))")
    c.add("transpose_ext_view", "A.TransposeExtView()(x0, 0, -1) + 1", [f32(2, 3, 4)], want="TransposeExtView", same="ops.transpose(x0, (2, 1, 0)) + 1")
    c.add("transpose_ext_view_same", "A.TransposeExtView()(x0, 1, 1) + 1", [f32(2, 3, 4)], want="TransposeExtView", same="x0 + 1")
    c.add("transpose_ext_view_i32", "A.TransposeExtView()(x0, 1, 2) + 1", [i32(2, 3, 4)], want="TransposeExtView", same="ops.transpose(x0, (0, 2, 1)) + 1")
    c.add("narrow", "A.Narrow()(x0, 1, 1, 2)", [f32(2, 4)], want="Narrow", same="x0[:, 1:3]")
    c.add("narrow_view", "A.NarrowView()(x0, 0, 1, 2) + 1", [i32(4, 2)], want="NarrowView", same="x0[1:3] + 1")
    c.add("narrow_negative", "A.Narrow()(x0, -1, 2, 2)", [f16(2, 4)], want="Narrow", same="x0[:, 2:4]")
    c.add("narrow_empty", "A.Narrow()(x0, 0, 2, 0)", [f32(3, 2)], want="Narrow", reference=lambda x: x[2:2])
    c.add("select_ext_view", "A.SelectExtView()(x0, 1, 2) + 1", [f32(2, 4)], want="SelectExtView", same="x0[:, 2] + 1")
    c.add("select_ext_view_last", "A.SelectExtView()(x0, 0, -1) + 1", [i64(3, 2)], want="SelectExtView", same="x0[-1] + 1")
    c.add("select_ext_view_axis", "A.SelectExtView()(x0, -1, 0) + 1", [f16(3, 2, 2)], want="SelectExtView", same="x0[:, :, 0] + 1")
    for op, low in (("SliceExt", "slice_ext"), ("SliceExtView", "slice_ext_view")):
        c.add(f"{low}_step", f"A.{op}()(x0, 1, 0, 5, 2) + 1", [f32(2, 5)], want=op, same="x0[:, 0:5:2] + 1")
        c.add(f"{low}_negative", f"A.{op}()(x0, -1, -3, -1, 1) + 1", [i32(2, 5)], want=op, same="x0[:, -3:-1] + 1")
        c.add(f"{low}_beyond", f"A.{op}()(x0, 0, 1, 99, 1) + 1", [f16(3, 2)], want=op, same="x0[1:] + 1")
    c.add("diagonal_view", "A.DiagonalView()(x0, 0, 0, 1) + 1", [f32(3, 4)], want="DiagonalView", reference=lambda x: np.diagonal(x) + 1)
    c.add("diagonal_view_above", "A.DiagonalView()(x0, 1, -1, 0) + 1", [f32(3, 4)], want="DiagonalView", reference=lambda x: np.diagonal(x, 1, -1, 0) + 1)
    c.add("diagonal_view_batch", "A.DiagonalView()(x0, -1, 1, 2) + 1", [i32(2, 3, 4)], want="DiagonalView", reference=lambda x: np.diagonal(x, -1, 1, 2) + 1)
    c.add("diagonal", "A.Diagonal(0, 0, 1)(x0)", [f32(3, 4)], want="Diagonal", reference=np.diagonal)
    c.add("diagonal_batch", "A.Diagonal(1, 0, 2)(x0)", [f32(2, 3, 4)], want="Diagonal", reference=lambda x: np.diagonal(x, 1, 0, 2))
    c.add("diagonal_outside", "A.Diagonal(9, 0, 1)(x0)", [f32(3, 4)], want="Diagonal", reference=lambda x: np.diagonal(x, 9))


def _splits(c):
    for op, low in (("SplitTensor", "split_tensor"), ("SplitTensorView", "split_tensor_view")):
        c.add(f"{low}_even", f"A.{op}()(x0, 2, 0)[1] + 1", [f32(4, 3)], want=op, same="x0[2:] + 1")
        c.add(f"{low}_rest", f"A.{op}()(x0, 2, 1)[2] + 1", [f32(2, 5)], want=op, same="x0[:, 4:] + 1")
        c.add(f"{low}_large", f"A.{op}()(x0, 9, -1)[0] + 1", [i32(2, 3)], want=op, same="x0 + 1")
    for op, low in (("SplitWithSize", "split_with_size"), ("SplitWithSizeView", "split_with_size_view")):
        c.add(f"{low}_f32", f"A.{op}()(x0, (1, 3), 0)[1] + 1", [f32(4, 3)], want=op, same="x0[1:] + 1")
        c.add(f"{low}_zero", f"A.{op}()(x0, (2, 0, 1), -1)[2] + 1", [f16(2, 3)], want=op, same="x0[:, 2:] + 1")
        c.add(f"{low}_i64", f"A.{op}()(x0, (1, 1, 1), 1)[0] + 1", [i64(2, 3)], want=op, same="x0[:, :1] + 1")
    for op, low in (("Chunk", "chunk"), ("ChunkView", "chunk_view")):
        c.add(f"{low}_even", f"A.{op}()(x0, 2, 0)[1] + 1", [f32(4, 3)], want=op, same="x0[2:] + 1")
        c.add(f"{low}_fewer", f"A.{op}()(x0, 4, 1)[2] + 1", [f32(2, 6)], want=op, same="x0[:, 4:] + 1")
        c.add(f"{low}_rest", f"A.{op}()(x0, 3, -1)[2] + 1", [i32(2, 7)], want=op, same="x0[:, 6:] + 1")
    c.add("unstack_ext_view", "A.UnstackExtView()(x0, 1)[2] + 1", [f32(2, 3)], want="UnstackExtView", same="x0[:, 2] + 1")
    c.add("unstack_ext_view_first", "A.UnstackExtView()(x0, 0)[0] + 1", [i64(2, 3)], want="UnstackExtView", same="x0[0] + 1")
    c.add("unstack_ext_view_last", "A.UnstackExtView()(x0, -1)[1] + 1", [f16(2, 3, 2)], want="UnstackExtView", same="x0[:, :, 1] + 1")


def _joins(c):
    c.add("stack_ext", "A.StackExt(0)((x0, x1))", [f32(2, 3), f32(2, 3)], want="StackExt", same="ops.stack((x0, x1), 0)")
    c.add("stack_ext_last", "A.StackExt(-1)((x0, x1))", [i64(2, 3), i64(2, 3)], want="StackExt", same="ops.stack((x0, x1), -1)")
    c.add("stack_ext_mixed", "A.StackExt(1)((x0, x1, x0))", [f32(3), f16(3)], want="StackExt", reference=lambda x, y: np.stack((x, y.astype(np.float32), x), 1))


def _repeats(c):
    c.add("repeat_interleave_int", "A.RepeatInterleaveInt()(x0, 3, 1)", [f32(2, 3)], want="RepeatInterleaveInt", reference=lambda x: np.repeat(x, 3, 1))
    c.add("repeat_interleave_int_flat", "A.RepeatInterleaveInt()(x0, 2, None)", [i32(2, 3)], want="RepeatInterleaveInt", reference=lambda x: np.repeat(x, 2))
    c.add("repeat_interleave_int_negative", "A.RepeatInterleaveInt()(x0, 2, -2)", [f16(2, 3)], want="RepeatInterleaveInt", reference=lambda x: np.repeat(x, 2, 0))
    c.add("repeat_interleave_tensor", "A.RepeatInterleaveTensor()(x0, ms.Tensor([1, 0, 2], ms.int64), 1)", [f32(2, 3)], want="RepeatInterleaveTensor",
          reference=lambda x: np.repeat(x, [1, 0, 2], 1))
    c.add("repeat_interleave_tensor_one", "A.RepeatInterleaveTensor()(x0, ms.Tensor([2], ms.int64), 0)", [f32(2, 3)], want="RepeatInterleaveTensor",
          reference=lambda x: np.repeat(x, 2, 0))
    c.add("repeat_interleave_tensor_flat", "A.RepeatInterleaveTensor()(x0, ms.Tensor([1, 2, 0, 3], ms.int64), None)", [i32(2, 2)], want="RepeatInterleaveTensor",
          reference=lambda x: np.repeat(x, [1, 2, 0, 3]))
    c.add("repeat", "A.Repeat()(x0, (2, 3))", [f32(2, 3)], want="Repeat", same="ops.tile(x0, (2, 3))")
    c.add("repeat_longer", "A.Repeat()(x0, (2, 1, 3))", [f32(2, 3)], want="Repeat", same="ops.tile(x0, (2, 1, 3))")
    c.add("repeat_i64", "A.Repeat()(x0, (4,))", [i64(3)], want="Repeat", same="ops.tile(x0, (4,))")
    c.add("roll", "A.Roll((1,), (0,))(x0)", [f32(4, 3)], want="Roll", reference=lambda x: np.roll(x, 1, 0))
    c.add("roll_two", "A.Roll((-1, 5), (0, 1))(x0)", [f32(4, 3)], want="Roll", reference=lambda x: np.roll(x, (-1, 5), (0, 1)))
    c.add("roll_i32", "A.Roll((2,), (-1,))(x0)", [i32(4, 3)], want="Roll", reference=lambda x: np.roll(x, 2, -1))


def _pads(c):
    c.add("constant_pad_nd", "A.ConstantPadND()(x0, (1, 2), 0.5)", [f32(2, 3)], want="ConstantPadND", reference=lambda x: np.pad(x, ((0, 0), (1, 2)), constant_values=0.5))
    c.add("constant_pad_nd_two", "A.ConstantPadND()(x0, (1, 0, 0, 2), 3)", [i32(2, 3)], want="ConstantPadND",
          reference=lambda x: np.pad(x, ((0, 2), (1, 0)), constant_values=3))
    c.add("constant_pad_nd_crop", "A.ConstantPadND()(x0, (-1, 2), 1.0)", [f32(2, 3)], want="ConstantPadND",
          reference=lambda x: np.pad(x[:, 1:], ((0, 0), (0, 2)), constant_values=1))
    shapes = {1: (2, 4), 2: (2, 4, 5), 3: (2, 3, 4, 3)}
    for n, shape in shapes.items():
        pads = [1, 2, 0, 1, 2, 1][: 2 * n]
        pairs = [(0, 0)] * (len(shape) - n) + [(pads[2 * i], pads[2 * i + 1]) for i in reversed(range(n))]
        for op, mode in (("ReflectionPad", "reflect"), ("ReplicationPad", "edge")):
            for dtype, array in (("f32", f32(*shape)), ("f16", f16(*shape)), ("batch", f32(2, *shape))):
                whole = [(0, 0)] * (array.ndim - len(pairs)) + pairs
                c.add(f"{mode}_pad_{n}d_{dtype}", f"A.{op}{n}D()(x0, {tuple(pads)})", [array], want=f"{op}{n}D", crashes=True, reference=lambda x, w=whole, m=mode: np.pad(x, w, mode=m))
    for mode in ("reflect", "edge", "circular"):
        numpy_mode = "wrap" if mode == "circular" else mode
        c.add(f"pad_v3_{mode}", f"ops.pad(x0, (1, 2), mode='{mode if mode != 'edge' else 'replicate'}')", [f32(2, 4)], reference=lambda x, m=numpy_mode: np.pad(x, ((0, 0), (1, 2)), mode=m))


def _fills(c):
    c.add("zeros_like_ext", "A.ZerosLikeExt()(x0, None) + x0", [f32(2, 3)], want="ZerosLikeExt", same="x0 * 1")
    c.add("zeros_like_ext_i32", "A.ZerosLikeExt()(x0, ms.int32)", [f32(2, 3)], want="ZerosLikeExt", reference=lambda x: np.zeros(x.shape, np.int32))
    c.add("zeros_like_ext_bool", "A.ZerosLikeExt()(x0, None)", [flags(2, 3)], want="ZerosLikeExt", reference=np.zeros_like)
    c.add("ones_like_ext", "A.OnesLikeExt()(x0, None)", [f32(2, 3)], want="OnesLikeExt", reference=np.ones_like)
    c.add("ones_like_ext_f16", "A.OnesLikeExt()(x0, ms.float16)", [i64(2, 3)], want="OnesLikeExt", reference=lambda x: np.ones(x.shape, np.float16))
    c.add("ones_like_ext_i64", "A.OnesLikeExt()(x0, None) + x0", [i64(2, 3)], want="OnesLikeExt", same="x0 + 1")
    c.add("full_like", "A.FullLike()(x0, 2.5, None)", [f32(2, 3)], want="FullLike", reference=lambda x: np.full_like(x, 2.5))
    c.add("full_like_i32", "A.FullLike()(x0, 3, ms.int32)", [f32(2, 3)], want="FullLike", reference=lambda x: np.full(x.shape, 3, np.int32))
    c.add("full_like_i64", "A.FullLike()(x0, -1, None)", [i64(2, 3)], want="FullLike", reference=lambda x: np.full_like(x, -1))
    for op, low, value in (("NewZeros", "new_zeros", 0), ("NewOnes", "new_ones", 1)):
        c.add(f"{low}", f"A.{op}()(x0, (2, 4), None)", [f32(2, 3)], want=op, reference=lambda x, v=value: np.full((2, 4), v, x.dtype))
        c.add(f"{low}_i32", f"A.{op}()(x0, (3,), ms.int32)", [f32(2, 3)], want=op, reference=lambda x, v=value: np.full((3,), v, np.int32))
        c.add(f"{low}_i64", f"A.{op}()(x0, (3, 1), None)", [i64(2, 3)], want=op, reference=lambda x, v=value: np.full((3, 1), v, np.int64))
    c.add("new_full", "A.NewFull()(x0, (2, 4), 1.5, None)", [f32(2, 3)], want="NewFull", reference=lambda x: np.full((2, 4), 1.5, np.float32))
    c.add("new_full_i64", "A.NewFull()(x0, (3,), 7, None)", [i64(2, 3)], want="NewFull", reference=lambda x: np.full((3,), 7, np.int64))
    c.add("new_full_f16", "A.NewFull()(x0, (3,), 7, ms.float16)", [i64(2, 3)], want="NewFull", reference=lambda x: np.full((3,), 7, np.float16))
    c.add("fill_scalar", "A.FillScalar()((2, 3), 1.5, None) + x0", [f32(2, 3)], want="FillScalar", same="x0 + 1.5")
    c.add("fill_scalar_i32", "A.FillScalar()((3,), 2, ms.int32) + x0", [i32(2, 3)], want="FillScalar", same="x0 + 2")
    c.add("fill_scalar_shape", "A.FillScalar()((x0.shape[0], 2), 2.0, ms.float32)", [f32(3, 3)], want="FillScalar", dynamic=(0,), reference=lambda x: np.full((3, 2), 2, np.float32))
    c.add("fill_tensor", "A.FillTensor()((2, 3), x0, None)", [np.float32([1.5])], want="FillTensor", reference=lambda x: np.full((2, 3), 1.5, np.float32))
    c.add("fill_tensor_rank0", "A.FillTensor()((3,), x0.sum(), ms.float32)", [f32(2, 2)], want="FillTensor", reference=lambda x: np.full((3,), x.sum(), np.float32))
    c.add("fill_tensor_i64", "A.FillTensor()((3, 1), x0, ms.int64)", [np.int32([4])], want="FillTensor", reference=lambda x: np.full((3, 1), 4, np.int64))
    c.add("lin_space_ext", "A.LinSpaceExt()(0.5, 2.0, 4, None) + x0", [f32(4)], want="LinSpaceExt", reference=lambda x: np.linspace(0.5, 2, 4, dtype=np.float32) + x)
    c.add("lin_space_ext_one", "A.LinSpaceExt()(0.5, 2.0, 1, ms.float32) + x0", [f32(1)], want="LinSpaceExt", reference=lambda x: np.float32([0.5]) + x)
    c.add("lin_space_ext_down", "A.LinSpaceExt()(3, -1, 5, ms.float32) + x0", [f32(5)], want="LinSpaceExt", reference=lambda x: np.linspace(3, -1, 5, dtype=np.float32) + x)
    c.add("one_hot_ext", "A.OneHotExt(-1)(x0, 4, ms.Tensor(1, ms.int64), ms.Tensor(0, ms.int64))", [i64(3, low=0, high=4)], want="OneHotExt", reference=lambda x: np.eye(4, dtype=np.int64)[x])
    c.add("one_hot_ext_matrix", "A.OneHotExt(-1)(x0, 5, ms.Tensor(1, ms.int64), ms.Tensor(0, ms.int64))", [i64(2, 3, low=0, high=4)], want="OneHotExt", reference=lambda x: np.eye(5, dtype=np.int64)[x])


def _patches(c):
    """Windows side by side, and added up again."""
    c.add("im2col_ext", "A.Im2ColExt()(x0, (2, 3), (1, 1), (0, 1), (1, 2))", [f32(2, 3, 5, 6)], want="Im2ColExt",
          same="ops.reshape(ops.operations.Im2Col((2, 3), (1, 2), (1, 1), (0, 1))(x0), (2, 18, -1))")
    c.add("im2col_ext_dilated", "A.Im2ColExt()(x0, (2, 2), (2, 1), (1, 0), (1, 1))", [f32(1, 2, 4, 5)], want="Im2ColExt",
          same="ops.reshape(ops.operations.Im2Col((2, 2), (1, 1), (2, 1), (1, 0))(x0), (1, 8, -1))")
    c.add("im2col_ext_strides", "A.Im2ColExt()(x0, (3, 1), (1, 1), (0, 0), (2, 1))", [f32(1, 2, 7, 3)], want="Im2ColExt",
          same="ops.reshape(ops.operations.Im2Col((3, 1), (2, 1), (1, 1), (0, 0))(x0), (1, 6, -1))")
    c.add("col2im_ext", "A.Col2ImExt()(x0, (5, 6), (2, 3), (1, 1), (0, 0), (1, 1))", [f32(2, 18, 16)], want="Col2ImExt",
          same="ops.operations.Col2Im((2, 3), 1, 0, 1)(ops.reshape(x0, (2, 3, 6, 16)), Tensor([5, 6], ms.int32))")
    c.add("col2im_ext_strides", "A.Col2ImExt()(x0, (4, 4), (2, 2), (1, 1), (1, 1), (2, 2))", [f32(1, 8, 9)], want="Col2ImExt",
          same="ops.operations.Col2Im((2, 2), 1, 1, 2)(ops.reshape(x0, (1, 2, 4, 9)), Tensor([4, 4], ms.int32))")
    c.add("col2im_ext_single", "A.Col2ImExt()(x0, (4, 3), (2, 2), (2, 1), (0, 0), (1, 1))", [f32(4, 4)], want="Col2ImExt",
          same="ops.reshape(ops.operations.Col2Im((2, 2), (2, 1), 0, 1)(ops.reshape(x0, (1, 1, 4, 4)), Tensor([4, 3], ms.int32)), (1, 4, 3))")
