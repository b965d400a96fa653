#pragma once

#include <string>
#include <string_view>

namespace ingress::rtmp {

/// What a publish addresses, taken from the three places where encoders put it.
struct PublishTarget {
  std::string stream_key;  // empty when the encoder gave none
  std::string app;         // the path without the key and without queries
  std::string query;       // those of name, app and tcUrl, joined with '&', repeats left out
};

/// Takes the key from the last segment of `name`, or, where the name is empty, from that of the
/// application: users type `rtmp://host/app` and a key, or all of it as one URL.
///
/// `name`: the stream name of `publish`; `app` and `tc_url`: from `connect`, either may be empty.
/// Blanks and quotes around each, empty path segments, a query, the prefixes "mp4:", "flv:" and
/// "f4v:" and percent-encoding are taken off.
PublishTarget ParsePublishTarget(std::string_view name, std::string_view app,
                                 std::string_view tc_url);

}  // namespace ingress::rtmp
