#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/unique_fd.h"
#include "media/video_transcoder.h"
#include "net/event.h"
#include "net/task_scope.h"
#include "transcoder/channel.h"

namespace ingress::transcoder {

/// What a transcoder process does: takes its handler's orders, one after another, runs one pipeline
/// at a time and answers with what that makes. The pipeline's threads post to `executor`, to which
/// everything else is confined. Outlives what is posted there.
class OrderRunner {
 public:
  /// `socket`: its end of the socketpair.
  OrderRunner(const boost::asio::any_io_executor& executor, UniqueFd socket)
      : executor_(executor),
        channel_(executor, std::move(socket), kChannelLimits),
        tasks_(executor) {}

  /// Returns when the handler has closed its end.
  boost::asio::awaitable<void> Run();

 private:
  void Handle(const Order& order, Bytes attachment);
  void Steer(const Order& order, Bytes attachment);
  void MakePipeline(const Start& start);
  void Activate(const SetActive& order);
  void Push(const Picture& picture, Bytes payload);

  void SendFrame(std::uint64_t generation, media::LayerFrame made);
  void SendBroken(std::uint64_t generation, const Error& error);
  void SendSynced(std::uint64_t generation);
  void SendUsage();
  void Send(Answer answer, SharedBytes attachment = {});
  boost::asio::awaitable<void> SendAnswer(Answer answer, SharedBytes attachment);
  boost::asio::awaitable<void> ReportUsage();

  boost::asio::any_io_executor executor_;
  ProcessEnd channel_;
  net::TaskScope tasks_;
  net::Event end_;
  std::unique_ptr<media::VideoTranscoder> pipeline_;
  std::uint64_t generation_ = 0;
  bool closed_ = false;
};

}  // namespace ingress::transcoder
