// Every element becomes an unsigned number whose order is that of the elements, with its position behind it: what is sorted then are plain numbers without
// equals. Elements of at most 32 bits share one number of 64 bits with their position.
#include "engines/cpu/kernels/order_line.h"

#include <algorithm>
#include <bit>
#include <compare>
#include <type_traits>

#include "ops/support.h"

namespace mindird::engines::cpu {
namespace {

template <class T>
using Key = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

/// The number of an element in ascending order.
template <class T>
Key<T> key_of(T element) {
  using K = Key<T>;
  constexpr K kTop = K{1} << (8 * sizeof(K) - 1);
  const auto value = ops::load(element);
  if constexpr (std::is_floating_point_v<decltype(value)>) {
    const K bits = std::bit_cast<K>(value == 0 ? 0 : value);  // one zero
    if (value != value) return ~K{0};
    return (bits & kTop) != 0 ? ~bits : bits | kTop;
  } else if constexpr (std::is_signed_v<decltype(value)>) {
    return static_cast<K>(value) ^ kTop;
  } else {
    return static_cast<K>(value);
  }
}

struct WideEntry {
  uint64_t key;
  uint32_t position;
  auto operator<=>(const WideEntry&) const = default;
};
template <class T>
using Entry = std::conditional_t<sizeof(T) == 8, WideEntry, uint64_t>;

uint32_t position_of(const WideEntry& entry) { return entry.position; }
uint32_t position_of(uint64_t entry) { return static_cast<uint32_t>(entry); }

template <class T>
void order(const OrderedLine& line, std::byte* memory) {
  const T* x = reinterpret_cast<const T*>(line.x);
  auto* entries = reinterpret_cast<Entry<T>*>(memory);
  for (int64_t i = 0; i < line.size; ++i) {
    const Key<T> key = line.descending ? ~key_of(x[i * line.step]) : key_of(x[i * line.step]);
    if constexpr (sizeof(T) == 8) {
      entries[i] = {key, static_cast<uint32_t>(i)};
    } else {
      entries[i] = uint64_t{key} << 32U | static_cast<uint64_t>(i);
    }
  }
  // A heap of a few passes over most elements without moving them.
  constexpr int64_t kFew = 8;
  if (line.wanted * kFew < line.size) {
    std::partial_sort(entries, entries + line.wanted, entries + line.size);
  } else {
    std::sort(entries, entries + line.size);
  }
  for (int64_t i = 0; i < line.wanted; ++i) {
    const uint32_t position = position_of(entries[i]);
    reinterpret_cast<T*>(line.values)[i * line.step] = x[position * line.step];
    line.indices[i * line.step] = static_cast<int32_t>(position);
  }
}

}  // namespace

size_t order_bytes(DType dtype, int64_t size) { return static_cast<size_t>(size) * (dtype_size(dtype) == 8 ? sizeof(WideEntry) : sizeof(uint64_t)); }

void order_line(DType dtype, const OrderedLine& line, std::byte* memory) {
  static_cast<void>(ops::dispatch_any(dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, Half> && !std::is_same_v<T, BFloat16>) order<T>(line, memory);
  }));
}

}  // namespace mindird::engines::cpu
