#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"
#include "sandbox/confine.h"
#include "sandbox/switch.h"
#include "srtp/keys.h"
#include "support/libsrtp_session.h"
#include "whip_transport/srtp_inbound.h"

namespace ingress {
namespace {

/// Whether a packet of each profile opens.
bool OpensRtp() {
  for (const srtp::Profile profile :
       {srtp::Profile::kAes128CmSha1_80, srtp::Profile::kAeadAes128Gcm}) {
    const Bytes key(srtp::kKeySize + srtp::SaltSize(profile), 7);
    auto inbound = whip_transport::SrtpInbound::Make(profile, key);
    if (!inbound) return false;
    test::LibsrtpSession sender(test::LibsrtpSession::Direction::kOutbound, profile, key);
    Bytes packet(200, 0);
    packet[0] = 0x80;
    if (!sender.ProtectRtp(packet) || !inbound->Open(packet)) return false;
  }
  return true;
}

// libsrtp of Debian has its ciphers from NSS, which loads further libraries at the first session:
// that is after the handler has given up its rights. A process of its own, because NSS does not
// work in the child of one that has it.
TEST(WhipConfinementTest, OpensRtpWithinTheBoxOfAHandler) {
  if (!sandbox::Enabled()) GTEST_SKIP() << "sanitizers do not run in a box";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        sandbox::ConfineHandler();
        _exit(OpensRtp() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), ::testing::Not(::testing::HasSubstr("refused")));
}

}  // namespace
}  // namespace ingress
