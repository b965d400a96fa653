#include "livekit/candidate_init.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace ingress::livekit {

namespace json = boost::json;

std::string FormatCandidateInit(const sdp::Candidate& candidate) {
  return json::serialize(json::object{
      {"candidate", sdp::FormatCandidate(candidate)}, {"sdpMid", "0"}, {"sdpMLineIndex", 0}});
}

Result<std::optional<sdp::Candidate>> ParseCandidateInit(std::string_view text) {
  if (text.size() > kMaxCandidateInit) {
    return Fail(ErrorCode::kLimitExceeded,
                "candidate of " + std::to_string(text.size()) + " characters");
  }
  boost::system::error_code error;
  const json::value init = json::parse(json::string_view(text), error);
  const json::value* line =
      !error && init.is_object() ? init.get_object().if_contains("candidate") : nullptr;
  if (line == nullptr || !line->is_string()) {
    return Fail(ErrorCode::kMalformed, "candidate: no JSON object with a candidate");
  }
  const std::string_view value(line->get_string().data(), line->get_string().size());
  if (value.empty()) return std::nullopt;
  auto candidate = sdp::ParseCandidate(value);
  if (candidate) return std::move(*candidate);
  if (candidate.error().code == ErrorCode::kUnsupported) return std::nullopt;
  return std::unexpected(candidate.error());
}

}  // namespace ingress::livekit
