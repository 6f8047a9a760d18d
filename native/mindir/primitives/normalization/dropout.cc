// Dropout where nothing is dropped: MindSpore's Dropout with keep_prob 1, and those of today's interface that are told not to train or to drop nothing.
#include "base/strings.h"
#include "mindir/primitives/primitive.h"

namespace mindird::mindir {
namespace {

/// The input and a mask that nobody may ask for.
Result<Item> kept(Call& call) {
  TRY_ASSIGN(const ir::ValueId x, call.tensor(0));
  return make_tuple({Item(Computed{x}), Item(Unavailable{"the mask of a dropout is not provided"})});
}

Status refuse(double p) { return unsupported(str("drops elements at random with probability ", p, "; export the model for inference")); }

/// Dropout, Dropout2D and Dropout3D: keep_prob is what stays.
Result<Item> lower_dropout(Call& call) {
  TRY_ASSIGN(const double keep, call.number("keep_prob", 1, 0.5));
  [[maybe_unused]] const bool seeds = call.has("Seed0", 2) || call.has("Seed1", 3);
  if (keep != 1.0) return refuse(1 - keep);
  return kept(call);
}

/// (x, p, seed, offset)
Result<Item> lower_dropout_ext(Call& call) {
  TRY_ASSIGN(const double p, call.number("p", 1, 0.5));
  if (p != 0.0) return refuse(p);
  return kept(call);
}

/// (x, p, training, inplace, seed, offset)
Result<Item> lower_functional(Call& call) {
  TRY_ASSIGN(const double p, call.number("p", 1, 0.5));
  TRY_ASSIGN(const bool training, call.flag("training", 2, true));
  if (training && p != 0.0) return refuse(p);
  return call.input(0);
}

REGISTER_PRIMITIVE(Dropout, lower_dropout);
REGISTER_PRIMITIVE(Dropout2D, lower_dropout);
REGISTER_PRIMITIVE(Dropout3D, lower_dropout);
REGISTER_PRIMITIVE(DropoutExt, lower_dropout_ext);
REGISTER_PRIMITIVE(FuncDropoutExt, lower_functional);
REGISTER_PRIMITIVE(Dropout2dExt, lower_functional);

}  // namespace
}  // namespace mindird::mindir
