"""Products of matrices and convolutions."""
import numpy as np

from extended.data import f16, f32, f64


def make(c):
    _products(c)
    _sums(c)
    _convolutions(c)
    _einsums(c)
    _factors(c)


def _factors(c):
    def lu(a):
        """The factors of each matrix in one, and the row of it that each row of them comes from."""
        a = a.copy()
        n = a.shape[-1]
        order = np.broadcast_to(np.arange(n, dtype=np.int32), a.shape[:-1]).copy()
        for at in np.ndindex(a.shape[:-2]):
            m, p = a[at], order[at]
            for k in range(n):
                best = k + np.abs(m[k:, k]).argmax()
                m[[k, best]], p[[k, best]] = m[[best, k]], p[[best, k]]
                m[k + 1:, k] /= m[k, k]
                m[k + 1:, k + 1:] -= np.outer(m[k + 1:, k], m[k, k + 1:])
        return a, order

    c.add("lu_f32", "P.operations.math_ops.Lu(ms.int32)(x0)", [f32(4, 4)], want="Lu", reference=lu)
    c.add("lu_f64", "P.operations.math_ops.Lu(ms.int32)(x0)", [f64(5, 5)], want="Lu", reference=lu)
    c.add("lu_batch", "P.operations.math_ops.Lu(ms.int32)(x0)", [f32(2, 3, 3)], want="Lu", reference=lu)


def _products(c):
    for name, array in (("f32", f32), ("f16", f16), ("f64", f64)):
        c.add(f"mm_{name}", "A.Mm()(x0, x1)", [array(2, 3), array(3, 4)], want="Mm", reference=np.matmul, rtol=2e-3)
        c.add(f"mv_{name}", "A.Mv()(x0, x1)", [array(2, 3), array(3)], want="Mv", reference=np.matmul, rtol=2e-3)
        c.add(f"dot_{name}", "A.Dot()(x0, x1)", [array(5), array(5)], want="Dot", reference=lambda x, y: np.asarray(np.dot(x, y)), rtol=2e-3, atol=2e-3)
        c.add(f"outer_{name}", "A.Outer()(x0, x1)", [array(3), array(4)], want="Outer", reference=np.outer)
        c.add(f"batch_mat_mul_ext_{name}", "A.BatchMatMulExt()(x0, x1)", [array(2, 3, 4), array(2, 4, 5)], want="BatchMatMulExt", reference=np.matmul, rtol=2e-3, atol=2e-3)


def _sums(c):
    for name, factors in (("plain", ""), ("factors", ", 0.5, 2.0"), ("beta_zero", ", 0.0, 1.5")):
        beta, alpha = (1, 1) if not factors else [float(part) for part in factors.removeprefix(",").split(",")]
        first = f32(1, 4)
        other = 0 if name == "beta_zero" else beta
        keep = (lambda x, b=other: 0 if b == 0 else b * x)
        c.add(f"addmm_{name}", f"A.Addmm()(x0, x1, x2{factors})", [first, f32(2, 3), f32(3, 4)], want="Addmm", reference=lambda x, a, b, k=keep, s=alpha: (k(x) + s * (a @ b)).astype(np.float32))
        c.add(f"baddbmm_{name}", f"A.Baddbmm()(x0, x1, x2{factors})", [first[None], f32(2, 2, 3), f32(2, 3, 4)], want="Baddbmm",
              reference=lambda x, a, b, k=keep, s=alpha: (k(x) + s * (a @ b)).astype(np.float32))
        c.add(f"addbmm_{name}", f"A.Addbmm()(x0, x1, x2{factors})", [first, f32(2, 2, 3), f32(2, 3, 4)], want="Addbmm",
              reference=lambda x, a, b, k=keep, s=alpha: (k(x) + s * (a @ b).sum(0)).astype(np.float32))
        c.add(f"addmv_{name}", f"A.Addmv()(x0, x1, x2{factors})", [first[0, :1], f32(2, 3), f32(3)], want="Addmv", reference=lambda x, a, b, k=keep, s=alpha: (k(x) + s * (a @ b)).astype(np.float32))


def _convolutions(c):
    c.add("conv2d_ext", "A.Conv2DExt()(x0, x1, x2, (2, 1), (1, 0), (1, 2), 1)", [f32(2, 3, 7, 8), f32(4, 3, 3, 2), f32(4)], want="Conv2DExt",
          same="ops.conv2d(x0, x1, x2, stride=(2, 1), pad_mode='pad', padding=(1, 0), dilation=(1, 2))")
    c.add("conv2d_ext_groups", "A.Conv2DExt()(x0, x1, None, 1, 1, 1, 2)", [f32(1, 4, 5, 5), f32(6, 2, 3, 3)], want="Conv2DExt",
          same="ops.conv2d(x0, x1, None, stride=1, pad_mode='pad', padding=1, groups=2)")
    c.add("conv2d_ext_sample", "A.Conv2DExt()(x0, x1, x2, 1, 0, 1, 1)", [f32(3, 5, 6), f32(2, 3, 3, 3), f32(2)], want="Conv2DExt",
          same="ops.squeeze(ops.conv2d(ops.expand_dims(x0, 0), x1, x2), 0)")
    one = "ops.squeeze(ops.conv2d(ops.expand_dims(x0, 2), ops.expand_dims(x1, 2), {bias}, stride=(1, {s}), pad_mode='pad', padding=(0, {p}), groups={g}), 2)"
    c.add("conv1d_ext", "A.Conv1DExt()(x0, x1, x2, 2, 1, 1, 1)", [f32(2, 3, 9), f32(4, 3, 3), f32(4)], want="Conv1DExt", same=one.format(bias="x2", s=2, p=1, g=1))
    c.add("conv1d_ext_groups", "A.Conv1DExt()(x0, x1, None, 1, 2, 1, 3)", [f32(1, 3, 9), f32(3, 1, 4)], want="Conv1DExt", same=one.format(bias="None", s=1, p=2, g=3))
    c.add("conv1d_ext_plain", "A.Conv1DExt()(x0, x1, x2, 1, 0, 1, 1)", [f32(1, 2, 5), f32(3, 2, 1), f32(3)], want="Conv1DExt", same=one.format(bias="x2", s=1, p=0, g=1))
    c.add("convolution_str_same", "A.ConvolutionStr()(x0, x1, x2, (1, 1), 'same', (1, 1), False, (0, 0), 1)", [f32(1, 3, 6, 7), f32(2, 3, 3, 3), f32(2)], want="ConvolutionStr",
          same="ops.conv2d(x0, x1, x2, pad_mode='same')")
    c.add("convolution", "A.Convolution()(x0, x1, x2, (2, 2), (1, 1), (1, 1), False, (0, 0), 1)", [f32(1, 3, 6, 7), f32(2, 3, 3, 3), f32(2)], want="Convolution",
          same="ops.conv2d(x0, x1, x2, stride=2, pad_mode='pad', padding=1)")
    transpose = "ops.conv2d(ops.pad(ops.reshape(ops.stack((x0, x0 * 0), -1), (1, 2, 3, 6))[:, :, :, :5], (1, 1, 1, 1)), ops.flip(ops.transpose(x1, (1, 0, 2, 3)), (2, 3)), x2)"
    c.add("conv_transpose_2d", "A.ConvTranspose2D()(x0, x1, x2, (1, 2), (1, 1), (0, 0), 1, (1, 1))", [f32(1, 2, 3, 3), f32(2, 4, 3, 3), f32(4)], want="ConvTranspose2D", same=transpose)
    c.add("convolution_transposed", "A.Convolution()(x0, x1, x2, (1, 2), (1, 1), (1, 1), True, (0, 0), 1)", [f32(1, 2, 3, 3), f32(2, 4, 3, 3), f32(4)], want="Convolution", same=transpose)
    c.add("conv3d_ext", "A.Conv3DExt()(x0, x1, x2, 1, 0, 1, 1)", [f32(1, 2, 3, 4, 5), f32(3, 2, 2, 2, 2), f32(3)], want="Conv3DExt",
          reference=lambda x, w, b: _conv3d(x, w, b))


def _conv3d(x, w, b):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], (2, 3, 4))
    return (np.einsum("ncdhwijk,ocijk->nodhw", windows, w) + b[:, None, None, None]).astype(np.float32)


def _einsums(c):
    """MindSpore computes Einsum on other devices alone; NumPy has the same equations."""
    for name, equation, shapes in (("product", "ij,jk->ik", ((3, 4), (4, 5))), ("implicit", "kj, ji", ((3, 4), (4, 2))), ("trace_of_two", "ij,ij->", ((3, 4), (3, 4))),
                                   ("batch", "bhid,bhjd->bhij", ((2, 3, 4, 5), (2, 3, 6, 5))), ("order", "abc->cab", ((2, 3, 4),)), ("sum", "abc->b", ((2, 3, 4),)),
                                   ("outer", "i,j->ji", ((3,), (4,))), ("bilinear", "bn,anm,bm->ba", ((2, 5), (3, 5, 7), (2, 7))), ("alone", "ab,cd->a", ((2, 3), (4, 5)))):
        arrays = [f32(*shape) for shape in shapes]
        names = ", ".join(f"x{i}" for i in range(len(shapes)))
        c.add(f"einsum_{name}", f"ops.operations.Einsum('{equation}')(({names},))", arrays, want="Einsum",
              reference=lambda *x, e=equation: np.ascontiguousarray(np.atleast_1d(np.einsum(e, *x)), np.float32))
