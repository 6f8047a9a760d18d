"""Cases of linear algebra.

    python linalg.py FOLDER

Three per primitive: batches, both floating types, options. Factors that are unique up to signs alone are compared where MindSpore's signs are the
common ones (Householder's); of the others only what is unique is an output of the model.
"""
import sys

import numpy as np
from mindspore import nn

from common import Apply, Cases
from primitives import primitive

RNG = np.random.default_rng(20240712)
F32, F64 = np.float32, np.float64
LOOSE = {"rtol": 1e-3, "atol": 1e-4}
FINE = {"rtol": 1e-6, "atol": 1e-8}


def general(*shape, dtype=F32):
    """Well conditioned matrices: random ones with a heavy diagonal."""
    matrix = RNG.standard_normal(shape)
    return (matrix + 3 * np.eye(shape[-2], shape[-1])).astype(dtype)


def random(*shape, dtype=F32):
    """Normal random numbers."""
    return RNG.standard_normal(shape).astype(dtype)


def positive(*shape, dtype=F32):
    """Symmetric positive definite matrices."""
    matrix = RNG.standard_normal(shape)
    return (matrix @ np.swapaxes(matrix, -1, -2) + np.eye(shape[-1])).astype(dtype)


class Reconstruct(nn.Cell):
    """What does not depend on the signs of eigenvectors: the values, and V diag(w) V^T."""

    def __init__(self, eigen):
        super().__init__()
        self.eigen = eigen

    def construct(self, x):
        w, v = self.eigen(x)
        return w, (v * w.expand_dims(-2)).matmul(v.swapaxes(-1, -2))


class ReconstructSvd(nn.Cell):
    """The singular values and U diag(s) V^T."""

    def __init__(self, svd):
        super().__init__()
        self.svd = svd

    def construct(self, x):
        s, u, v = self.svd(x)
        k = s.shape[-1]
        return s, (u[..., :k] * s.expand_dims(-2)).matmul(v[..., :k].swapaxes(-1, -2))


class First(nn.Cell):
    """Only the first result."""

    def __init__(self, primitive_):
        super().__init__()
        self.primitive_ = primitive_

    def construct(self, *inputs):
        return self.primitive_(*inputs)[0]


def factors(cases):
    """Cholesky, LU, QR."""
    for upper in (False, True):
        word = "upper" if upper else "lower"
        cases.add(f"cholesky_{word}", "Cholesky", primitive("Cholesky", upper), positive(2, 3, 5, 5), **LOOSE)
        factor = np.linalg.cholesky(positive(4, 4, dtype=F64))
        factor = factor.T.copy() if upper else factor
        cases.add(f"choleskyinverse_{word}", "CholeskyInverse", primitive("CholeskyInverse", upper), factor.astype(F32), **LOOSE)
        cases.add(f"choleskysolve_{word}", "CholeskySolve", primitive("CholeskySolve", upper), random(4, 3), factor.astype(F32), **LOOSE)
    cases.add("cholesky_f64", "Cholesky", primitive("Cholesky"), positive(7, 7, dtype=F64), **FINE)
    cases.add("choleskyinverse_f64", "CholeskyInverse", primitive("CholeskyInverse"), np.linalg.cholesky(positive(3, 3, dtype=F64)), **FINE)
    cases.add("choleskysolve_batch", "CholeskySolve", primitive("CholeskySolve"), random(2, 3, 2, dtype=F64), np.linalg.cholesky(positive(2, 3, 3, dtype=F64)), **FINE)
    lu = random(3, 3)
    pivots = np.array([2, 3, 3], np.int32)
    cases.add("lusolve_f32", "LuSolve", primitive("LuSolve"), random(3, 2), lu, pivots, **LOOSE)
    cases.add("lusolve_batch", "LuSolve", primitive("LuSolve"), random(2, 3, 2), general(2, 3, 3), np.array([[1, 2, 3], [3, 3, 3]], np.int32), **LOOSE)
    cases.add("lusolve_f64", "LuSolve", primitive("LuSolve"), random(4, 1, dtype=F64), general(4, 4, dtype=F64), np.array([4, 2, 3, 4], np.int32), **FINE)
    cases.add("luunpack_square", "LuUnpack", primitive("LuUnpack"), lu, pivots)
    cases.add("luunpack_wide", "LuUnpack", primitive("LuUnpack"), random(2, 3, 5), np.array([[1, 2, 3], [3, 3, 3]], np.int32))
    cases.add("luunpack_tall", "LuUnpack", primitive("LuUnpack"), random(4, 2, dtype=F64), np.array([3, 4], np.int32))
    for full in (False, True):
        cases.add(f"qr_{'full' if full else 'reduced'}", "Qr", primitive("Qr", full), random(2, 5, 3), **LOOSE)
    cases.add("qr_wide", "Qr", primitive("Qr"), random(3, 5, dtype=F64), **FINE)
    cases.add("geqrf_tall", "Geqrf", primitive("Geqrf"), random(5, 3), **LOOSE)
    cases.add("geqrf_wide", "Geqrf", primitive("Geqrf"), random(3, 5, dtype=F64), **FINE)
    cases.add("geqrf_batch", "Geqrf", primitive("Geqrf"), random(2, 4, 4, dtype=F64), **FINE)
    cases.add("orgqr_tall", "Orgqr", primitive("Orgqr"), random(5, 3), random(3), **LOOSE)
    cases.add("orgqr_few", "Orgqr", primitive("Orgqr"), random(5, 3, dtype=F64), random(2, dtype=F64), **FINE)
    cases.add("orgqr_batch", "Orgqr", primitive("Orgqr"), random(2, 4, 4), random(2, 3), **LOOSE)
    for left in (True, False):
        for transpose in (True, False):
            name = f"ormqr_{'left' if left else 'right'}_{'transposed' if transpose else 'plain'}"
            cases.add(name, "Ormqr", primitive("Ormqr", left, transpose), random(4, 3), random(3), random(*((4, 5) if left else (5, 4))), reference=False)


def solutions(cases):
    """Systems of equations, inverses, determinants, powers."""
    for adjoint in (False, True):
        word = "adjoint" if adjoint else "plain"
        cases.add(f"matrixsolve_{word}", "MatrixSolve", primitive("MatrixSolve", adjoint), general(2, 4, 4), random(2, 4, 3), **LOOSE)
        cases.add(f"matrixinverse_{word}", "MatrixInverse", primitive("MatrixInverse", adjoint), general(2, 3, 4, 4), **LOOSE)
        for lower in (False, True):
            cases.add(f"matrixtriangularsolve_{'lower' if lower else 'upper'}_{word}", "MatrixTriangularSolve", primitive("MatrixTriangularSolve", lower, adjoint),
                      general(4, 4), random(4, 3), **LOOSE)
    cases.add("matrixsolve_f64", "MatrixSolve", primitive("MatrixSolve"), random(5, 5, dtype=F64), random(5, 2, dtype=F64), **FINE)
    cases.add("matrixinverse_f64", "MatrixInverse", primitive("MatrixInverse"), random(5, 5, dtype=F64), **FINE)
    cases.add("matrixtriangularsolve_batch", "MatrixTriangularSolve", primitive("MatrixTriangularSolve"), general(2, 3, 3, dtype=F64), random(2, 3, 2, dtype=F64), **FINE)
    for trans in (0, 1):
        for lower in (False, True):
            cases.add(f"solvetriangular_{trans}_{'lower' if lower else 'upper'}", "SolveTriangular", Apply(primitive("SolveTriangular"), trans, lower, trans == 1),
                      general(4, 4), random(4, 3), **LOOSE)
    cases.add("solvetriangular_batch", "SolveTriangular", Apply(primitive("SolveTriangular"), 0, False, False), general(2, 4, 4, dtype=F64), random(2, 4, 3, dtype=F64), **FINE)
    cases.add("solvetriangular_vector", "SolveTriangular", Apply(primitive("SolveTriangular"), 0, True, False), general(4, 4, dtype=F64), random(4, dtype=F64), **FINE)
    for fast in (False, True):
        cases.add(f"matrixsolvels_{'fast' if fast else 'slow'}", "MatrixSolveLs", primitive("MatrixSolveLs", fast), random(2, 5, 3, dtype=F64), random(2, 5, 2, dtype=F64), np.array(0.0, F64), **FINE)
    cases.add("matrixsolvels_wide", "MatrixSolveLs", primitive("MatrixSolveLs"), random(3, 5, dtype=F64), random(3, 2, dtype=F64), np.array(0.0, F64), **FINE)
    cases.add("matrixsolvels_damped", "MatrixSolveLs", primitive("MatrixSolveLs"), random(5, 3), random(5, 2), np.array(0.5, F64), **LOOSE)
    cases.add("lstsq_tall", "Lstsq", primitive("Lstsq"), random(5, 3), random(5, 2), **LOOSE)
    cases.add("lstsq_wide", "Lstsq", primitive("Lstsq"), random(3, 5, dtype=F64), random(3, 2, dtype=F64), **FINE)
    cases.add("lstsq_vector", "Lstsq", primitive("Lstsq"), random(4, 4, dtype=F64), random(4, dtype=F64), **FINE)
    cases.add("lstsqv2_tall", "LstsqV2", First(primitive("LstsqV2")), random(5, 3), random(5, 2), **LOOSE)
    cases.add("lstsqv2_f64", "LstsqV2", First(primitive("LstsqV2")), random(5, 3, dtype=F64), random(5, 2, dtype=F64), **FINE)
    cases.add("lstsqv2_batch", "LstsqV2", First(primitive("LstsqV2")), random(2, 4, 4, dtype=F64), random(2, 4, 2, dtype=F64), **FINE)
    for name in ("MatrixDeterminant", "LogMatrixDeterminant"):
        cases.add(f"{name.lower()}_batch", name, primitive(name), random(2, 3, 4, 4), **LOOSE)
        cases.add(f"{name.lower()}_f64", name, primitive(name), random(5, 5, dtype=F64), **FINE)
        cases.add(f"{name.lower()}_singular", name, primitive(name), np.array([[[1, 2], [2, 4]], [[0, 1], [1, 0]]], F32))
    for n in (0, 3, -2):
        cases.add(f"matrixpower_{'minus_' if n < 0 else ''}{abs(n)}", "MatrixPower", primitive("MatrixPower", n), general(2, 3, 3), **LOOSE)
    cases.add("matrixpower_f64", "MatrixPower", primitive("MatrixPower", 5), random(4, 4, dtype=F64), **LOOSE)
    cases.add("tridiagonalmatmul", "TridiagonalMatMul", primitive("TridiagonalMatMul"), random(2, 1, 4), random(2, 1, 4), random(2, 1, 4), random(2, 4, 3), **LOOSE)
    cases.add("tridiagonalmatmul_f64", "TridiagonalMatMul", primitive("TridiagonalMatMul"), random(1, 5, dtype=F64), random(1, 5, dtype=F64), random(1, 5, dtype=F64), random(5, 2, dtype=F64), **FINE)
    cases.add("tridiagonalmatmul_one", "TridiagonalMatMul", primitive("TridiagonalMatMul"), random(1, 1), random(1, 1), random(1, 1), random(1, 2), **LOOSE)
    for pivoting in (False, True):
        cases.add(f"tridiagonalsolve_{'pivoting' if pivoting else 'plain'}", "TridiagonalSolve", primitive("TridiagonalSolve", pivoting), random(2, 3, 5) + np.array([[0], [4], [0]], F32), random(2, 5, 2), **LOOSE)
    cases.add("tridiagonalsolve_f64", "TridiagonalSolve", primitive("TridiagonalSolve"), random(3, 4, dtype=F64), random(4, 1, dtype=F64), **FINE)


def values(cases):
    """Eigenvalues and singular values."""
    cases.add("eigh_values", "Eigh", primitive("Eigh", False, True), positive(4, 4), **LOOSE)
    cases.add("eigh_vectors", "Eigh", Reconstruct(primitive("Eigh", True, True)), positive(5, 5, dtype=F64), **FINE)
    cases.add("eigh_upper", "Eigh", primitive("Eigh", False, False), random(4, 4, dtype=F64), **FINE)
    cases.add("selfadjointeig_values", "SelfAdjointEig", First(primitive("SelfAdjointEig", False)), positive(2, 4, 4), **LOOSE)
    cases.add("selfadjointeig_vectors", "SelfAdjointEig", Reconstruct(primitive("SelfAdjointEig", True)), positive(2, 5, 5, dtype=F64), **FINE)
    cases.add("selfadjointeig_lower", "SelfAdjointEig", First(primitive("SelfAdjointEig", False)), random(3, 3, dtype=F64), **FINE)
    cases.add("svd_values", "Svd", First(primitive("Svd", False, False)), random(2, 5, 3), **LOOSE)
    cases.add("svd_tall", "Svd", ReconstructSvd(primitive("Svd", False, True)), random(5, 3, dtype=F64), **FINE)
    cases.add("svd_wide", "Svd", ReconstructSvd(primitive("Svd", False, True)), random(2, 3, 5), **LOOSE)
    cases.add("svd_full", "Svd", ReconstructSvd(primitive("Svd", True, True)), random(5, 3, dtype=F64), **FINE)
    cases.add("nuclearnorm_all", "NuclearNorm", primitive("NuclearNorm"), random(4, 3), **LOOSE)
    cases.add("nuclearnorm_dims", "NuclearNorm", primitive("NuclearNorm", [0, 2], True), random(4, 3, 5), **LOOSE)
    cases.add("nuclearnorm_f64", "NuclearNorm", primitive("NuclearNorm", [1, 2], False), random(2, 4, 5, dtype=F64), **FINE)


def main():
    """Makes all cases in the folder named."""
    cases = Cases(sys.argv[1])
    for family in (factors, solutions, values):
        family(cases)
    cases.write()


if __name__ == "__main__":
    main()
