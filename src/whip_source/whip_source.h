#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/unique_fd.h"
#include "ingress_whip.pb.h"
#include "input/source/source.h"
#include "net/event.h"
#include "observability/logger.h"
#include "rtc/certificate.h"
#include "whip_source/client.h"

namespace ingress::whip_source {

/// The handler's half of WHIP: gets the client's packets itself and gives what they carry. The
/// service tells it of clients, one after the other, and is told how they fare.
///
/// A generation begins when its client is connected. Whoever was there before is over by then.
class WhipSource final : public input::Source {
 public:
  struct Options {
    /// Every layer of a client's simulcast goes on, else the largest.
    bool all_layers = false;
    std::function<void(ipc::WhipEvent event)> on_event;
  };

  /// `certificate`: whose fingerprint the clients have been told; outlives the source.
  WhipSource(const boost::asio::any_io_executor& executor, const rtc::Certificate& certificate,
             Options options, observability::Logger logger);
  ~WhipSource() override;

  // From the service. `socket`: of an order that is about one.
  void OnOrder(ipc::WhipOrder order, UniqueFd socket);
  /// No client follows the one that is there.
  void EndInput();

  boost::asio::awaitable<Result<Next>> Open() override;
  boost::asio::awaitable<Result<stream::Units>> Read() override;
  void Close() override;

  std::optional<input::Reception> reception() const override;
  boost::json::object Describe() const override;

  bool gives_layers() const override { return options_.all_layers; }
  bool serves_key_frames() const override { return true; }
  void RequestKeyFrame(std::size_t layer) override;

 private:
  void Begin(std::uint64_t generation, const ipc::WhipPublish& publish);
  void EndClient();
  void Tell(ipc::WhipEvent event);
  void Refuse(std::uint64_t generation, const Error& error);

  boost::asio::any_io_executor executor_;
  const rtc::Certificate& certificate_;
  Options options_;
  observability::Logger logger_;
  std::unique_ptr<Client> client_;     // the newest; perhaps over
  input::Reception past_;              // of those before it
  std::uint64_t generation_ = 0;       // its
  std::uint64_t read_generation_ = 0;  // that Open() has given last
  net::Event changed_;                 // something of this has
  bool ended_ = false;                 // no client follows
  bool closed_ = false;
};

}  // namespace ingress::whip_source
