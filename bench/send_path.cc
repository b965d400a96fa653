// What a coded frame costs on its way out: packetising, pacing, SRTP, the socket. One stream of
// 2.5 Mb/s video at 30 pictures a second and 64 kb/s Opus, over a real pair of ICE agents on
// loopback. Prints allocations (operator new, OpenSSL) and CPU time a packet, of the sending thread
// alone, and the share of a core that the stream takes at its real pace.
//
//   ninja send_path && bin/send_path [seconds of media]

#include <openssl/crypto.h>
#include <time.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "rtc/ice_agent.h"
#include "rtc/packet_batch.h"
#include "rtp/session.h"
#include "srtp/outbound.h"

namespace {

thread_local long allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace {

void* AllocateForOpenssl(std::size_t size, const char* /*file*/, int /*line*/) {
  ++allocations;
  return std::malloc(size);
}
void* ReallocateForOpenssl(void* memory, std::size_t size, const char* /*file*/, int /*line*/) {
  ++allocations;
  return std::realloc(memory, size);
}
void FreeForOpenssl(void* memory, const char* /*file*/, int /*line*/) { std::free(memory); }

using namespace ingress;
using namespace std::chrono_literals;

constexpr auto kFrame = std::chrono::microseconds(33'333);
constexpr int kFramesPerSecond = 30;
constexpr int kGop = 60;
constexpr std::size_t kKeyFrameSize = 40'000;
constexpr std::size_t kDeltaSize = 9'900;
constexpr std::size_t kOpusSize = 160;
constexpr int kWarmUpSeconds = 10;

double ThreadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Two agents with a path between them.
class Link {
 public:
  Link() {
    sender_ = MakeAgent(true, receiver_);
    receiver_ = MakeAgent(false, sender_);
    for (auto* agent : {&sender_, &receiver_}) static_cast<void>((*agent)->Gather());
    Introduce(*sender_, *receiver_);
    Introduce(*receiver_, *sender_);
    while (connected_ < 2) io_.run_one();
    for (const TimePoint end = Clock::now() + 500ms; Clock::now() < end;) io_.run_one_for(50ms);
  }

  rtc::IceAgent& sender() { return *sender_; }
  void Poll() { io_.poll(); }
  long received() const { return received_; }

 private:
  std::unique_ptr<rtc::IceAgent> MakeAgent(bool controlling,
                                           const std::unique_ptr<rtc::IceAgent>& peer) {
    rtc::IceAgent::Options options;
    options.controlling = controlling;
    options.loopback = true;
    options.tcp = false;
    rtc::IceAgent::Callbacks callbacks;
    callbacks.on_candidate = [&peer](const sdp::Candidate& candidate) {
      peer->AddRemoteCandidate(candidate);
    };
    callbacks.on_state = [this](rtc::IceAgent::State state) {
      if (state == rtc::IceAgent::State::kConnected) ++connected_;
    };
    callbacks.on_datagram = [this](const Bytes&) { ++received_; };
    return rtc::IceAgent::Make(io_.get_executor(), options, std::move(callbacks)).value();
  }

  static void Introduce(rtc::IceAgent& who, rtc::IceAgent& to) {
    to.SetRemoteCredentials(who.local_credentials());
    for (const sdp::Candidate& candidate : who.local_candidates()) to.AddRemoteCandidate(candidate);
  }

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
      boost::asio::make_work_guard(io_);
  int connected_ = 0;
  long received_ = 0;
  std::unique_ptr<rtc::IceAgent> sender_;
  std::unique_ptr<rtc::IceAgent> receiver_;
};

/// The stream, on a clock of its own.
class Stream {
 public:
  explicit Stream(rtc::IceAgent& ice)
      : batch_(srtp::Outbound::Make(srtp::Profile::kAeadAes128Gcm, Bytes(28, 7)).value(), ice) {
    session_.SetBitrate(2'600'000);
    opus_.payload.assign(kOpusSize, 1);
  }

  void SendPicture(int number) {
    const bool key = number % kGop == 0;
    picture_.payload.assign(key ? kKeyFrameSize : kDeltaSize, 0x55);
    const std::uint8_t start[] = {0, 0, 0, 1, static_cast<std::uint8_t>(key ? 0x65 : 0x41)};
    std::ranges::copy(start, picture_.payload.begin());
    picture_.key_frame = key;
    picture_.pts = now_ - start_;
    const TimePoint next = now_ + kFrame;
    static_cast<void>(video_.Send(picture_, now_));
    session_.Poll(now_, batch_);
    while (now_ < next) {
      if (next_opus_ <= now_) {
        opus_.pts = next_opus_ - start_;
        next_opus_ += 20ms;
        static_cast<void>(audio_.Send(opus_, now_));
      }
      session_.Poll(now_, batch_);
      const TimePoint due = session_.NextDeadline().value_or(next);
      now_ = std::min({next, next_opus_, std::max(now_ + 1us, due)});
    }
  }

  std::uint64_t packets() const { return video_.stats().packets + audio_.stats().packets; }

 private:
  TimePoint start_ = Clock::now();
  TimePoint now_ = start_;
  TimePoint next_opus_ = start_;
  rtp::RtpSession session_{{.clock = {start_, WallClock::now()}, .cname = "bench", .pacer = {}}};
  rtp::RtpSender& video_ = session_.AddSender({.format = rtp::PayloadFormat::kH264,
                                               .ssrc = 1,
                                               .payload_type = 96,
                                               .clock_rate = 90'000,
                                               .rtx_ssrc = 2,
                                               .rtx_payload_type = 97,
                                               .extensions = {.mid = 1, .transport_seq = 5},
                                               .mid = "1"});
  rtp::RtpSender& audio_ =
      session_.AddSender({.ssrc = 3, .payload_type = 111, .extensions = {.mid = 1}, .mid = "0"});
  rtc::PacketBatch batch_;
  EncodedFrame picture_;
  EncodedFrame opus_;
};

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::max(std::atoi(argv[1]), 1) : 60;
  if (CRYPTO_set_mem_functions(AllocateForOpenssl, ReallocateForOpenssl, FreeForOpenssl) != 1) {
    std::puts("OpenSSL was first: its allocations are not counted");
  }
  Link link;
  const auto stream = std::make_unique<Stream>(link.sender());
  int number = 0;
  for (; number < kWarmUpSeconds * kFramesPerSecond; ++number) {
    stream->SendPicture(number);
    link.Poll();
  }
  const std::uint64_t packets_before = stream->packets();
  double cpu = 0;
  long allocated = 0;
  for (int i = 0; i < seconds * kFramesPerSecond; ++i, ++number) {
    const double cpu_before = ThreadSeconds();
    const long allocated_before = allocations;
    stream->SendPicture(number);
    cpu += ThreadSeconds() - cpu_before;
    allocated += allocations - allocated_before;
    link.Poll();
  }
  const auto packets = static_cast<double>(stream->packets() - packets_before);
  std::printf("%.0f packets, %.0f ns each, %.4f allocations each, %.5f cores, %ld received\n",
              packets, cpu / packets * 1e9, static_cast<double>(allocated) / packets, cpu / seconds,
              link.received());
  return 0;
}
