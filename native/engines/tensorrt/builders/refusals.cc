#include "engines/tensorrt/builders/refusals.h"

#include <algorithm>
#include <array>

namespace mindird::engines::tensorrt {
namespace {

struct Refusal {
  std::string_view id;
  std::string_view why;
};

constexpr std::string_view kDecomposition = "TensorRT has no layer that decomposes matrices";
constexpr std::string_view kSystem = "TensorRT has no layer that solves systems of equations";
constexpr std::string_view kPositions = "TensorRT's poolings do not tell where the maxima lie";
constexpr std::string_view kOpenSize = "the size of the result depends on data, and these engines have sizes that follow from those of their inputs";
constexpr std::string_view kSuppression = "TensorRT's own suppression of boxes has other results";
constexpr std::string_view kAlignments = "TensorRT has no layer that sums over alignments";
constexpr std::string_view kControl = "conditions and loops hold graphs of their own, which the host chooses among; TensorRT takes what surrounds them";

constexpr auto kRefusals = std::to_array<Refusal>({{"AdaptivePoolPositions", kPositions},
                                                   {"Cholesky", kDecomposition},
                                                   {"CtcForward", kAlignments},
                                                   {"CtcLoss", kAlignments},
                                                   {"CumulativeExtreme", "TensorRT's cumulative layer forms sums, no maxima or minima"},
                                                   {"HouseholderProduct", kDecomposition},
                                                   {"HouseholderQr", kDecomposition},
                                                   {"If", kControl},
                                                   {"Loop", kControl},
                                                   {"LuFactor", kDecomposition},
                                                   {"MaskedSelect", kOpenSize},
                                                   {"NonZero", kOpenSize},
                                                   {"PivotsToPermutation", kDecomposition},
                                                   {"PoolPositions", kPositions},
                                                   {"RegionPool", "TensorRT has no layer that pools regions given by data"},
                                                   {"SearchSorted", "TensorRT has no layer that searches in sorted numbers"},
                                                   {"SegmentReduce", "TensorRT has no layer that combines the elements of segments"},
                                                   {"SelectDetections", kSuppression},
                                                   {"NumberRange", kOpenSize},
                                                   {"RaggedRange", kOpenSize},
                                                   {"Special", "TensorRT has no layer for special functions other than erf"},
                                                   {"SuppressAlike", kOpenSize},
                                                   {"SuppressOverlaps", kSuppression},
                                                   {"Svd", kDecomposition},
                                                   {"SymmetricEigen", kDecomposition},
                                                   {"TriangularSolve", kSystem},
                                                   {"TridiagonalSolve", kSystem},
                                                   {"Unique", kOpenSize}});

}  // namespace

std::optional<std::string_view> refusal_of(std::string_view id) {
  const auto found = std::find_if(kRefusals.begin(), kRefusals.end(), [id](const Refusal& refusal) { return refusal.id == id; });
  return found == kRefusals.end() ? std::nullopt : std::optional(found->why);
}

}  // namespace mindird::engines::tensorrt
