#include "token/base64.h"

#include <gtest/gtest.h>

namespace ingress::token {
namespace {

// RFC 4648 §10, without padding.
TEST(Base64UrlTest, EncodesAndDecodesTheRfcVectors) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(EncodeBase64Url(AsBytes(plain), Base64Padding::kNone), encoded);
    const auto decoded = DecodeBase64Url(encoded);
    ASSERT_TRUE(decoded.has_value()) << encoded;
    EXPECT_EQ(AsText(*decoded), plain);
  }
}

TEST(Base64UrlTest, UsesTheUrlSafeLettersAndPadsWhenAsked) {
  const Bytes bytes = {0xfb, 0xff, 0xfe, 0xff};
  EXPECT_EQ(EncodeBase64Url(bytes, Base64Padding::kNone), "-__-_w");
  EXPECT_EQ(EncodeBase64Url(bytes, Base64Padding::kEquals), "-__-_w==");
  EXPECT_EQ(DecodeBase64Url("-__-_w==").value(), bytes);
}

TEST(Base64UrlTest, RejectsWhatIsNotBase64) {
  EXPECT_FALSE(DecodeBase64Url("ab+d").has_value());
  EXPECT_FALSE(DecodeBase64Url("abcde").has_value());
}

}  // namespace
}  // namespace ingress::token
