// Signatures as JSON: in reports and in plan files.
#pragma once

#include <nlohmann/json.hpp>

#include "runtime/file/signature.h"

namespace mindird::runtime {

/// {"inputs": [{"name", "datatype", "shape"}], "outputs": …, "batched", "why_not_batched"}; a shape of unknown rank is null.
nlohmann::json signature_json(const Signature& signature);

/// Back, from any JSON: INVALID_MODEL naming the part.
Result<Signature> read_signature(const nlohmann::json& json);

}  // namespace mindird::runtime
