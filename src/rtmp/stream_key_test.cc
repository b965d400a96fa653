#include "rtmp/stream_key.h"

#include <gtest/gtest.h>

namespace ingress::rtmp {
namespace {

struct Case {
  const char* what;
  const char* name;
  const char* app;
  const char* tc_url;
  const char* stream_key;
  const char* rest_of_app;
  const char* query;
};

class StreamKeyTest : public ::testing::TestWithParam<Case> {};

TEST_P(StreamKeyTest, FindsKeyApplicationAndQuery) {
  const Case& c = GetParam();
  const PublishTarget target = ParsePublishTarget(c.name, c.app, c.tc_url);
  EXPECT_EQ(target.stream_key, c.stream_key) << c.what;
  EXPECT_EQ(target.app, c.rest_of_app) << c.what;
  EXPECT_EQ(target.query, c.query) << c.what;
}

INSTANTIATE_TEST_SUITE_P(
    Encoders, StreamKeyTest,
    ::testing::Values(
        Case{"FFmpeg app/key", "key", "live", "rtmp://h/live", "key", "live", ""},
        Case{"FFmpeg app/inst/key", "key", "live/inst", "rtmp://h/live/inst", "key", "live/inst",
             ""},
        Case{"FFmpeg app/a/b/key", "b/key", "live/a", "rtmp://h/live/a", "key", "live/a", ""},
        Case{"FFmpeg key only", "", "key", "rtmp://h/key", "key", "", ""},
        Case{"query behind the key", "key?tok=1", "live", "rtmp://h/live", "key", "live", "tok=1"},
        Case{"query in app and tcUrl once", "key", "live?tok=1", "rtmp://h/live?tok=1", "key",
             "live", "tok=1"},
        Case{"two queries", "k?x=1", "live?y=2", "rtmp://h/live?y=2", "k", "live", "x=1&y=2"},
        Case{"mp4 prefix", "mp4:key.mp4", "live", "rtmp://h/live", "key.mp4", "live", ""},
        Case{"OBS trailing slash", "k", "live/", "rtmp://h/live/", "k", "live", ""},
        Case{"OBS empty key", "", "live/k", "rtmp://h/live/k", "k", "live", ""},
        Case{"no key at all", "", "live", "rtmp://h/live", "", "live", ""},
        Case{"nothing", "", "", "", "", "", ""},
        Case{"no app, key in tcUrl", "", "", "rtmp://h:1935/live/key", "key", "live", ""},
        Case{"no tcUrl", "key", "live", "", "key", "live", ""},
        Case{"quotes as Neko", "", "'live/key", "'rtmp://h/live/key", "key", "live", ""},
        Case{"blanks and slashes", " //key/ ", "live", "rtmp://h/live", "key", "live", ""},
        Case{"default instance", "", "live/key/_definst_", "", "key", "live", ""},
        Case{"percent-encoded", "a%5Fb%zz%4", "live", "", "a_b%zz%4", "live", ""},
        Case{"IPv6 literal", "", "", "rtmp://u:p@[::1]:0/x/key", "key", "x", ""}));

}  // namespace
}  // namespace ingress::rtmp
