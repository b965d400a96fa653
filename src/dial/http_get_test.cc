#include "dial/http_get.h"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>

namespace ingress::dial {
namespace {

namespace http = boost::beast::http;

TEST(ParseHttpDateTest, ReadsTheOneFormThatServersMaySend) {
  const auto date = ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT");
  ASSERT_TRUE(date.has_value());
  EXPECT_EQ(WallClock::to_time_t(*date), 784'111'777);
  for (const char* odd : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                          "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
                          "Xyz, 06 Nov 1994 08:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(ParseHttpDate(odd).has_value()) << odd;
  }
}

TEST(ExchangeErrorTest, TellsSilenceHangUpAndForeignTonguesApart) {
  EXPECT_EQ(ExchangeError("http", boost::beast::error::timeout).code, ErrorCode::kTimeout);
  EXPECT_EQ(ExchangeError("http", http::error::end_of_stream).code, ErrorCode::kClosed);
  EXPECT_EQ(ExchangeError("http", http::error::bad_version).code, ErrorCode::kMalformed);
  EXPECT_EQ(ExchangeError("http", http::error::partial_message).code, ErrorCode::kUnavailable);
  EXPECT_EQ(ExchangeError("http", boost::asio::error::connection_reset).code,
            ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace ingress::dial
