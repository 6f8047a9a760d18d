// Which memory each slot of a program names. A memory begins as an input, a parameter, a constant or what a step computes; Depend, TupleGetItem and writes give
// it further names. A slot may also name a tuple of memories, a view, or a member nobody knows yet: those are read where they are used, so they stand for the
// step that makes them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/status.h"
#include "mindir/program.h"

namespace mindird::mindir {

using MemoryId = uint32_t;

class Names {
 public:
  struct Name {
    bool is_memory = true;
    uint32_t index = 0;  // a memory, or the step that makes a tuple or a view of memories
  };

  explicit Names(const Program& program);

  /// Refuses writes that would have to be written through: into a view, into a tuple, into what a Load has read.
  Status check() const;

  const Name& of(SlotId slot) const { return names_[slot]; }
  /// True when something writes to what the slot names, or to a part of it.
  bool touches_written(SlotId slot) const { return touched_[slot]; }
  /// True for a parameter or constant: its value is in the file.
  bool is_stored(MemoryId memory) const { return memories_[memory].stored; }
  /// True for a tuple of which members are written one by one.
  bool has_written_members(MemoryId memory) const { return memories_[memory].member_writer != kNobody; }
  uint32_t member_writer(MemoryId memory) const { return memories_[memory].member_writer; }
  size_t memory_count() const { return memories_.size(); }
  /// The slot that holds its value before anything is written.
  SlotId first_slot(MemoryId memory) const { return memories_[memory].slot; }
  /// Positions among the inputs of a step that it writes to.
  std::span<const size_t> targets(uint32_t step) const;

 private:
  static constexpr uint32_t kNobody = UINT32_MAX;
  struct Memory {
    SlotId slot = 0;
    uint32_t parent = kNobody;  // the tuple it is a member of
    uint32_t writer = kNobody;
    uint32_t member_writer = kNobody;
    bool loaded = false;
    bool stored = false;
  };

  Name fresh(SlotId slot, uint32_t parent = kNobody);
  Name name_of(uint32_t position);
  Name member(uint32_t position);
  void mark_written(uint32_t position);
  void mark_touched();
  Status check_write(uint32_t position, size_t target) const;

  const Program& program_;
  std::vector<Name> names_;
  std::vector<Memory> memories_;
  std::vector<uint8_t> touched_;
  std::vector<uint32_t> depth_;  // of tuples and views in one another
  std::map<std::pair<MemoryId, int64_t>, MemoryId> members_;
};

}  // namespace mindird::mindir
