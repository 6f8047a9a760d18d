// NumPy archives as MindSpore's reference data uses them: uncompressed .npz files of C-ordered .npy arrays.
#pragma once

#include <map>
#include <string>

#include "base/status.h"
#include "tensor/tensor.h"

namespace mindird::test {

/// The arrays of an archive by name, without ".npy".
Result<std::map<std::string, ConstantPtr>> read_npz(const std::string& path);

}  // namespace mindird::test
