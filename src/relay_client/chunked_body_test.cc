#include "relay_client/chunked_body.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace ingress::relay_client {
namespace {

class ChunkedBodyTest : public testing::Test {
 protected:
  Result<void> Feed(std::string_view text) {
    return body_.Receive(AsBytes(text), [this](ByteView content) -> Result<void> {
      content_.append(content.begin(), content.end());
      return {};
    });
  }

  ErrorCode ErrorOf(std::string_view text) {
    const auto taken = Feed(text);
    return taken ? ErrorCode::kInternal : taken.error().code;
  }

  ChunkedBody body_;
  std::string content_;
};

TEST_F(ChunkedBodyTest, JoinsTheContentOfChunks) {
  ASSERT_TRUE(Feed("5\r\nhello\r\n1A\r\n, this is twenty-six bytes\r\n0\r\n\r\n"));
  EXPECT_EQ(content_, "hello, this is twenty-six bytes");
  EXPECT_TRUE(body_.done());
}

TEST_F(ChunkedBodyTest, DoesNotCareHowTheBytesAreCut) {
  for (const char byte : std::string_view("3\r\nabc\r\nB;name=value\r\ndefghijklmn\r\n0\r\n\r\n")) {
    EXPECT_FALSE(body_.done());
    ASSERT_TRUE(Feed({&byte, 1}));
  }
  EXPECT_EQ(content_, "abcdefghijklmn");
  EXPECT_TRUE(body_.done());
}

TEST_F(ChunkedBodyTest, IsNotDoneBeforeTheTrailersEnd) {
  ASSERT_TRUE(Feed("0\r\nExpires: never\r\n"));
  EXPECT_FALSE(body_.done());
  ASSERT_TRUE(Feed("\r\nnext response"));
  EXPECT_TRUE(body_.done());
  EXPECT_EQ(content_, "");
}

TEST_F(ChunkedBodyTest, RefusesWhatIsNoChunk) {
  EXPECT_EQ(ErrorOf("\r\n"), ErrorCode::kMalformed);
  body_ = {};
  EXPECT_EQ(ErrorOf("xyz\r\n"), ErrorCode::kMalformed);
  body_ = {};
  EXPECT_EQ(ErrorOf("2\r\nabc\r\n"), ErrorCode::kMalformed);
}

TEST_F(ChunkedBodyTest, LimitsSizesAndLines) {
  EXPECT_EQ(ErrorOf("FFFFFFFFFFFFFFFFFF\r\n"), ErrorCode::kLimitExceeded);
  body_ = {};
  EXPECT_EQ(ErrorOf(std::string(ChunkedBody::kMaxLine + 1, '0')), ErrorCode::kLimitExceeded);
  body_ = {};
  EXPECT_EQ(ErrorOf("1;" + std::string(ChunkedBody::kMaxLine + 1, 'x')), ErrorCode::kLimitExceeded);
  body_ = {};
  std::string trailers = "0\r\n";
  for (std::size_t i = 0; i <= ChunkedBody::kMaxTrailerLines; ++i) trailers += "a: b\r\n";
  EXPECT_EQ(ErrorOf(trailers), ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace ingress::relay_client
