"""What is measured first."""
import unittest

import order
import targets


class Order(unittest.TestCase):
    def setUp(self):
        self.cells = order.cells()

    def test_begins_with_what_the_targets_ask_for(self):
        first = [(cell.precision, cell.batch, cell.tensorrt, cell.modes) for cell in self.cells[::len(targets.NETWORKS)]]
        self.assertEqual(first, [
            ("fp16", 1, True, ("eager", "compile-graphs")), ("fp16", 32, True, ("eager",)), ("fp16", 8, True, ("eager",)),
            ("fp16", 1, False, ("compile",)), ("fp16", 32, False, ("compile-graphs", "compile")), ("fp16", 8, False, ("compile-graphs", "compile")),
            ("fp32", 1, True, ("eager", "compile-graphs")), ("fp32", 32, True, ("eager",)), ("fp32", 8, True, ("eager",)),
            ("fp32", 1, False, ("compile",)), ("fp32", 32, False, ("compile-graphs", "compile")), ("fp32", 8, False, ("compile-graphs", "compile"))])

    def test_has_each_item_once(self):
        keys = [key for cell in self.cells for key in cell.keys]
        self.assertEqual(len(keys), len(set(keys)))
        wanted = {f"latency/{name}/{batch}/{precision}/{side}" for name in targets.NETWORKS for batch in targets.BATCHES for precision in targets.PRECISIONS
                  for side in ("tensorrt-graph", "tensorrt-enqueue", "torch-eager", "torch-compile", "torch-compile-graphs")}
        self.assertEqual(set(keys), wanted)

    def test_takes_what_is_asked_for_alone(self):
        self.assertEqual(order.cells(["vgg16"], [8], ["fp32"], ["compile-max"]),
                         [order.Cell("vgg16", 8, "fp32", True, ()), order.Cell("vgg16", 8, "fp32", False, ("compile-max",))])
        self.assertEqual(order.cells(["vgg16"], [8], ["fp32"], []), [order.Cell("vgg16", 8, "fp32", True, ())])


if __name__ == "__main__":
    unittest.main()
