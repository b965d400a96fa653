#include "net/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>

#include "base/unique_fd.h"

namespace ingress::net {
namespace {

using namespace std::chrono_literals;

/// A datagram socket at `name`, as systemd has it.
UniqueFd ListenAt(const std::string& name) {
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(name, address.sun_path);
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  return fd;
}

std::string Receive(const UniqueFd& fd) {
  std::array<char, 100> text{};
  const ssize_t size = recv(fd.get(), text.data(), text.size(), 0);
  return size < 0 ? "nothing" : std::string(text.data(), static_cast<std::size_t>(size));
}

TEST(ServiceManagerTest, TellsAtAPathAndInTheAbstractSpace) {
  const std::string pid = std::to_string(getpid());
  for (const std::string& name : {testing::TempDir() + "notify-" + pid, "@notify-" + pid}) {
    const UniqueFd manager = ListenAt(name);
    ServiceManager(name, std::nullopt).Tell("READY=1");
    EXPECT_EQ(Receive(manager), "READY=1");
    unlink(name.c_str());
  }
}

TEST(ServiceManagerTest, NobodyThereIsNoHarm) {
  ServiceManager("", std::nullopt).Tell("READY=1");
  ServiceManager("/nowhere/at/all", std::nullopt).Tell("READY=1");
  ServiceManager(std::string(500, 'x'), std::nullopt).Tell("READY=1");
}

TEST(ServiceManagerTest, ReadsWhatSystemdPutsIntoTheEnvironment) {
  const auto watchdog = [](const char* microseconds, const char* pid) {
    unsetenv("WATCHDOG_PID");
    setenv("WATCHDOG_USEC", microseconds, 1);
    if (pid != nullptr) setenv("WATCHDOG_PID", pid, 1);
    const auto read = ServiceManager::FromEnvironment().watchdog();
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return read;
  };
  EXPECT_EQ(watchdog("30000000", nullptr), 30s);
  EXPECT_EQ(watchdog("30000000", std::to_string(getpid()).c_str()), 30s);
  EXPECT_EQ(watchdog("30000000", "1"), std::nullopt) << "meant for another process";
  EXPECT_EQ(watchdog("soon", nullptr), std::nullopt);
  EXPECT_EQ(watchdog("0", nullptr), std::nullopt);
  EXPECT_EQ(ServiceManager::FromEnvironment().watchdog(), std::nullopt);
}

}  // namespace
}  // namespace ingress::net
