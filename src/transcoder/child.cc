#include "transcoder/child.h"

#include <utility>

namespace ingress::transcoder {
namespace {

constexpr int kOomScore = 700;  // goes before the handler, which can replace it

class SpawnedChild final : public Child {
 public:
  explicit SpawnedChild(std::unique_ptr<ipc::ChildProcess> process)
      : process_(std::move(process)) {}

  UniqueFd TakeSocket() override { return process_->TakeSocket(); }
  boost::asio::awaitable<ipc::ExitStatus> Wait() override { return process_->Wait(); }
  void Kill() override { process_->Kill(); }

 private:
  std::unique_ptr<ipc::ChildProcess> process_;
};

}  // namespace

Spawner ChildSpawner(boost::asio::any_io_executor executor, std::string subject) {
  return [executor = std::move(executor),
          subject = std::move(subject)]() -> Result<std::unique_ptr<Child>> {
    ipc::ChildProcess::SpawnOptions options;
    options.args = {"transcoder", subject};
    options.oom_score_adj = kOomScore;
    auto process = ipc::ChildProcess::Spawn(executor, std::move(options));
    if (!process) return std::unexpected(std::move(process.error()));
    return std::make_unique<SpawnedChild>(std::move(*process));
  };
}

}  // namespace ingress::transcoder
