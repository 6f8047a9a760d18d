// A TensorRT plugin for the tests, as a user would write one: y = alpha * x on f32, alpha a field. Device memory of the test libcuda is the host's, so it
// computes at once.
#include <NvInfer.h>

#include <cstdint>
#include <string>

namespace {

using namespace nvinfer1;

class ScalePlugin final : public IPluginV3, public IPluginV3OneCore, public IPluginV3OneBuild, public IPluginV3OneRuntime {
 public:
  explicit ScalePlugin(float alpha) : alpha_(alpha), field_("alpha", &alpha_, PluginFieldType::kFLOAT32, 1) {}

  IPluginCapability* getCapabilityInterface(PluginCapabilityType type) noexcept override {
    if (type == PluginCapabilityType::kCORE) return static_cast<IPluginV3OneCore*>(this);
    if (type == PluginCapabilityType::kBUILD) return static_cast<IPluginV3OneBuild*>(this);
    return static_cast<IPluginV3OneRuntime*>(this);
  }
  IPluginV3* clone() noexcept override { return new ScalePlugin(alpha_); }

  AsciiChar const* getPluginName() const noexcept override { return "TestScale"; }
  AsciiChar const* getPluginVersion() const noexcept override { return "1"; }
  AsciiChar const* getPluginNamespace() const noexcept override { return ""; }

  int32_t configurePlugin(DynamicPluginTensorDesc const*, int32_t, DynamicPluginTensorDesc const*, int32_t) noexcept override { return 0; }
  int32_t getOutputDataTypes(DataType* out, int32_t, DataType const* in, int32_t count) const noexcept override {
    if (count != 1 || in[0] != DataType::kFLOAT) return 1;
    out[0] = in[0];
    return 0;
  }
  int32_t getOutputShapes(DimsExprs const* in, int32_t, DimsExprs const*, int32_t, DimsExprs* out, int32_t, IExprBuilder&) noexcept override {
    out[0] = in[0];
    return 0;
  }
  bool supportsFormatCombination(int32_t at, DynamicPluginTensorDesc const* all, int32_t, int32_t) noexcept override {
    return all[at].desc.format == TensorFormat::kLINEAR && all[at].desc.type == DataType::kFLOAT;
  }
  int32_t getNbOutputs() const noexcept override { return 1; }

  int32_t onShapeChange(PluginTensorDesc const*, int32_t, PluginTensorDesc const*, int32_t) noexcept override { return 0; }
  int32_t enqueue(PluginTensorDesc const* in, PluginTensorDesc const*, void const* const* from, void* const* to, void*, cudaStream_t) noexcept override {
    int64_t count = 1;
    for (int32_t d = 0; d < in[0].dims.nbDims; ++d) count *= in[0].dims.d[d];
    const auto* x = static_cast<const float*>(from[0]);
    auto* y = static_cast<float*>(to[0]);
    for (int64_t i = 0; i < count; ++i) y[i] = alpha_ * x[i];
    return 0;
  }
  IPluginV3* attachToContext(IPluginResourceContext*) noexcept override { return clone(); }
  PluginFieldCollection const* getFieldsToSerialize() noexcept override {
    fields_ = {1, &field_};
    return &fields_;
  }

 private:
  float alpha_;
  PluginField field_;
  PluginFieldCollection fields_;
};

class ScaleCreator final : public IPluginCreatorV3One {
 public:
  IPluginV3* createPlugin(AsciiChar const*, PluginFieldCollection const* fields, TensorRTPhase) noexcept override {
    float alpha = 2;
    for (int32_t i = 0; i < fields->nbFields; ++i) {
      const PluginField& f = fields->fields[i];
      if (std::string(f.name) != "alpha" || f.type != PluginFieldType::kFLOAT32 || f.length != 1) return nullptr;
      alpha = *static_cast<const float*>(f.data);
    }
    return new ScalePlugin(alpha);
  }
  PluginFieldCollection const* getFieldNames() noexcept override {
    static const PluginField field("alpha", nullptr, PluginFieldType::kFLOAT32, 1);
    static const PluginFieldCollection fields{1, &field};
    return &fields;
  }
  AsciiChar const* getPluginName() const noexcept override { return "TestScale"; }
  AsciiChar const* getPluginVersion() const noexcept override { return "1"; }
  AsciiChar const* getPluginNamespace() const noexcept override { return ""; }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) IPluginCreatorInterface* const* getCreators(int32_t& count) {
  static ScaleCreator creator;
  static IPluginCreatorInterface* const creators[] = {&creator};
  count = 1;
  return creators;
}
