#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <random>

namespace ingress::handler {

/// Chooses at random; one seed makes the same choices again.
class RandomChoice {
 public:
  explicit RandomChoice(unsigned seed) : random_(seed) {}

  int Pick(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }

  template <typename T, std::size_t N>
  const T& PickOf(const std::array<T, N>& all) {
    return all[static_cast<std::size_t>(Pick(0, static_cast<int>(N) - 1))];
  }

  bool Chance(int percent) { return Pick(1, 100) <= percent; }

  std::chrono::milliseconds Time(int least, int most) {
    return std::chrono::milliseconds(Pick(least, most));
  }

 private:
  std::mt19937 random_;
};

}  // namespace ingress::handler
