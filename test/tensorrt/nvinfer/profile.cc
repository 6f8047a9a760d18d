#include "profile.h"

#include "base/strings.h"

namespace mindird::test_nvinfer {
namespace {

/// What the header demands of minimum, optimum and maximum with the network's dims, where -1 is open.
bool consistent(const Shape& least, const Shape& best, const Shape& most, const Shape& network) {
  if (least.rank() != network.rank() || best.rank() != network.rank() || most.rank() != network.rank()) return false;
  for (size_t d = 0; d < network.rank(); ++d) {
    if (least[d] < 0 || least[d] > best[d] || best[d] > most[d]) return false;
    if (network[d] != -1 && (least[d] != network[d] || most[d] != network[d])) return false;
  }
  return true;
}

}  // namespace

bool Profile::setDimensions(char const* name, OptProfileSelector select, Dims const& dims) noexcept {
  auto& shapes = inputs_[name];
  for (const auto& other : shapes) {
    if (other && static_cast<int32_t>(other->rank()) != dims.nbDims) return false;
  }
  shapes[static_cast<size_t>(select)] = engines::tensorrt::ir_shape(dims);
  return true;
}

Dims Profile::getDimensions(char const* name, OptProfileSelector select) const noexcept {
  const auto it = inputs_.find(name);
  Dims none{};
  none.nbDims = -1;
  if (it == inputs_.end()) return none;
  const auto& shape = it->second[static_cast<size_t>(select)];
  return shape ? engines::tensorrt::trt_dims(*shape) : none;
}

bool Profile::isValid() const noexcept {
  for (const auto& [name, shapes] : inputs_) {
    if (!shapes[0] || !shapes[1] || !shapes[2] || !consistent(*shapes[0], *shapes[1], *shapes[2], Shape(std::vector<int64_t>(shapes[0]->rank(), -1))))
      return false;
  }
  return true;
}

Result<std::vector<Shape>> Profile::shapes(std::span<const std::string> names, std::span<const Shape> network) const {
  std::vector<Shape> out;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto it = inputs_.find(names[i]);
    if (it == inputs_.end()) {
      if (!network[i].known()) return unsupported(str("a profile has no dimensions for ", names[i]));
      out.push_back(network[i]);
      continue;
    }
    const auto& [least, best, most] = it->second;
    if (!least || !best || !most || !consistent(*least, *best, *most, network[i]))
      return unsupported(str("a profile's dimensions for ", names[i], " contradict ", network[i].text()));
    if (*least != *most) return unsupported(str("a profile of the test library has one shape, not ", least->text(), " to ", most->text()));
    out.push_back(*best);
  }
  return out;
}

}  // namespace mindird::test_nvinfer
