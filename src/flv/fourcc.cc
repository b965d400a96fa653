#include "flv/fourcc.h"

namespace ingress::flv {

std::string ToText(FourCc fourcc) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char c = static_cast<char>(fourcc >> shift & 0xff);
    text.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  }
  return text;
}

std::optional<VideoCodec> VideoCodecOf(FourCc fourcc) {
  switch (fourcc) {
    case kAvc1:
      return VideoCodec::kH264;
    case kHvc1:
      return VideoCodec::kHevc;
    case kAv01:
      return VideoCodec::kAv1;
    case kVp08:
      return VideoCodec::kVp8;
    case kVp09:
      return VideoCodec::kVp9;
    default:
      return std::nullopt;
  }
}

std::optional<AudioCodec> AudioCodecOf(FourCc fourcc) {
  switch (fourcc) {
    case kMp4a:
      return AudioCodec::kAac;
    case kOpus:
      return AudioCodec::kOpus;
    case kMp3:
      return AudioCodec::kMp3;
    case kFlac:
      return AudioCodec::kFlac;
    case kAc3:
      return AudioCodec::kAc3;
    case kEac3:
      return AudioCodec::kEac3;
    default:
      return std::nullopt;
  }
}

}  // namespace ingress::flv
