#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <vector>

#include "net/task_scope.h"
#include "transcoder/channel.h"
#include "transcoder/child.h"
#include "transcoder/client.h"

namespace ingress::transcoder {

/// The client of a transcoder process, which is spawned by the first Start().
///
/// A process of its own because a decoder that crashes then costs a few pictures instead of the
/// participant, and because only the end of a process gives back all that GStreamer and its plugins
/// took. It loads them at once after the start; commands may be given before it is ready. It dies
/// with the thread that spawned it.
///
/// Confined to `executor`. Await Close() before destruction, and start nothing after it.
class ProcessClient final : public Client {
 public:
  /// `limits`: of the channel to each process.
  ProcessClient(boost::asio::any_io_executor executor, Spawner spawn,
                ipc::FrameSocket::Limits limits = kChannelLimits);
  ~ProcessClient() override;

  Result<void> Start(const media::VideoTranscoderOptions& options, const std::vector<bool>& active,
                     Callbacks callbacks, TimePoint now) override;
  void Stop() override;
  void Discard() override;

  void Push(const SharedPicture& picture) override;
  void SetActive(std::size_t layer, bool active) override;
  void ActivateFrom(std::size_t layer, SessionTime pts) override;
  void RequestKeyFrame(std::size_t layer) override;
  void SkipBefore(SessionTime pts) override;
  void SetBitrate(std::size_t layer, int bits_per_second) override;
  void SetFrameRateDivisor(int divisor) override;
  void Sync() override;

  ProcessUsage usage() const override;
  TimePoint last_heard() const override;

  /// Ends the process and returns when it, and each of those before it, is gone.
  boost::asio::awaitable<void> Close();

 private:
  class Process;
  static boost::asio::awaitable<void> CloseProcess(std::unique_ptr<Process> process);

  boost::asio::any_io_executor executor_;
  const Spawner spawn_;
  const ipc::FrameSocket::Limits limits_;
  net::TaskScope tasks_;
  std::unique_ptr<Process> process_;
  double cpu_seconds_of_past_ = 0;
};

}  // namespace ingress::transcoder
