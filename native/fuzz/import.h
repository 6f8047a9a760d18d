// Reads a model from bytes and lowers it, as a load would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "base/strings.h"
#include "mindir/module.h"

namespace mindird::fuzz {

/// Sizes the file leaves open become 2. A message belongs to every refusal.
inline Status import(std::span<const uint8_t> bytes) {
  static const int file = ::memfd_create("model", MFD_CLOEXEC);
  static const std::string path = str("/proc/self/fd/", file);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return {};
  // Either policy, by a property of the input that mutations change.
  const auto state = bytes.size() % 2 == 0 ? mindir::StatePolicy::kRefuse : mindir::StatePolicy::kPerRequest;
  TRY_ASSIGN(const auto module, mindir::read(path, {.state = state, .key = {}}));
  std::vector<Shape> shapes;
  for (const mindir::Declared& input : module->inputs()) {
    Shape shape = input.rank_known ? input.type.shape : Shape{2, 2};
    for (size_t i = 0; i < shape.rank(); ++i) shape[i] = shape[i] < 0 ? 2 : shape[i];
    shapes.push_back(std::move(shape));
  }
  if (module->text().empty()) __builtin_trap();
  TRY_ASSIGN(const ir::Graph graph, module->lower(shapes));
  // What was lowered holds together, or the importer is wrong.
  if (!graph.verify().ok()) __builtin_trap();
  return {};
}

}  // namespace mindird::fuzz
