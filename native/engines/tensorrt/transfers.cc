#include "engines/tensorrt/transfers.h"

#include <algorithm>
#include <cstring>

namespace mindird::engines::tensorrt {
namespace {

/// What is at most so large is small: copying it once more on the host takes one or two microseconds, about as much as a copy to the device takes to begin.
constexpr size_t kSmall = 16 * 1024;

}  // namespace

Result<Transfers> Transfers::make(const CudaApi& cuda, const Loaded& loaded) {
  Transfers out;
  out.cuda_ = &cuda;
  out.staging_bytes_ = loaded.border_bytes();
  TRY_ASSIGN(out.memory_, DeviceMemory::allocate(cuda, out.staging_bytes_));
  size_t at = 0;
  // Small ones lie side by side, so that one copy takes all of them.
  const auto place = [&](const std::vector<Border>& borders, Ways& ways) {
    ways.resize(borders.size());
    for (const bool small : {true, false}) {
      for (size_t i = 0; i < borders.size(); ++i) {
        Way& way = ways[i];
        way.bytes = borders[i].type.bytes();
        if ((way.bytes <= kSmall) != small) continue;
        way.offset = at;
        way.device = out.memory_.address() + at;
        // Nothing to copy, but TensorRT wants an address.
        if (way.bytes == 0) way.kind = Kind::kOnDevice;
        at += borders[i].room();
      }
    }
  };
  place(loaded.inputs, out.inputs_);
  place(loaded.outputs, out.outputs_);
  return out;
}

void Transfers::take_input(size_t i, CuDevicePtr device) {
  inputs_[i].kind = Kind::kOnDevice;
  inputs_[i].device = device;
}

Status Transfers::stage(Way& way, Kind kind) {
  if (!staging_) {
    TRY_ASSIGN(staging_, make_pinned(*cuda_, staging_bytes_));
  }
  way.kind = kind;
  way.host = static_cast<std::byte*>(staging_.get()) + way.offset;
  return {};
}

Status Transfers::settle(Way& way, const Tensor& tensor, bool& changed) {
  if (way.kind != Kind::kOpen && (way.kind != Kind::kDirect || way.host == tensor.data)) return {};
  changed = true;
  if (way.kind != Kind::kOpen || !is_page_locked(*cuda_, tensor.data, way.bytes)) return stage(way, Kind::kStaged);
  way.kind = Kind::kDirect;
  way.host = tensor.data;
  return {};
}

Status Transfers::settle(Ways& ways, std::span<const Tensor> tensors, bool& changed) {
  const auto goes_along = [](const Way& way) { return way.kind == Kind::kOpen && way.bytes <= kSmall; };
  if (std::ranges::count_if(ways, goes_along) > 1) {
    for (Way& way : ways) {
      if (goes_along(way)) TRY(stage(way, Kind::kPacked));
    }
    changed = true;
  }
  for (size_t i = 0; i < ways.size(); ++i) TRY(settle(ways[i], tensors[i], changed));
  return {};
}

Status Transfers::settle(const RunArgs& args, bool& changed) {
  TRY(settle(inputs_, args.inputs, changed));
  return settle(outputs_, args.outputs, changed);
}

void Transfers::fill_staging(const RunArgs& args) const {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const Way& way = inputs_[i];
    if (way.kind == Kind::kStaged || way.kind == Kind::kPacked) std::memcpy(way.host, args.inputs[i].data, way.bytes);
  }
}

void Transfers::empty_staging(const RunArgs& args) const {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const Way& way = outputs_[i];
    if (way.kind == Kind::kStaged || way.kind == Kind::kPacked) std::memcpy(args.outputs[i].data, way.host, way.bytes);
  }
}

template <class Copy>
Status Transfers::copy_all(const Ways& ways, const Copy& copy) const {
  Way pack;
  for (const Way& way : ways) {
    if (way.kind == Kind::kDirect || way.kind == Kind::kStaged) TRY(copy(way));
    if (way.kind != Kind::kPacked) continue;
    // Places are ascending. What lies between two of them is room of a tensor that this context neither reads from the host nor gives to it.
    if (pack.bytes == 0) pack = way;
    pack.bytes = way.offset + way.bytes - pack.offset;
  }
  return pack.bytes > 0 ? copy(pack) : Status();
}

Status Transfers::copy_inputs(CuStream stream) const {
  return copy_all(inputs_, [&](const Way& way) { return check(*cuda_, "cuMemcpyHtoDAsync", cuda_->copy_to_device(way.device, way.host, way.bytes, stream)); });
}

Status Transfers::copy_outputs(CuStream stream) const {
  return copy_all(outputs_, [&](const Way& way) { return check(*cuda_, "cuMemcpyDtoHAsync", cuda_->copy_to_host(way.host, way.device, way.bytes, stream)); });
}

}  // namespace mindird::engines::tensorrt
