#include "mindir/memory/effects.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "mindir/program.h"

namespace mindird::mindir {
namespace {

using Entry = std::pair<std::string_view, Effect>;

/// Sorted by name. Primitives whose numbers are drawn at random (InplaceNormal, …) and those that move memory between devices are not here.
constexpr Entry kEffects[] = {
    {"Assign", Effect::kOverwrite},
    {"AssignAdd", Effect::kUpdate},
    {"AssignSub", Effect::kUpdate},
    {"BatchNorm", Effect::kStatistics},
    {"BroadcastToView", Effect::kView},
    {"ChunkView", Effect::kView},
    {"Contiguous", Effect::kContiguous},
    {"Depend", Effect::kSame},
    {"Detach", Effect::kView},
    {"DiagonalView", Effect::kView},
    {"ExpandDimsView", Effect::kView},
    {"HistogramSummary", Effect::kMessage},
    {"ImageSummary", Effect::kMessage},
    {"IndexAdd", Effect::kUpdate},
    {"InplaceAddExt", Effect::kUpdate},
    {"InplaceAddmm", Effect::kUpdate},
    {"InplaceAddsExt", Effect::kUpdate},
    {"InplaceClampScalar", Effect::kUpdate},
    {"InplaceClampTensor", Effect::kUpdate},
    {"InplaceCopy", Effect::kOverwrite},
    {"InplaceDiv", Effect::kUpdate},
    {"InplaceDivMod", Effect::kUpdate},
    {"InplaceDivMods", Effect::kUpdate},
    {"InplaceDivs", Effect::kUpdate},
    {"InplaceElu", Effect::kUpdate},
    {"InplaceErfinv", Effect::kUpdate},
    {"InplaceExp", Effect::kUpdate},
    {"InplaceFillDiagonal", Effect::kUpdate},
    {"InplaceFillScalar", Effect::kOverwrite},
    {"InplaceFillTensor", Effect::kOverwrite},
    {"InplaceFloor", Effect::kUpdate},
    {"InplaceFloorDivide", Effect::kUpdate},
    {"InplaceFloorDivides", Effect::kUpdate},
    {"InplaceHardtanh", Effect::kUpdate},
    {"InplaceIndexAdd", Effect::kUpdate},
    {"InplaceIndexAddExt", Effect::kUpdate},
    {"InplaceIndexCopy", Effect::kUpdate},
    {"InplaceIndexFillScalar", Effect::kUpdate},
    {"InplaceIndexFillTensor", Effect::kUpdate},
    {"InplaceIndexPut", Effect::kUpdate},
    {"InplaceLog", Effect::kUpdate},
    {"InplaceMaskedFillScalar", Effect::kUpdate},
    {"InplaceMaskedFillTensor", Effect::kUpdate},
    {"InplaceMaskedScatter", Effect::kUpdate},
    {"InplaceMul", Effect::kUpdate},
    {"InplaceMuls", Effect::kUpdate},
    {"InplacePut", Effect::kUpdate},
    {"InplaceReLU", Effect::kUpdate},
    {"InplaceRemainderTensorScalar", Effect::kUpdate},
    {"InplaceRemainderTensorTensor", Effect::kUpdate},
    {"InplaceScatterAdd", Effect::kUpdate},
    {"InplaceScatterSrc", Effect::kUpdate},
    {"InplaceScatterSrcReduce", Effect::kUpdate},
    {"InplaceScatterValue", Effect::kUpdate},
    {"InplaceScatterValueReduce", Effect::kUpdate},
    {"InplaceSiLU", Effect::kUpdate},
    {"InplaceSigmoid", Effect::kUpdate},
    {"InplaceSign", Effect::kUpdate},
    {"InplaceSubExt", Effect::kUpdate},
    {"InplaceSubScalar", Effect::kUpdate},
    {"InplaceTanh", Effect::kUpdate},
    {"InplaceThreshold", Effect::kUpdate},
    {"InplaceZero", Effect::kOverwrite},
    {"InstanceNorm", Effect::kStatistics},
    {"Load", Effect::kLoad},
    {"MakeTuple", Effect::kTuple},
    {"NarrowView", Effect::kView},
    {"Print", Effect::kMessage},
    {"ScalarSummary", Effect::kMessage},
    {"ScatterAdd", Effect::kUpdate},
    {"ScatterDiv", Effect::kUpdate},
    {"ScatterMax", Effect::kUpdate},
    {"ScatterMin", Effect::kUpdate},
    {"ScatterMul", Effect::kUpdate},
    {"ScatterNdAdd", Effect::kUpdate},
    {"ScatterNdDiv", Effect::kUpdate},
    {"ScatterNdMax", Effect::kUpdate},
    {"ScatterNdMin", Effect::kUpdate},
    {"ScatterNdMul", Effect::kUpdate},
    {"ScatterNdSub", Effect::kUpdate},
    {"ScatterNdUpdate", Effect::kUpdate},
    {"ScatterNonAliasingAdd", Effect::kUpdate},
    {"ScatterSub", Effect::kUpdate},
    {"ScatterUpdate", Effect::kUpdate},
    {"SelectExtView", Effect::kView},
    {"SliceExtView", Effect::kView},
    {"SplitTensorView", Effect::kView},
    {"SplitWithSizeView", Effect::kView},
    {"TensorSummary", Effect::kMessage},
    {"TransposeExtView", Effect::kView},
    {"TransposeView", Effect::kView},
    {"TupleGetItem", Effect::kMember},
    {"UnstackExtView", Effect::kView},
    {"UpdateState", Effect::kState},
    {"View", Effect::kView},
    {"make_list", Effect::kTuple},
};

static_assert(std::is_sorted(std::begin(kEffects), std::end(kEffects), [](const Entry& a, const Entry& b) { return a.first < b.first; }));

/// Position of is_training among the inputs of BatchNorm.
constexpr size_t kIsTraining = 5;

bool is_set(const Item& item) {
  if (const bool* flag = item.as<bool>()) return *flag;
  return number_of(item).value_or(1) != 0;
}

}  // namespace

Effect effect_of(std::string_view op) {
  const auto* const found =
      std::lower_bound(std::begin(kEffects), std::end(kEffects), op, [](const Entry& entry, std::string_view name) { return entry.first < name; });
  return found != std::end(kEffects) && found->first == op ? found->second : Effect::kNone;
}

Effect effect_of(const Program& program, const Step& step) {
  const Primitive& primitive = program.primitives[step.primitive];
  const Effect effect = effect_of(primitive.op);
  if (effect != Effect::kStatistics || primitive.op == "InstanceNorm") return effect;
  const Item* marked = primitive.attribute("side_effect_mem");
  const Item* training = primitive.attribute("is_training");
  if (!training && step.inputs.size() > kIsTraining) training = &program.slots[step.inputs[kIsTraining]].initial;
  return marked && is_set(*marked) && training && is_set(*training) ? effect : Effect::kNone;
}

}  // namespace mindird::mindir
