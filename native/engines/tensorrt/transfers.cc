#include "engines/tensorrt/transfers.h"

#include <cstring>

namespace mindird::engines::tensorrt {

Result<Transfers> Transfers::make(const CudaApi& cuda, const Loaded& loaded) {
  Transfers out;
  out.cuda_ = &cuda;
  out.staging_bytes_ = loaded.input_bytes + loaded.output_bytes;
  TRY_ASSIGN(out.memory_, DeviceMemory::allocate(cuda, out.staging_bytes_));
  const auto add = [&](const Border& border, size_t base, std::vector<Way>& ways) {
    Way way;
    way.offset = base + border.offset;
    way.device = out.memory_.address() + way.offset;
    way.bytes = border.type.bytes();
    // Nothing to copy, but TensorRT wants an address.
    if (way.bytes == 0) way.kind = Kind::kOnDevice;
    ways.push_back(way);
  };
  for (const Border& border : loaded.inputs) add(border, 0, out.inputs_);
  for (const Border& border : loaded.outputs) add(border, loaded.input_bytes, out.outputs_);
  return out;
}

void Transfers::take_input(size_t i, CuDevicePtr device) {
  inputs_[i].kind = Kind::kOnDevice;
  inputs_[i].device = device;
}

Status Transfers::settle(Way& way, const Tensor& tensor, bool& changed) {
  if (way.kind == Kind::kStaged || way.kind == Kind::kOnDevice || (way.kind == Kind::kDirect && way.host == tensor.data)) return {};
  changed = true;
  if (way.kind == Kind::kOpen && is_page_locked(*cuda_, tensor.data, way.bytes)) {
    way.kind = Kind::kDirect;
    way.host = tensor.data;
    return {};
  }
  if (!staging_) {
    TRY_ASSIGN(staging_, make_pinned(*cuda_, staging_bytes_));
  }
  way.kind = Kind::kStaged;
  way.host = static_cast<std::byte*>(staging_.get()) + way.offset;
  return {};
}

Status Transfers::settle(const RunArgs& args, bool& changed) {
  for (size_t i = 0; i < inputs_.size(); ++i) TRY(settle(inputs_[i], args.inputs[i], changed));
  for (size_t i = 0; i < outputs_.size(); ++i) TRY(settle(outputs_[i], args.outputs[i], changed));
  return {};
}

void Transfers::fill_staging(const RunArgs& args) const {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (inputs_[i].kind == Kind::kStaged) std::memcpy(inputs_[i].host, args.inputs[i].data, inputs_[i].bytes);
  }
}

void Transfers::empty_staging(const RunArgs& args) const {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i].kind == Kind::kStaged) std::memcpy(args.outputs[i].data, outputs_[i].host, outputs_[i].bytes);
  }
}

Status Transfers::copy_inputs(CuStream stream) const {
  for (const Way& way : inputs_) {
    if (way.kind != Kind::kOnDevice) TRY(check(*cuda_, "cuMemcpyHtoDAsync", cuda_->copy_to_device(way.device, way.host, way.bytes, stream)));
  }
  return {};
}

Status Transfers::copy_outputs(CuStream stream) const {
  for (const Way& way : outputs_) {
    if (way.kind != Kind::kOnDevice) TRY(check(*cuda_, "cuMemcpyDtoHAsync", cuda_->copy_to_host(way.host, way.device, way.bytes, stream)));
  }
  return {};
}

}  // namespace mindird::engines::tensorrt
