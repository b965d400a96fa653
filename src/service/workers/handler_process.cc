#include "service/workers/handler_process.h"

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include "net/deadline.h"
#include "service/workers/handler_limits.h"

namespace ingress::service {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kHelloWithin = 10s;  // a loaded machine takes long to link a program

}  // namespace

asio::awaitable<Result<std::unique_ptr<HandlerProcess>>> HandlerProcess::Start(
    asio::any_io_executor executor, Options options) {
  ipc::ChildProcess::SpawnOptions spawn;
  if (!options.environment.empty()) spawn.environment = std::move(options.environment);
  const auto logger = std::make_shared<observability::Logger>(std::move(options.logger));
  spawn.on_output_line = [logger](std::string_view line) {
    if (observability::IsLogLine(line)) {
      logger->Pass(line);
    } else {
      logger->Warn("handler output", {{"line", line}});
    }
  };
  auto child = ipc::ChildProcess::Spawn(executor, std::move(spawn));
  if (!child) co_return Wrap("handler process", child.error());
  auto process = std::make_unique<HandlerProcess>(std::move(*child), executor, logger);
  auto hello = co_await net::WithDeadline(kHelloWithin, process->channel().Receive(),
                                          "hello of the handler");
  if (!hello) co_return Wrap("handler process", hello.error());
  if (!hello->has_hello() || hello->hello().version() != ipc::kProtocolVersion) {
    co_return Fail(ErrorCode::kInternal,
                   "handler process: it is of another build; was the program replaced while the "
                   "service runs?");
  }
  process->dtls_fingerprint_ = hello->hello().dtls_fingerprint();
  co_return process;
}

HandlerProcess::HandlerProcess(std::unique_ptr<ipc::ChildProcess> child,
                               const asio::any_io_executor& executor,
                               std::shared_ptr<observability::Logger> logger)
    : logger_(std::move(logger)),
      child_(std::move(child)),
      channel_(executor, child_->TakeSocket(), {.received = HandlerLimits::kFrame}) {}

HandlerWatch::Look HandlerProcess::Look() const {
  // proc(5): the state follows the command name, which is in parentheses and may hold anything;
  // the times are the 11th and 12th fields after the state.
  const std::string id = std::to_string(pid());
  std::ifstream stat("/proc/" + id + "/task/" + id + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return {};
  const std::size_t end = line.rfind(')');
  if (end == std::string::npos) return {};
  std::istringstream fields(line.substr(end + 1));
  char state = 0;
  fields >> state;
  std::string skipped;
  for (int i = 0; i < 10; ++i) fields >> skipped;
  std::int64_t user = 0;
  std::int64_t system = 0;
  fields >> user >> system;
  const std::int64_t ticks_a_second = sysconf(_SC_CLK_TCK);
  return {.wants_to_run = state == 'R' || state == 'D',
          .processor_time = std::chrono::milliseconds((user + system) * 1000 / ticks_a_second)};
}

}  // namespace ingress::service
