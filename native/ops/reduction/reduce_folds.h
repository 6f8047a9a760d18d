// How Reduce folds elements, one struct per kind: the state to start from, adding an element, and the result over n elements.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "ops/support.h"

namespace mindird::ops::reduce {

template <class T>
struct Sum {
  using Element = T;
  using State = Accumulator<T>;
  static constexpr State kStart = 0;
  static void add(State& s, T x) { s += widen(x); }
  static T finish(State s, int64_t) { return narrow<T>(s); }
};

template <class T>
struct Mean : Sum<T> {
  using State = Accumulator<T>;
  static T finish(State s, int64_t n) {
    if constexpr (kIsFloating<T>) {
      return narrow<T>(s / static_cast<double>(n));
    } else if (n == 0) {
      return 0;
    } else if constexpr (std::is_signed_v<T>) {
      return static_cast<T>(static_cast<int64_t>(s) / n);
    } else {
      return static_cast<T>(s / static_cast<uint64_t>(n));
    }
  }
};

template <class T>
struct Product {
  using Element = T;
  using State = Accumulator<T>;
  static constexpr State kStart = 1;
  static void add(State& s, T x) { s *= widen(x); }
  static T finish(State s, int64_t) { return narrow<T>(s); }
};

// A NaN once taken stays, since no comparison with it is true.
template <class T>
struct Max {
  using Element = T;
  using State = Compute<T>;
  static constexpr State kStart = kIsFloating<T> ? -std::numeric_limits<State>::infinity() : std::numeric_limits<State>::lowest();
  static void add(State& s, T x) {
    const State value = load(x);
    if (value > s || value != value) s = value;
  }
  static T finish(State s, int64_t) { return store<T>(s); }
};

template <class T>
struct Min {
  using Element = T;
  using State = Compute<T>;
  static constexpr State kStart = kIsFloating<T> ? std::numeric_limits<State>::infinity() : std::numeric_limits<State>::max();
  static void add(State& s, T x) {
    const State value = load(x);
    if (value < s || value != value) s = value;
  }
  static T finish(State s, int64_t) { return store<T>(s); }
};

struct All {
  using Element = BoolByte;
  using State = bool;
  static constexpr State kStart = true;
  static void add(State& s, BoolByte x) { s = s && static_cast<bool>(x); }
  static BoolByte finish(State s, int64_t) { return BoolByte(s); }
};

struct Any {
  using Element = BoolByte;
  using State = bool;
  static constexpr State kStart = false;
  static void add(State& s, BoolByte x) { s = s || static_cast<bool>(x); }
  static BoolByte finish(State s, int64_t) { return BoolByte(s); }
};

}  // namespace mindird::ops::reduce
