// What a model is told whose outputs are as many as a size that its file leaves open says: the file declares one of them.
#pragma once

#include <string_view>

namespace mindird::mindir {

/// How the message of that refusal (UNSUPPORTED) ends; no other size makes such a model servable.
inline constexpr std::string_view kOpenOutputs = "the number of outputs depends on a size that the file leaves open";

}  // namespace mindird::mindir
