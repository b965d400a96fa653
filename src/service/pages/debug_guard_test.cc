#include "service/pages/debug_guard.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

namespace ingress::service {
namespace {

using Headers = std::map<std::string, std::string>;

const Headers kLocal = {{"host", "127.0.0.1:9292"}};

net::HttpRequest Request(std::string method, std::string path, Headers headers = kLocal) {
  net::HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.headers = std::move(headers);
  return request;
}

/// 0: it is answered.
unsigned RefusedWith(std::string method, std::string path, Headers headers = kLocal) {
  const auto refusal = RefuseDebug(Request(std::move(method), std::move(path), std::move(headers)));
  return refusal ? refusal->status : 0;
}

TEST(DebugGuard, AnswersOnlyUnderALoopbackName) {
  EXPECT_EQ(RefusedWith("GET", "/sessions"), 0U);
  EXPECT_EQ(RefusedWith("GET", "/sessions", {{"host", "localhost:9292"}}), 0U);
  EXPECT_EQ(RefusedWith("GET", "/sessions", {{"host", "evil.example"}}), 403U);
  EXPECT_EQ(RefusedWith("GET", "/sessions", {}), 403U);
  EXPECT_EQ(RefusedWith("DELETE", "/sessions/RT_1", {{"host", "evil.example"}, {"x-ingress", "1"}}),
            403U);
}

TEST(DebugGuard, TakesNoMethodThatItDoesNotServe) {
  EXPECT_EQ(RefusedWith("HEAD", "/sessions/RT_1"), 0U);
  for (const char* method : {"POST", "PUT", "PATCH", "OPTIONS", "TRACE", "get", "BREW"}) {
    EXPECT_EQ(RefusedWith(method, "/sessions/RT_1"), 405U) << method;
  }
  const Headers marked = {{"host", "localhost"}, {"x-ingress", "1"}};
  for (const char* path : {"/", "/sessions", "/sessions/", "/ingress/IN_1", "/gst_pipeline/RT_1"}) {
    EXPECT_EQ(RefusedWith("DELETE", path, marked), 405U) << path;
  }
}

TEST(DebugGuard, SaysWhichMethodsItServes) {
  const auto of_session = RefuseDebug(Request("POST", "/sessions/RT_1"));
  ASSERT_TRUE(of_session);
  EXPECT_EQ(of_session->headers, (net::HttpHeaders{{"Allow", "GET, HEAD, DELETE"}}));
  const auto of_list = RefuseDebug(Request("POST", "/sessions"));
  ASSERT_TRUE(of_list);
  EXPECT_EQ(of_list->headers, (net::HttpHeaders{{"Allow", "GET, HEAD"}}));
}

TEST(DebugGuard, EndsNoSessionWithoutTheHeaderThatAWebPageCannotSend) {
  EXPECT_EQ(RefusedWith("DELETE", "/sessions/RT_1"), 403U);
  EXPECT_EQ(RefusedWith("DELETE", "/sessions/RT_1", {{"host", "localhost"}, {"x-ingress", "0"}}),
            403U);
  EXPECT_EQ(RefusedWith("DELETE", "/sessions/RT_1", {{"host", "localhost"}, {"x-ingress", "1"}}),
            0U);
}

}  // namespace
}  // namespace ingress::service
