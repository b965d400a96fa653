#include "control/bus_lock.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <vector>

#include "rpc/in_process_bus.h"

namespace ingress::control {
namespace {

namespace asio = boost::asio;

TEST(BusLockTest, TheSecondNodeWaitsForTheFirst) {
  asio::io_context io;
  rpc::InProcessBus bus(io.get_executor());
  std::vector<std::unique_ptr<StartLock>> locks;
  const auto take = [&] {
    io.restart();
    asio::co_spawn(io, BusLock::Take(io.get_executor(), bus, "IN_1"),
                   [&](const std::exception_ptr&, std::unique_ptr<StartLock> lock) {
                     locks.push_back(std::move(lock));
                   });
  };
  take();
  io.poll();
  ASSERT_EQ(locks.size(), 1U);
  take();
  io.poll();
  EXPECT_EQ(locks.size(), 1U);
  locks[0].reset();
  while (locks.size() < 2) {
    io.restart();  // it stops whenever it has run out of work
    io.run_one();
  }
  locks.clear();
  io.restart();
  io.poll();
}

}  // namespace
}  // namespace ingress::control
