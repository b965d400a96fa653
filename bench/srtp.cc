// What it costs to protect a packet, by our SRTP and by libsrtp, in turns. Prints a JSON line for
// each profile and size: processor time of a packet, packets that a core protects in a second,
// allocations (malloc) of a packet.
//
//   ninja srtp_bench && bin/srtp_bench [rounds]
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "srtp/outbound.h"
#include "support/libsrtp_session.h"

namespace {

thread_local long allocations = 0;

}  // namespace

// All of them, of OpenSSL and NSS, too: glibc's own are behind these names.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
[[gnu::visibility("default")]] void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
[[gnu::visibility("default")]] void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

using namespace ingress;
using test::LibsrtpSession;

constexpr int kPackets = 20'000;  // a measurement
constexpr std::uint16_t kFirst = 1;

double ThreadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void Require(bool done) {
  if (!done) std::abort();
}

struct Measured {
  std::vector<double> nanoseconds;  // of a packet, by round
  long allocations = 0;             // of the last round
};

template <typename Protect>
void Measure(Bytes& packet, std::uint16_t& sequence, Protect protect, Measured& measured) {
  const long before = allocations;
  const double start = ThreadSeconds();
  for (int i = 0; i < kPackets; ++i) {
    packet[2] = static_cast<std::uint8_t>(sequence >> 8);
    packet[3] = static_cast<std::uint8_t>(sequence++);
    protect();
  }
  measured.nanoseconds.push_back((ThreadSeconds() - start) * 1e9 / kPackets);
  measured.allocations = allocations - before;
}

double Median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<long>(values.size()) / 2);
  return values[values.size() / 2];
}

void Print(const char* who, const char* profile, std::size_t size, const Measured& measured) {
  const double nanoseconds = Median(measured.nanoseconds);
  std::printf(
      "{\"srtp\": \"%s\", \"profile\": \"%s\", \"bytes\": %zu, \"ns_a_packet\": %.0f, "
      "\"packets_a_core_second\": %.0f, \"allocations_a_packet\": %.2f}\n",
      who, profile, size, nanoseconds, 1e9 / nanoseconds,
      static_cast<double>(measured.allocations) / kPackets);
}

void Compare(srtp::Profile profile, const char* name, std::size_t size, int rounds) {
  const Bytes key(srtp::kKeySize + srtp::SaltSize(profile), 7);
  auto ours = srtp::Outbound::Make(profile, key).value();
  LibsrtpSession theirs(LibsrtpSession::Direction::kOutbound, profile, key);
  Bytes packet(size, 0x55);
  packet[0] = 0x80;
  Bytes out(size + SRTP_MAX_TRAILER_LEN + 4);
  std::uint16_t our_sequence = kFirst;
  std::uint16_t their_sequence = kFirst;
  Measured us;
  Measured them;
  for (int round = 0; round < rounds; ++round) {
    Measure(packet, our_sequence, [&] { Require(ours.ProtectRtp(packet, out).has_value()); }, us);
    // libsrtp works in place: the copy stands for that of ours.
    Measure(
        packet, their_sequence,
        [&] {
          std::ranges::copy(packet, out.begin());
          Require(theirs.ProtectRtpInPlace(out, size));
        },
        them);
  }
  Print("ours", name, size, us);
  Print("libsrtp", name, size, them);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 21;
  for (const std::size_t size : {std::size_t{180}, std::size_t{1200}}) {
    Compare(srtp::Profile::kAeadAes128Gcm, "AEAD_AES_128_GCM", size, rounds);
    Compare(srtp::Profile::kAes128CmSha1_80, "AES128_CM_SHA1_80", size, rounds);
  }
}
