#include "mindir/later_arguments.h"

#include <algorithm>
#include <array>

namespace mindird::mindir {
namespace {

struct LaterArgument {
  std::string_view primitive;
  std::string_view argument;
  int major;  // the first version that writes it
  int minor;
};

/// From the signatures of the primitives in MindSpore 1.2.1, 1.3.0, 1.5.2, 1.6.2, 1.8.1, 1.10.0, 2.0.0, 2.7.0, 2.9.0 and 2.10.0; the first of these that
/// has the argument counts, as a version between two of them may lack it.
constexpr std::array kLaterArguments = {
    LaterArgument{"Gather", "batch_dims", 2, 0},
    LaterArgument{"LSTM", "proj_size", 2, 7},
    LaterArgument{"NLLLoss", "ignore_index", 2, 7},
    LaterArgument{"ReduceSum", "skip_mode", 2, 0},
    LaterArgument{"ResizeBilinear", "half_pixel_centers", 1, 8},
    LaterArgument{"ResizeNearestNeighbor", "half_pixel_centers", 2, 7},
    LaterArgument{"Round", "decimals", 2, 7},
    LaterArgument{"SmoothL1Loss", "reduction", 1, 8},
};

}  // namespace

bool is_later_argument(std::string_view primitive, std::string_view argument, const Version& version) {
  return std::any_of(kLaterArguments.begin(), kLaterArguments.end(), [&](const LaterArgument& later) {
    return later.primitive == primitive && later.argument == argument && version.before(later.major, later.minor);
  });
}

}  // namespace mindird::mindir
