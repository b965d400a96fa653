#include "rpc/gzip.h"

#include <gtest/gtest.h>

#include <string>

#include "base/testing/hex.h"
#include "rpc/testing/gzip.h"

namespace ingress::rpc {
namespace {

TEST(GunzipTest, UnpacksWhatGzipWrote) {
  // printf hello | gzip -n
  const auto text = Gunzip(FromHex("1f8b0800000000000003cb48cdc9c9070086a6103605000000"), 5);
  ASSERT_TRUE(text) << text.error().context;
  EXPECT_EQ(AsText(*text), "hello");
}

TEST(GunzipTest, UnpacksUpToTheLimitAndNotBeyond) {
  for (const std::size_t size : {0UZ, 1UZ, 16384UZ, 16385UZ, 100000UZ}) {
    const std::string packed = GzipText(std::string(size, 'x'));
    const auto fits = Gunzip(AsBytes(packed), size);
    ASSERT_TRUE(fits) << size;
    EXPECT_EQ(fits->size(), size);
    if (size == 0) continue;
    const auto too_large = Gunzip(AsBytes(packed), size - 1);
    ASSERT_FALSE(too_large) << size;
    EXPECT_EQ(too_large.error().code, ErrorCode::kLimitExceeded);
  }
}

TEST(GunzipTest, RefusesTruncatedInput) {
  const std::string packed = GzipText("some text, some text, some text");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(Gunzip(AsBytes(packed.substr(0, size)), 1000)) << size;
  }
}

TEST(GunzipTest, RefusesDamageAndTrailingBytes) {
  std::string packed = GzipText("some text");
  EXPECT_FALSE(Gunzip(AsBytes(packed + "x"), 1000));
  packed[packed.size() - 6] ^= 1;  // the checksum
  EXPECT_FALSE(Gunzip(AsBytes(packed), 1000));
  EXPECT_FALSE(Gunzip(AsBytes("not gzip at all"), 1000));
}

}  // namespace
}  // namespace ingress::rpc
