// Optimisation profiles: one engine for all batch sizes of a model, with a profile of exactly one shape for each.
#pragma once

#include "engines/engine.h"
#include "engines/tensorrt/node_builder.h"

namespace mindird::engines::tensorrt {

/// Gives the config one profile per batch size, in the order of `profiles.rows`; the draft's network is that of profiles.symbolic.
Status add_profiles(trt::IBuilder& builder, trt::IBuilderConfig& config, const NetworkDraft& draft, const BatchProfiles& profiles);

/// The position of the batch size among the profiles, after checking that the engine has these profiles; `graph` is at options.rows.
Result<int32_t> profile_index(const trt::ICudaEngine& engine, const ir::Graph& graph, const BuildOptions& options);

/// Selects a profile for a context and gives it the graph's input shapes; outputs must come out with the graph's. The stream is waited for by the caller.
Status select_profile(trt::IExecutionContext& context, int32_t profile, std::span<const Shape> inputs, std::span<const Shape> outputs, void* stream);

}  // namespace mindird::engines::tensorrt
