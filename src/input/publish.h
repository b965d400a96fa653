#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/host_port.h"
#include "base/unique_fd.h"
#include "domain/failure.h"
#include "domain/input_kind.h"
#include "ingress_ipc.pb.h"
#include "input/guard/connection_place.h"
#include "observability/logger.h"

namespace ingress::input {

/// Which way an encoder's media takes to the session's handler.
enum class MediaPath : std::uint8_t {
  kRelay,   // through the service, which keeps the newest GOP: SessionLink::OnMedia()
  kDirect,  // past the service: SessionLink::TellHandler() tells the handler where it comes from
};

/// What an encoder asks for.
struct PublishRequest {
  InputKind kind = InputKind::kRtmp;
  MediaPath path = MediaPath::kRelay;
  /// The session encodes only where its ingress says enable_transcoding.
  bool encodes_on_request = false;
  std::string stream_key;  // a secret: never log it
  std::string peer;        // "address:port" of the encoder
  std::string encoder;     // what it calls itself; safe to log, may be empty
};

/// An encoder's connection, as a session sees it. Its functions are called only while the encoder
/// has the session.
struct EncoderLink {
  std::string address = {};  // without the port
  /// Ends the connection and tells the encoder why, in the words of its protocol. Once.
  std::function<void(const Failure& failure)> close;
  /// What the handler says of an encoder whose media it gets itself.
  std::function<void(const ipc::InputEvent& event)> on_event = {};
  /// Lets media gather for so long between reads; zero: it is read as it comes, which is how a
  /// connection begins. Answered by SessionLink::OnBatchInterval() once it is read so. Empty for an
  /// input whose media cannot gather.
  std::function<void(std::chrono::milliseconds interval)> set_batch_interval = {};
};

/// One piece of what an encoder sends, as the relay carries it.
struct Media {
  enum class Kind : std::uint8_t { kAudio, kVideo, kMetadata };
  Kind kind = Kind::kVideo;
  std::uint32_t timestamp = 0;  // milliseconds, wraps at 2^32; decoding time
  Bytes payload;                // as relay::Feed::Push() takes it
  bool coded = false;           // holds coded audio or video: a sign of life
};

/// How an accepted publish ended.
struct PublishEnd {
  enum class Cause : std::uint8_t {
    kUnpublished,    // the encoder said so
    kDisconnected,   // its connection broke
    kTimedOut,       // it fell silent
    kNeverCame,      // its media could not reach us
    kProtocolError,  // it does not speak its protocol: the same would come back
    kClosedByUs,
  };
  Cause cause = Cause::kDisconnected;
  std::string detail;  // for humans
};

/// The session of an accepted publish, as its encoder's connection sees it. Another encoder may get
/// the session meanwhile: then nothing that comes from this one is heard any more.
class SessionLink {
 public:
  virtual ~SessionLink() = default;

  virtual void OnMedia(Media media) = 0;

  /// All that had arrived has been handed over.
  virtual void OnReadDone() = 0;

  /// Media is read at this interval from now on; zero: as it comes.
  virtual void OnBatchInterval(std::chrono::milliseconds interval) = 0;

  // Of inputs whose media goes to the session's handler, past the service.

  /// Of the certificate that the handler shows, as in a=fingerprint.
  virtual std::string dtls_fingerprint() const = 0;
  /// Tells the handler something about this encoder: `body` is an ipc::InputOrder's; `socket` goes
  /// with it.
  virtual void TellHandler(std::string body, UniqueFd socket) = 0;

  /// The publish is over; the last call.
  virtual void OnEnd(PublishEnd end) = 0;

  /// Writes lines about this publish: its peer, its ingress, and where the session is now.
  virtual observability::Logger logger() const = 0;
};

/// One publish on its way to a session. The input keeps it until Starter::Start() has returned.
class Attempt {
 public:
  /// `place`: of the encoder's connection, if it has one that strangers compete for; outlives this.
  /// `link`: its address is that of the request.
  Attempt(PublishRequest request, ConnectionPlace* place, EncoderLink link)
      : request_(std::move(request)), place_(place), link_(std::move(link)) {
    link_.address = address();
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  const PublishRequest& request() const { return request_; }
  std::string address() const {
    const auto peer = SplitHostPort(request_.peer);
    return peer ? JoinHostPort(peer->host, "") : request_.peer;
  }
  ConnectionPlace* place() const { return place_; }
  const EncoderLink& link() const { return link_; }

  /// The encoder is gone: whatever waits for it need not.
  void Leave() {
    left_ = true;
    if (on_leave_) on_leave_();
  }
  bool left() const { return left_; }

  /// What Leave() calls: of whoever lets the publish wait.
  void OnLeave(std::function<void()> on_leave) { on_leave_ = std::move(on_leave); }

 private:
  PublishRequest request_;
  ConnectionPlace* place_;
  EncoderLink link_;
  std::function<void()> on_leave_;
  bool left_ = false;
};

/// Where inputs bring their publishes. There is one for all inputs of a node.
class Starter {
 public:
  virtual ~Starter() = default;

  /// Decides about a publish: a session of its own, the one that its ingress has, or none. What
  /// comes of it is logged and counted already. Keeps `attempt` no longer than it runs.
  virtual boost::asio::awaitable<std::expected<std::unique_ptr<SessionLink>, Failure>> Start(
      Attempt& attempt) = 0;
};

}  // namespace ingress::input
