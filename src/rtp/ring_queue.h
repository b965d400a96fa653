#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/check.h"

namespace ingress::rtp {

/// A queue in one block of memory, which grows when it is full and is never given back: once it
/// runs, nothing is allocated. T must be default-constructible and movable.
template <typename T>
class RingQueue {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// `index` counts from the oldest.
  T& operator[](std::size_t index) {
    INGRESS_CHECK(index < size_);
    return slots_[At(index)];
  }
  const T& operator[](std::size_t index) const {
    INGRESS_CHECK(index < size_);
    return slots_[At(index)];
  }
  T& front() { return (*this)[0]; }
  const T& front() const { return (*this)[0]; }
  T& back() { return (*this)[size_ - 1]; }

  void push_back(T value) {
    if (size_ == slots_.size()) Grow();
    slots_[At(size_)] = std::move(value);
    ++size_;
  }

  void pop_front() {
    INGRESS_CHECK(size_ > 0);
    slots_[first_] = T{};
    first_ = At(1);
    --size_;
  }

  void clear() {
    while (!empty()) pop_front();
  }

 private:
  static constexpr std::size_t kInitialSlots = 64;  // a power of two, as all sizes after it

  std::size_t At(std::size_t index) const { return (first_ + index) & (slots_.size() - 1); }

  void Grow() {
    std::vector<T> larger(slots_.empty() ? kInitialSlots : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move(slots_[At(i)]);
    slots_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace ingress::rtp
