#include "service/node/sfu_probe.h"

#include <utility>

#include "base/ids.h"

namespace ingress::service {

namespace asio = boost::asio;

SfuProbe::SfuProbe(const asio::any_io_executor& executor, const config::Config& config,
                   std::string identity, observability::Logger logger)
    : url_(observability::RedactUrl(config.ws_url)),
      check_(config, std::move(identity)),
      logger_(std::move(logger)),
      watch_("livekit-server at " + url_),
      tasks_(executor) {}

void SfuProbe::Start() { tasks_.Spawn(Run()); }

asio::awaitable<void> SfuProbe::Stop() {
  stopping_ = true;
  ask_.Notify();
  co_await tasks_.Join();
}

asio::awaitable<void> SfuProbe::Run() {
  while (!stopping_) {
    SfuVerdict verdict = co_await check_.Ask();
    if (stopping_) co_return;
    const bool was_ready = watch_.ready();
    if (watch_.OnVerdict(std::move(verdict))) Tell(was_ready);
    if (const std::string note = watch_.note(); note.empty() != last_note_.empty()) {
      if (!note.empty()) logger_.Warn(note);
      last_note_ = note;
    }
    co_await ask_.WaitFor(watch_.NextPause(RandomU32()));
  }
}

void SfuProbe::Tell(bool was_ready) {
  if (watch_.ready()) {
    logger_.Info(watch_.status());
    return;
  }
  logger_.Error(was_ready ? "livekit-server is not ready any more" : "livekit-server is not ready",
                {{"url", url_},
                 {"state", ToString(watch_.verdict().state)},
                 {"error", watch_.verdict().cause},
                 {"remedy", watch_.verdict().remedy}});
}

}  // namespace ingress::service
