#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>

namespace ingress::test {

/// Runs `io` until `done()` holds. False when that took longer than a broken test should.
template <typename Done>
bool RunUntil(boost::asio::io_context& io, Done done,
              std::chrono::seconds limit = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    io.restart();
    io.run_one_until(deadline);
  }
  return true;
}

}  // namespace ingress::test
