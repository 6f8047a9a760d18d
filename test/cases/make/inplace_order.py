"""Cases of networks that write into tensors and read them before and after, under several names.

    python inplace_order.py [CASE ...]

writes test/cases/inplace/order.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from expressions import Cases  # noqa: E402
from extended.data import f32  # noqa: E402

FOLDER = pathlib.Path(__file__).parents[1] / "inplace" / "order"

NETWORKS = {
    "read_before": "b = ops.relu(x0)\ny = b * 3\nb += 1.0\nreturn y + b",
    "read_before_and_after": "b = ops.relu(x0)\ny = b * 3\nb *= x1\nz = b - y\nb += z\nreturn y, z, b",
    "old_value_returned": "b = ops.relu(x0)\nc = ops.sigmoid(b)\nb.add_(x0)\nreturn c, b",
    "another_name": "a = ops.relu(x0)\nb = a\nb += x1\nreturn a * 2",
    "two_chains": "b = ops.relu(x0)\nc = ops.sigmoid(x0)\nb += x0\nc *= b\nb *= c\nreturn b, c",
    "unrolled_loop": "b = ops.relu(x0)\nfor i in range(5):\n    b += float(i)\n    b *= x1\nreturn b",
    "by_itself": "b = ops.relu(x0)\nb += b\nb *= b\nreturn b",
    "input_written": "y = x0 * 2\nx0 += 1.0\nreturn x0, y",
    "input_under_another_name": "y = x0\nx0 += x1\nreturn y",
    "never_read": "b = ops.relu(x0)\nb.add_(1.0)\nreturn x0 - x1",
    "reshape_copies": "a = ops.relu(x0)\nb = a.reshape(-1)\nb += 1.0\nreturn a, b",
    "squeeze_copies": "a = ops.relu(x0)\nb = a.unsqueeze(0)\nb.add_(1.0)\nc = b.squeeze(0)\nc.mul_(2.0)\nreturn a, b, c",
    "contiguous_shares": "a = ops.relu(x0)\nb = a.contiguous()\nb.add_(1.0)\nreturn a, b",
    "copy_is_another": "a = ops.relu(x0)\nb = a.copy()\nb.add_(1.0)\nreturn a, b",
    "member_of_split": "a, b = ops.split(x0, 1)\na += b\nreturn ops.concat((a, b)), x0",
    "zeros_written": "m = ops.zeros((3, 4), ms.float32)\nm += x0\nn = ops.zeros((3, 4), ms.float32)\nreturn m, n",
    "view_broadcast": "a = ops.relu(x0)\nb = mint.broadcast_to(a[:1], (5, 4))\na.add_(1.0)\nreturn b, a",
    "view_unsqueeze": "a = ops.relu(x0)\nb = mint.unsqueeze(a, 0)\na.add_(1.0)\nreturn a, b * 2",
    "view_chunk": "a = ops.relu(x0)\nb, c = mint.chunk(a, 2, 1)\na.add_(1.0)\nreturn a, b, c",
    "view_select": "a = ops.relu(x0)\nb = mint.select(a, 1, 1)\nc = b + 1\na.mul_(2.0)\nreturn b * 2, c",
    "view_transpose": "a = ops.relu(x0)\nb = mint.transpose(a, 0, 1)\nc = b - 1\na.mul_(x1)\nreturn b * 2, c",
    "view_narrow": "a = ops.relu(x0)\nb = mint.narrow(a, 1, 1, 2)\nc = b * 3\na.mul_(x1)\na -= 1\nreturn b + c",
    "slices_set": "a = ops.relu(x0)\na[:, 1:] = a[:, :3] * 2\na[0] += 1\nreturn a",
    "mask_set": "a = ops.relu(x0)\nb = a\na[a > 0.5] = 0.5\nreturn a, b",
    "chosen_between": "b = ops.relu(x0)\nc = b * 2\nb += c\nd = ops.where(b > 1, b, c)\nb -= d\nc += b\nreturn b, c, d",
    "printed": "y = x0 + 1\nprint('y', y)\nreturn y * x1",
    "printed_between_writes": "b = ops.relu(x0)\nb += 1\nprint(b)\nb *= x1\nreturn b",
}


def main():
    """Makes all cases or those named."""
    cases = Cases(FOLDER, sys.argv[1:])
    for name, body in NETWORKS.items():
        arrays = (f32(3, 4), f32(3, 4)) if "x1" in body else (f32(3, 4),)
        cases.add(name, body, arrays)
    cases.close()


if __name__ == "__main__":
    main()
