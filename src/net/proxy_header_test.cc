#include "net/proxy_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "net/peer_name.h"

namespace ingress::net {
namespace {

using ::testing::HasSubstr;

struct Outcome {
  std::string source;  // "none": the header does not say
  std::string error;
  std::size_t left = 0;  // bytes behind the header
  std::optional<ErrorCode> code = std::nullopt;
};

/// Reads `bytes` in pieces of `piece`.
Outcome Read(std::string_view bytes, std::size_t piece = std::string_view::npos) {
  ProxyHeader header;
  while (!bytes.empty() && !header.done()) {
    ByteView part = AsBytes(bytes.substr(0, piece));
    const std::size_t given = part.size();
    if (auto received = header.Receive(part); !received) {
      return {.source = "", .error = received.error().context, .code = received.error().code};
    }
    bytes.remove_prefix(given - part.size());
  }
  if (!header.done()) return {.source = "", .error = "not complete"};
  const auto source = header.source().transform([](const ProxyHeader::Source& from) {
    return NameOf(boost::asio::ip::address_v6(from.ip), from.port);
  });
  return {.source = source.value_or("none"), .error = "", .left = bytes.size()};
}

std::string Binary(char command, char family, std::string_view body) {
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  header += command;
  header += family;
  header += static_cast<char>(body.size() >> 8U);
  header += static_cast<char>(body.size() & 0xFFU);
  return header.append(body);
}

// 192.0.2.7:40000 to 198.51.100.1:1935.
const std::string kIpv4Body("\xC0\x00\x02\x07\xC6\x33\x64\x01\x9C\x40\x07\x8F", 12);
// [2001:db8::1]:40000 to [2001:db8::2]:1935.
const std::string kIpv6Body(
    "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01"
    "\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x02\x9C\x40\x07\x8F",
    36);
constexpr char kLocal = 0x20;
constexpr char kProxy = 0x21;

TEST(ProxyHeaderTest, ReadsTheLineOfVersion1) {
  EXPECT_EQ(Read("PROXY TCP4 192.0.2.7 198.51.100.1 40000 1935\r\n").source, "192.0.2.7:40000");
  EXPECT_EQ(Read("PROXY TCP6 2001:db8::1 2001:db8::2 40000 1935\r\n").source,
            "[2001:db8::1]:40000");
  EXPECT_EQ(Read("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n")
                .source,
            "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

TEST(ProxyHeaderTest, TakesAnUnknownClientOfVersion1) {
  EXPECT_EQ(Read("PROXY UNKNOWN\r\n").source, "none");
  EXPECT_EQ(Read("PROXY UNKNOWN ffff::1 ::1 65535 x\r\n").source, "none");
}

TEST(ProxyHeaderTest, ReadsTheAddressesOfVersion2) {
  EXPECT_EQ(Read(Binary(kProxy, 0x11, kIpv4Body)).source, "192.0.2.7:40000");
  EXPECT_EQ(Read(Binary(kProxy, 0x21, kIpv6Body)).source, "[2001:db8::1]:40000");
}

TEST(ProxyHeaderTest, PassesOverTlvs) {
  const std::string tlvs = std::string("\xEA\x00\x03vpc", 6) + std::string(3000, '\x04');
  EXPECT_EQ(Read(Binary(kProxy, 0x11, kIpv4Body + tlvs)).source, "192.0.2.7:40000");
  EXPECT_EQ(Read(Binary(kProxy, 0x21, kIpv6Body + tlvs)).source, "[2001:db8::1]:40000");
  EXPECT_EQ(Read(Binary(kLocal, 0x00, tlvs)).source, "none");
}

TEST(ProxyHeaderTest, HasNoSourceWhereTheBalancerNamesNone) {
  EXPECT_EQ(Read(Binary(kLocal, 0x00, "")).source, "none") << "a health check";
  EXPECT_EQ(Read(Binary(kLocal, 0x11, kIpv4Body)).source, "none")
      << "addresses of LOCAL say nothing";
  EXPECT_EQ(Read(Binary(kProxy, 0x00, "")).source, "none") << "unspecified";
  EXPECT_EQ(Read(Binary(kProxy, 0x12, kIpv4Body)).source, "none") << "UDP";
  EXPECT_EQ(Read(Binary(kProxy, 0x31, std::string(216, 'x'))).source, "none") << "a Unix socket";
}

TEST(ProxyHeaderTest, LeavesWhatFollows) {
  for (const std::string& header : {std::string("PROXY TCP4 192.0.2.7 198.51.100.1 40000 1935\r\n"),
                                    Binary(kProxy, 0x11, kIpv4Body), Binary(kLocal, 0x00, "")}) {
    EXPECT_EQ(Read(header + "\x03rtmp").left, 5U);
  }
}

TEST(ProxyHeaderTest, ReadsHeadersInPieces) {
  for (const std::size_t piece : {1U, 2U, 5U, 13U}) {
    EXPECT_EQ(Read("PROXY TCP4 192.0.2.7 198.51.100.1 40000 1935\r\n", piece).source,
              "192.0.2.7:40000");
    EXPECT_EQ(Read(Binary(kProxy, 0x21, kIpv6Body + std::string(200, 'x')), piece).source,
              "[2001:db8::1]:40000");
  }
}

TEST(ProxyHeaderTest, RefusesWhatIsNone) {
  EXPECT_THAT(Read("\x03rtmp").error, HasSubstr("no PROXY header: the first byte is 3"));
  EXPECT_THAT(Read("\x16\x03\x01").error, HasSubstr("no PROXY header"));
  EXPECT_THAT(Read("POST / HTTP/1.1\r\n").error, HasSubstr("no PROXY header"));
  EXPECT_THAT(Read("\r\nGET / HTTP/1.1\r\n").error, HasSubstr("no PROXY header"));
}

TEST(ProxyHeaderTest, RefusesMalformedLines) {
  for (const std::string_view line :
       {"PROXY TCP4 192.0.2.7 198.51.100.1 40000 1935\n", "PROXY \r\n", "PROXY UDP4 1 2 3 4\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 40000\r\n",
        "PROXY TCP4  192.0.2.7 198.51.100.1 40000 1935\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 40000 1935 \r\n",
        "PROXY TCP4 2001:db8::1 198.51.100.1 40000 1935\r\n",
        "PROXY TCP6 192.0.2.7 198.51.100.1 40000 1935\r\n",
        "PROXY TCP6 fe80::1%eth0 fe80::2 40000 1935\r\n",
        "PROXY TCP4 192.0.2.256 198.51.100.1 40000 1935\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 65536 1935\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 040 1935\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 -1 1935\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 1 \r\n"}) {
    EXPECT_THAT(Read(line).error, HasSubstr("PROXY header: ")) << line;
  }
}

TEST(ProxyHeaderTest, RefusesMalformedHeadersOfVersion2) {
  EXPECT_THAT(Read(Binary(0x11, 0x11, kIpv4Body)).error, HasSubstr("version 1"));
  EXPECT_THAT(Read(Binary(0x22, 0x11, kIpv4Body)).error, HasSubstr("command 2"));
  EXPECT_THAT(Read(Binary(kProxy, 0x41, kIpv4Body)).error, HasSubstr("family and transport 65"));
  EXPECT_THAT(Read(Binary(kProxy, 0x13, kIpv4Body)).error, HasSubstr("family and transport 19"));
  EXPECT_THAT(Read(Binary(kProxy, 0x11, kIpv4Body.substr(1))).error, HasSubstr("too short"));
  EXPECT_THAT(Read(Binary(kProxy, 0x21, kIpv4Body)).error, HasSubstr("too short"));
}

TEST(ProxyHeaderTest, EndsHeadersThatAreTooLong) {
  const Outcome line = Read("PROXY UNKNOWN " + std::string(200, 'x'));
  EXPECT_EQ(line.code, ErrorCode::kMalformed);
  EXPECT_THAT(line.error, HasSubstr("107 bytes"));
  const Outcome binary = Read(Binary(kProxy, 0x11, kIpv4Body + std::string(5000, 'x')));
  EXPECT_EQ(binary.code, ErrorCode::kMalformed);
  EXPECT_THAT(binary.error, HasSubstr("longer than 4096 bytes; let the balancer"));
}

TEST(ProxyHeaderTest, WaitsForTheRest) {
  EXPECT_EQ(Read("PROXY TCP4 192.0.2.7").error, "not complete");
  EXPECT_EQ(Read(Binary(kProxy, 0x11, kIpv4Body).substr(0, 20)).error, "not complete");
}

}  // namespace
}  // namespace ingress::net
