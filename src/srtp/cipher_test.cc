#include "srtp/cipher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/testing/hex.h"

namespace ingress::srtp {
namespace {

using ::testing::ElementsAreArray;

constexpr std::size_t kRoom = 20;

crypto::SecretBytes Secret(const char* hex) {
  const Bytes bytes = FromHex(hex);
  return {bytes.begin(), bytes.end()};
}

std::unique_ptr<Cipher> MakeCipher(Profile profile, const SessionKeys& keys) {
  auto cipher = Cipher::Make(profile, keys);
  EXPECT_TRUE(cipher.has_value());
  return std::move(*cipher);
}

/// The key and salt of all examples in RFC 7714 §16 and §17.
std::unique_ptr<Cipher> MakeGcm() {
  return MakeCipher(Profile::kAeadAes128Gcm, {.cipher = Secret("000102030405060708090a0b0c0d0e0f"),
                                              .salt = Secret("51756964 2070726f 2071756f"),
                                              .authentication = {}});
}

/// The key and salt of RFC 3711 appendix B.2; the authentication key is that of B.3.
std::unique_ptr<Cipher> MakeCm() {
  return MakeCipher(Profile::kAes128CmSha1_80,
                    {.cipher = Secret("2B7E151628AED2A6ABF7158809CF4F3C"),
                     .salt = Secret("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
                     .authentication = Secret("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")});
}

Bytes SealedRtp(Cipher& cipher, const PacketId& id, ByteView packet) {
  Bytes out(packet.size() + kRoom);
  out.resize(cipher.SealRtp(id, packet, 12, out).value_or(0));
  return out;
}

Bytes SealedRtcp(Cipher& cipher, const PacketId& id, ByteView packet) {
  Bytes out(packet.size() + kRoom);
  out.resize(cipher.SealRtcp(id, packet, out).value_or(0));
  return out;
}

// RFC 7714 §16.1.1: ROC 0, sequence number f17b.
TEST(CipherTest, GcmSealsTheRtpPacketOfRfc7714) {
  const Bytes packet = FromHex(
      "8040f17b 8041f8d3 5501a0b2"
      "47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573");
  EXPECT_THAT(SealedRtp(*MakeGcm(), {.ssrc = 0x5501a0b2, .index = 0xf17b}, packet),
              ElementsAreArray(
                  FromHex("8040f17b 8041f8d3 5501a0b2"
                          "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b"
                          "36de3adf 8833 899d7f27 beb16a91 52cf765e e4390cce")));
}

const Bytes kRfc7714Rtcp = FromHex(
    "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61"
    "deadbeef deadbeef deadbeef deadbeef deadbeef");
const Bytes kRfc7714Srtcp = FromHex(
    "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d"
    "c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872"
    "45d9eade 800005d4");
constexpr PacketId kRfc7714RtcpId{.ssrc = 0x4d617273, .index = 0x5d4};

// RFC 7714 §17.1.
TEST(CipherTest, GcmSealsTheRtcpPacketOfRfc7714) {
  EXPECT_EQ(SealedRtcp(*MakeGcm(), kRfc7714RtcpId, kRfc7714Rtcp), kRfc7714Srtcp);
}

// RFC 7714 §17.2.
TEST(CipherTest, GcmOpensTheRtcpPacketOfRfc7714) {
  Bytes packet = kRfc7714Srtcp;
  const auto size = MakeGcm()->OpenRtcp(kRfc7714RtcpId, packet);
  ASSERT_TRUE(size.has_value());
  EXPECT_THAT(std::span(packet).first(*size), ElementsAreArray(kRfc7714Rtcp));
}

// RFC 3711 appendix B.2: the key stream for SSRC and index zero, here laid over zeros.
TEST(CipherTest, CmAppliesTheKeyStreamOfRfc3711) {
  Bytes packet(12 + 48);
  packet[0] = 0x80;
  const Bytes sealed = SealedRtp(*MakeCm(), {}, packet);
  ASSERT_EQ(sealed.size(), packet.size() + 10);
  EXPECT_THAT(std::span(sealed).subspan(12, 48),
              ElementsAreArray(FromHex("E03EAD0935C95E80E166B16DD92B4EB4"
                                       "D23513162B02D0F72A43A2FE4A5F97AB"
                                       "41E95B3BB0A2E8DD477901E4FCA894C0")));
}

TEST(CipherTest, CmAuthenticatesTheRolloverCounter) {
  const auto cipher = MakeCm();
  const Bytes packet(12, 0x80);  // nothing to encrypt: only the tag can differ
  EXPECT_NE(SealedRtp(*cipher, {.ssrc = 1, .index = 7}, packet),
            SealedRtp(*cipher, {.ssrc = 1, .index = 0x10007}, packet));
}

TEST(CipherTest, RejectsKeysOfTheOtherProfile) {
  SessionKeys keys{.cipher = Secret("000102030405060708090a0b0c0d0e0f"),
                   .salt = Secret("51756964 2070726f 2071756f"),
                   .authentication = {}};
  EXPECT_TRUE(Cipher::Make(Profile::kAeadAes128Gcm, keys));
  EXPECT_EQ(Cipher::Make(Profile::kAes128CmSha1_80, keys).error().code, ErrorCode::kMalformed);
  keys.salt = Secret("F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
  EXPECT_EQ(Cipher::Make(Profile::kAes128CmSha1_80, keys).error().code, ErrorCode::kMalformed)
      << "and no authentication key";
  keys.authentication = Secret("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
  EXPECT_TRUE(Cipher::Make(Profile::kAes128CmSha1_80, keys));
  keys.cipher.pop_back();
  EXPECT_EQ(Cipher::Make(Profile::kAes128CmSha1_80, keys).error().code, ErrorCode::kMalformed);
}

class TransformTest : public testing::TestWithParam<Profile> {
 protected:
  std::unique_ptr<Cipher> cipher_ = GetParam() == Profile::kAeadAes128Gcm ? MakeGcm() : MakeCm();
};

TEST_P(TransformTest, SealsInPlaceAsIntoAnotherBuffer) {
  const PacketId id{.ssrc = 1, .index = 2};
  const Bytes packet = FromHex("80600002 00000000 00000001 abababab");
  Bytes in_place = packet;
  in_place.resize(packet.size() + kRoom);
  in_place.resize(
      cipher_->SealRtp(id, ByteView(in_place).first(packet.size()), 12, in_place).value_or(0));
  EXPECT_EQ(in_place, SealedRtp(*cipher_, id, packet));
}

TEST_P(TransformTest, OpensNoPacketWithAnyBitFlipped) {
  const PacketId id{.ssrc = 1, .index = 2};
  const Bytes sealed = SealedRtcp(*cipher_, id, FromHex("80c90002 00000001 abababab"));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes forged = sealed;
    forged[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    const auto opened = cipher_->OpenRtcp(id, forged);
    ASSERT_FALSE(opened.has_value()) << "bit " << bit;
    EXPECT_EQ(opened.error().code, ErrorCode::kUnauthorized);
  }
}

TEST_P(TransformTest, OpensAPacketWithoutPayload) {
  Bytes sealed = SealedRtcp(*cipher_, {.ssrc = 1}, FromHex("80c90001 00000001"));
  EXPECT_EQ(sealed.size(), kRtcpHeaderSize + cipher_->rtcp_overhead());
  EXPECT_EQ(cipher_->OpenRtcp({.ssrc = 1}, sealed).value_or(0), kRtcpHeaderSize);
}

INSTANTIATE_TEST_SUITE_P(Profiles, TransformTest,
                         testing::Values(Profile::kAeadAes128Gcm, Profile::kAes128CmSha1_80));

}  // namespace
}  // namespace ingress::srtp
