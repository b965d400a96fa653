#include <algorithm>
#include <variant>

#include "rtmp/session.h"

namespace {

using namespace ingress;
using namespace ingress::rtmp;

/// What may come, what may be answered, what one piece of input adds, and room to grow.
constexpr std::size_t kMaxOfAStranger = 1 << 20;

/// Drives a session as a connection does, and counts what it promises.
class Driver {
 public:
  explicit Driver(bool accept) : accept_(accept) {}

  bool Feed(ByteView bytes) {
    now_ += std::chrono::milliseconds(10);
    const bool ok = session_.Receive(bytes, now_).has_value();
    if (!session_.key_accepted() && session_.buffered_bytes() > kMaxOfAStranger) __builtin_trap();
    HandleEvents();
    session_.TakeOutput();
    return ok && !session_.finished();
  }

  void Finish() {
    if (const auto deadline = session_.NextDeadline()) (void)session_.OnDeadline(*deadline);
    (void)session_.OnDisconnected("");
    HandleEvents();
    if (session_.NextDeadline()) __builtin_trap();
    if (accepted_ != ended_) __builtin_trap();  // exactly one end for each accepted publish
  }

 private:
  void HandleEvents() {
    for (Event& event : session_.TakeEvents()) {
      if (std::holds_alternative<PublishRequest>(event)) {
        Decide();
      } else if (std::holds_alternative<PublishEnd>(event)) {
        ++ended_;
      } else if (std::holds_alternative<ProtocolNotice>(event)) {
        continue;  // may come at any time
      } else if (std::get<MediaMessage>(event).payload.empty() || accepted_ == ended_) {
        __builtin_trap();
      }
    }
  }

  void Decide() {
    if (accept_) {
      ++accepted_;
      session_.AcceptPublish(now_);
      (void)session_.Receive({}, now_);  // what was put aside
    } else {
      session_.RefusePublish({.code = "NetStream.Publish.BadName", .description = "no"});
    }
    HandleEvents();
  }

  bool accept_;
  TimePoint now_;
  Session session_{{}, now_};
  int accepted_ = 0;
  int ended_ = 0;
};

}  // namespace

/// Byte 0: bit 7 sends the input instead of behind a handshake, bit 6 refuses, the rest cuts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t mode = data[0];
  ByteView stream = ByteView(data, size).subspan(1);
  Driver driver((mode & 0x40) == 0);
  if ((mode & 0x80) == 0) {
    Bytes handshake(1 + 2 * kHandshakeBlockSize);
    handshake[0] = 3;
    driver.Feed(handshake);
  }
  const std::size_t piece = (mode & 0x3F) == 0 ? 65536 : mode & 0x3Fu;
  while (!stream.empty()) {
    const std::size_t taken = std::min(piece, stream.size());
    if (!driver.Feed(stream.first(taken))) break;
    stream = stream.subspan(taken);
  }
  driver.Finish();
  return 0;
}
