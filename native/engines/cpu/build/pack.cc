#include "engines/cpu/build/pack.h"

#include "base/strings.h"

namespace mindird::engines::cpu {

Result<std::shared_ptr<const Buffer>> pack(Planner& planner, const PackKey& key, const std::function<Status(std::byte*)>& fill) {
  const std::string name = str("cpu:", key.content, ":", key.layout);
  const auto& store = planner.options().packed;
  std::shared_ptr<const Buffer> buffer = store ? store->find(name) : nullptr;
  if (!buffer) {
    if (const Record::Packed* recorded = planner.record().packed(name)) {
      if (recorded->layout != key.layout || recorded->buffer->size() != key.bytes) {
        return Status(Code::kEngineFailed,
                      str("cpu: cached weights lie as ", recorded->layout, " in ", recorded->buffer->size(), " bytes, want ", key.layout, " in ", key.bytes));
      }
      buffer = recorded->buffer;
    } else {
      TRY_ASSIGN(Buffer fresh, planner.record().allocate(key.bytes));
      TRY(fill(fresh.data()));
      buffer = std::make_shared<Buffer>(std::move(fresh));
    }
    if (store) buffer = store->insert(name, buffer);
  }
  planner.record().add_packed(name, {key.layout, buffer});
  return buffer;
}

}  // namespace mindird::engines::cpu
