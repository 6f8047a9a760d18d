// A MindIR file, decoded: nodes by name with attributes, constants copied out of the mapped file (aligned, once). A module is immutable
// and is lowered to a graph once for every concrete set of input shapes.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "mindir/encryption/key.h"

namespace mindird::mindir {

/// One model input or output as the file declares it: dims of -1 are unknown.
struct Declared {
  std::string name;  // plain name: the part after the last ':'
  TensorType type;
  bool rank_known = true;
};

/// What becomes of parameters that a model writes and reads.
enum class StatePolicy : uint8_t {
  kRefuse,      // such a model is not served
  kPerRequest,  // every request starts from the values in the file
};

class Module {
 public:
  virtual ~Module() = default;
  virtual std::span<const Declared> inputs() const = 0;
  /// Number of outputs after flattening nested tuples; their types come from lowering.
  virtual size_t output_count() const = 0;
  /// True when every input dimension is known.
  virtual bool fixed_shapes() const = 0;
  /// Whether the file is encrypted: what is made of it should not lie about in plain.
  virtual bool encrypted() const { return false; }
  /// Bytes of weights and constants held.
  virtual size_t constant_bytes() const = 0;
  /// Readable listing for `inspect --stage file`: header, inputs, parameters, nodes.
  virtual std::string text() const = 0;
  /// Nodes of the file that were left out although they do something besides computing results, each with the reason.
  virtual std::span<const std::string> notes() const { return {}; }
  /// The graph for concrete input shapes (same rank and known dims as declared); shape arithmetic is folded on the way. Values named as in the
  /// file; node origins are the file's scoped names where it has them. INVALID_ARGUMENT when the shapes do not fit the model (also when that shows
  /// only at some node of a model with open dimensions), otherwise the errors of read.
  virtual Result<ir::Graph> lower(std::span<const Shape> input_shapes) const = 0;
};

struct ReadOptions {
  StatePolicy state = StatePolicy::kRefuse;
  KeySource key;  // of an encrypted file
};

/// Maps and decodes a file (and its external data files). Errors: INVALID_MODEL (malformed, with the place), UNSUPPORTED (names file, node,
/// operator, reason), INVALID_CONFIG (the key), NOT_FOUND, OUT_OF_MEMORY. Any bytes give an error value, within a second and within twice the file's size
/// plus 64 MB; of an encrypted file there is one copy more, which is wiped.
Result<std::shared_ptr<const Module>> read(const std::string& path, const ReadOptions& options = {});

}  // namespace mindird::mindir
