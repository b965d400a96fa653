#include "rpc/resp.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ingress::rpc {
namespace {

using Type = RespValue::Type;
using namespace std::string_view_literals;

Result<std::vector<RespValue>> Read(std::string_view text) {
  RespReader reader;
  return reader.Receive(AsBytes(text));
}

TEST(RespReaderTest, ReadsEachKindOfValue) {
  const auto values = Read("+OK\r\n-ERR no\r\n:-42\r\n$5\r\na\0b\r\n\r\n$-1\r\n*-1\r\n*0\r\n"sv);
  ASSERT_TRUE(values) << values.error().context;
  ASSERT_EQ(values->size(), 7U);
  EXPECT_EQ((*values)[0].type, Type::kStatus);
  EXPECT_EQ((*values)[0].text, "OK");
  EXPECT_EQ((*values)[1].type, Type::kError);
  EXPECT_EQ((*values)[1].text, "ERR no");
  EXPECT_EQ((*values)[2].type, Type::kInteger);
  EXPECT_EQ((*values)[2].integer, -42);
  EXPECT_EQ((*values)[3].type, Type::kString);
  EXPECT_EQ((*values)[3].text, "a\0b\r\n"sv);
  EXPECT_EQ((*values)[4].type, Type::kNil);
  EXPECT_EQ((*values)[5].type, Type::kNil);
  EXPECT_EQ((*values)[6].type, Type::kArray);
  EXPECT_TRUE((*values)[6].elements.empty());
}

constexpr std::string_view kPush = "*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$3\r\nabc\r\n";

TEST(RespReaderTest, ReadsAPushedMessage) {
  const auto values = Read(kPush);
  ASSERT_TRUE(values);
  ASSERT_EQ(values->size(), 1U);
  const auto& parts = (*values)[0].elements;
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].text, "message");
  EXPECT_EQ(parts[1].text, "x");
  EXPECT_EQ(parts[2].text, "abc");
}

TEST(RespReaderTest, ReadsNestedArrays) {
  const auto values = Read("*2\r\n*2\r\n:1\r\n$1\r\na\r\n:2\r\n");
  ASSERT_TRUE(values);
  const RespValue& root = values->at(0);
  ASSERT_EQ(root.elements.size(), 2U);
  EXPECT_EQ(root.elements[0].elements.at(1).text, "a");
  EXPECT_EQ(root.elements[1].integer, 2);
}

TEST(RespReaderTest, TakesBytesOneAtATime) {
  RespReader reader;
  std::vector<RespValue> all;
  const std::string text = std::string(kPush) + std::string(kPush);
  for (const char& byte : text) {
    auto values = reader.Receive(AsBytes({&byte, 1}));
    ASSERT_TRUE(values);
    for (auto& value : *values) all.push_back(std::move(value));
  }
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].elements[2].text, "abc");
}

TEST(RespReaderTest, AnIncompleteValueIsNotOneYet) {
  const auto values = Read(kPush.substr(0, kPush.size() - 1));
  ASSERT_TRUE(values);
  EXPECT_TRUE(values->empty());
}

TEST(RespReaderTest, RefusesWhatIsNotResp) {
  for (const char* text : {"HTTP/1.1 400 Bad Request\r\n", "*x\r\n", "$-2\r\n", "$x\r\n"}) {
    const auto values = Read(text);
    ASSERT_FALSE(values) << text;
    EXPECT_EQ(values.error().code, ErrorCode::kMalformed);
  }
}

TEST(RespReaderTest, RefusesAnArrayWithTooManyValues) {
  const auto values = Read("*1025\r\n");
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().code, ErrorCode::kLimitExceeded);
  EXPECT_FALSE(Read("*2147483647\r\n"));
  EXPECT_FALSE(Read("*2147483648\r\n"));
}

TEST(RespReaderTest, CountsNestedValuesTogether) {
  EXPECT_FALSE(Read("*1024\r\n*1\r\n"));
  EXPECT_FALSE(Read("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"));  // too deep
}

TEST(RespReaderTest, RefusesTextAboveTheLimit) {
  RespReader reader;
  Result<std::vector<RespValue>> values;
  ASSERT_TRUE(reader.Receive(AsBytes("$1000000000\r\n")));
  const std::string chunk(1 << 20, 'x');
  std::size_t fed = 0;
  do {
    values = reader.Receive(AsBytes(chunk));
    fed += chunk.size();
  } while (values && fed < 2 * kMaxReplyBytes);
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().code, ErrorCode::kLimitExceeded);
  EXPECT_LE(fed, kMaxReplyBytes + chunk.size());
}

TEST(RespReaderTest, TheLimitIsPerValue) {
  RespReader reader;
  for (int i = 0; i < 3; ++i) {
    std::string array = "*1000\r\n";
    for (int k = 0; k < 1000; ++k) array += ":1\r\n";
    const auto values = reader.Receive(AsBytes(array));
    ASSERT_TRUE(values);
    EXPECT_EQ(values->size(), 1U);
  }
}

TEST(RespCommandTest, WritesAnArrayOfBulkStrings) {
  EXPECT_EQ(AsText(RespCommand({"PUBLISH", "IOInfo|x|RES", "a\0\r\n"sv})),
            "*3\r\n$7\r\nPUBLISH\r\n$12\r\nIOInfo|x|RES\r\n$4\r\na\0\r\n\r\n"sv);
  EXPECT_EQ(AsText(RespCommand({"PING"})), "*1\r\n$4\r\nPING\r\n");
}

}  // namespace
}  // namespace ingress::rpc
