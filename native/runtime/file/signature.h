// The signature of a model: names, types and which dims are free, derived from the file's declarations and from lowering it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "mindir/module.h"
#include "tensor/tensor.h"

namespace mindird::runtime {

struct TensorSpec {
  std::string name;
  TensorType type;  // dims of -1 are unknown
  bool rank_known = true;
};

struct Signature {
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  bool fixed = false;    // every input dim is known: one plan serves all requests
  bool batched = false;  // dim 0 of everything is a batch of independent rows
  std::string why_not_batched;
};

/// `output_names` may be empty (output_0, …) or must have one name per output.
Result<Signature> derive_signature(const mindir::Module& module, std::span<const std::string> output_names);

/// The input shapes of a batched model with `rows` rows.
std::vector<Shape> batch_shapes(const Signature& signature, int64_t rows);

/// INVALID_ARGUMENT naming the input, found and wanted, when shapes or byte counts contradict the signature.
Status check_request(const Signature& signature, std::span<const Shape> shapes, std::span<const size_t> byte_counts);

}  // namespace mindird::runtime
