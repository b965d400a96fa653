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

asio::awaitable<EncoderFinding> LookForEncoders(asio::any_io_executor executor,
                                                std::vector<std::string> environment,
                                                observability::Logger logger) {
  EncoderFinding found;
  ipc::ChildProcess::SpawnOptions spawn;
  spawn.args = {"prepare"};
  spawn.environment = std::move(environment);
  spawn.on_output_line = [&found, &logger](std::string_view line) {
    if (line.starts_with(ipc::kNoVideoLibraries)) {
      found.h264 = line.substr(ipc::kNoVideoLibraries.size());
    } else if (line.starts_with(ipc::kNoVp8)) {
      found.vp8 = line.substr(ipc::kNoVp8.size());
    } else {
      logger.Warn("looking for encoders", {{"line", line}});
    }
  };
  auto child = ipc::ChildProcess::Spawn(executor, std::move(spawn));
  if (!child) {
    logger.Warn("cannot look for encoders", {{"error", child.error()}});
    co_return found;
  }
  const auto end = co_await net::TryFor(kWithin, (*child)->Wait());
  const bool ended_well = end && end->ok();
  if (!ended_well && found.h264.empty()) {
    found.h264 = end ? end->Describe() : "looking for encoders took too long";
  }
  co_return found;
}

}  // namespace ingress::service
