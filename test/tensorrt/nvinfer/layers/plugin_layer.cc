// A user's plugin as a layer: its types and shapes are asked of the plugin, as the real builder does.
#include "base/strings.h"
#include "network.h"
#include "plugin_op.h"

namespace mindird::test_nvinfer {
namespace {

class Constant final : public IDimensionExpr, public defaults::DimensionExpr {
 public:
  explicit Constant(int64_t value) : value_(value) { mImpl = this; }
  bool isConstant() const override { return true; }
  int64_t getConstantValue() const override { return value_; }
  bool isSizeTensor() const override { return false; }

 private:
  int64_t value_;
};

/// Sizes are known here, so expressions are numbers.
class Expressions final : public IExprBuilder, public defaults::ExprBuilder {
 public:
  Expressions() { mImpl = this; }
  IDimensionExpr const* constant(int64_t value) override { return kept_.emplace_back(std::make_unique<Constant>(value)).get(); }
  IDimensionExpr const* operation(DimensionOperation operation, IDimensionExpr const& first, IDimensionExpr const& second) override {
    const int64_t a = first.getConstantValue();
    const int64_t b = second.getConstantValue();
    switch (operation) {
      case DimensionOperation::kSUM: return constant(a + b);
      case DimensionOperation::kPROD: return constant(a * b);
      case DimensionOperation::kSUB: return constant(a - b);
      case DimensionOperation::kMAX: return constant(std::max(a, b));
      case DimensionOperation::kMIN: return constant(std::min(a, b));
      default: missing("IExprBuilder::operation of this kind");
    }
  }

 private:
  std::vector<std::unique_ptr<Constant>> kept_;
};

template <class T>
T& capability(IPluginV3& plugin, PluginCapabilityType type) {
  auto* const found = static_cast<T*>(plugin.getCapabilityInterface(type));
  if (!found) missing("plugins without this capability");
  return *found;
}

class PluginLayer final : public LayerOf<IPluginV3Layer, defaults::PluginV3Layer> {
 public:
  PluginLayer(Network& n, const std::vector<ITensor*>& inputs, std::unique_ptr<IPluginV3> plugin, size_t outputs)
      : LayerOf(n, LayerType::kPLUGIN_V3, inputs, outputs), plugin_(std::move(plugin)) {}
  IPluginV3& getPlugin() noexcept override { return *plugin_; }

  Lowered lower(Lowering& l) const override {
    const auto& core = capability<IPluginV3OneCore>(*plugin_, PluginCapabilityType::kCORE);
    auto& runtime = capability<IPluginV3OneRuntime>(*plugin_, PluginCapabilityType::kRUNTIME);
    auto op = std::make_shared<RunPlugin>();
    op->creator = core.getPluginName();
    op->version = core.getPluginVersion();
    op->name_space = core.getPluginNamespace();
    op->fields = serialized_fields(*runtime.getFieldsToSerialize());
    TRY_ASSIGN(op->types, types_of(l));
    return l.graph.add_node(op, l.in, l.name);
  }

 private:
  Result<std::string> types_of(const Lowering& l) const {
    auto& build = capability<IPluginV3OneBuild>(*plugin_, PluginCapabilityType::kBUILD);
    const auto count = static_cast<int32_t>(l.in.size());
    const int32_t outputs = build.getNbOutputs();
    Expressions expressions;
    std::vector<DataType> in_types;
    std::vector<DimsExprs> in(l.in.size());
    for (size_t i = 0; i < l.in.size(); ++i) {
      in_types.push_back(*trt_type(l.type(i).dtype));
      in[i].nbDims = static_cast<int32_t>(l.rank(i));
      for (size_t d = 0; d < l.rank(i); ++d) in[i].d[d] = expressions.constant(l.type(i).shape[d]);
    }
    std::vector<DataType> types(static_cast<size_t>(outputs));
    std::vector<DimsExprs> shapes(static_cast<size_t>(outputs));
    TRY(require(build.getOutputDataTypes(types.data(), outputs, in_types.data(), count) == 0, "the plugin refused its input types"));
    TRY(require(build.getOutputShapes(in.data(), count, nullptr, 0, shapes.data(), outputs, expressions) == 0, "the plugin refused its input shapes"));
    std::string out;
    for (size_t i = 0; i < types.size(); ++i) {
      std::vector<int64_t> dims;
      for (int32_t d = 0; d < shapes[i].nbDims; ++d) dims.push_back(shapes[i].d[d]->getConstantValue());
      const auto dtype = ir_type(types[i]);
      TRY(require(dtype.has_value(), "the plugin has an output type the test library lacks"));
      out += str(i ? ";" : "", TensorType{*dtype, Shape(std::move(dims))}.text());
    }
    return out;
  }

  std::unique_ptr<IPluginV3> plugin_;
};

}  // namespace

IPluginV3Layer* Network::addPluginV3(ITensor* const* inputs, int32_t count, ITensor* const*, int32_t shape_inputs, IPluginV3& plugin) noexcept {
  if (shape_inputs != 0) missing("INetworkDefinition::addPluginV3 with shape inputs");
  // The network keeps a clone, as documented: the caller may delete its plugin.
  std::unique_ptr<IPluginV3> clone(plugin.clone());
  const int32_t outputs = capability<IPluginV3OneBuild>(*clone, PluginCapabilityType::kBUILD).getNbOutputs();
  return keep_layer(std::make_unique<PluginLayer>(*this, std::vector<ITensor*>(inputs, inputs + count), std::move(clone), static_cast<size_t>(outputs)));
}

}  // namespace mindird::test_nvinfer
