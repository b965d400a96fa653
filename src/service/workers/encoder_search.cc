#include "service/workers/encoder_search.h"

#include <chrono>
#include <utility>

#include "ipc/child_process.h"
#include "ipc/prepare.h"
#include "net/deadline.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;

constexpr auto kWithin = std::chrono::seconds(30);

}  // namespace

asio::awaitable<std::string> LookForEncoders(asio::any_io_executor executor,
                                             std::vector<std::string> environment,
                                             observability::Logger logger) {
  std::string words;
  ipc::ChildProcess::SpawnOptions spawn;
  spawn.args = {"prepare"};
  spawn.environment = std::move(environment);
  spawn.on_output_line = [&words, &logger](std::string_view line) {
    if (line.starts_with(ipc::kNoVideoLibraries)) {
      words = line.substr(ipc::kNoVideoLibraries.size());
    } else {
      logger.Warn("preparing handlers", {{"line", line}});
    }
  };
  auto child = ipc::ChildProcess::Spawn(executor, std::move(spawn));
  if (!child) {
    logger.Warn("cannot prepare handlers", {{"error", child.error()}});
    co_return std::string();
  }
  const auto end = co_await net::TryFor(kWithin, (*child)->Wait());
  if (end && end->ok()) co_return std::string();
  if (!words.empty()) co_return words;
  co_return end ? end->Describe() : "looking for encoders took too long";
}

}  // namespace ingress::service
