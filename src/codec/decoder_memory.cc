#include "codec/decoder_memory.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace ingress::codec {
namespace {

constexpr int kMaxKept = 16;      // ITU-T H.264 §A.3.1, ITU-T H.265 §A.4.2
constexpr int kUsualReorder = 2;  // of H.264 that may reorder and does not say how far
constexpr int kInWork = 1;        // with slice threads
constexpr int kWithEncoders = 4;  // being fitted, and waiting for the encoder of a layer
constexpr int kLongestEdge = 63;  // pixels that a coding unit of 64 is cropped by at most
constexpr std::uint64_t kMegabyte = 1'000'000;

// What libavcodec keeps beside the samples, a macroblock: motion and types. The most is HEVC's 16
// vectors of 12 bytes; H.264 has 141 bytes.
constexpr std::uint64_t kSideBytesPerMacroblock = 192;
constexpr std::uint64_t kMacroblockPixels = 256;

constexpr std::uint64_t RoundUp(int value, int step) {
  return (static_cast<std::uint64_t>(value) + static_cast<std::uint64_t>(step) - 1) /
         static_cast<std::uint64_t>(step) * static_cast<std::uint64_t>(step);
}

/// Samples for each pixel, in halves. libavcodec makes 4:2:0 of monochrome.
std::uint64_t HalfSamples(int chroma_format_idc) {
  constexpr std::array<std::uint64_t, 4> kHalves = {3, 3, 4, 6};
  return kHalves.at(static_cast<std::size_t>(std::clamp(chroma_format_idc, 0, 3)));
}

std::uint64_t PictureBytes(const DecoderNeed& need) {
  // Lines and columns that libavcodec adds for its vector instructions.
  const std::uint64_t pixels = RoundUp(need.coded_width, 64) * RoundUp(need.coded_height, 64);
  const std::uint64_t sample = need.bit_depth > 8 ? 2 : 1;
  return pixels * HalfSamples(need.chroma_format_idc) * sample / 2 +
         pixels / kMacroblockPixels * kSideBytesPerMacroblock;
}

/// Without what is only coded because pictures consist of whole coding units.
std::int64_t CountedPixels(const DecoderNeed& need) {
  const auto counted = [](int coded, int shown) {
    return std::int64_t{coded} - std::clamp(coded - shown, 0, kLongestEdge);
  };
  return counted(need.coded_width, need.width) * counted(need.coded_height, need.height);
}

std::string_view ChromaName(int chroma_format_idc) {
  constexpr std::array<std::string_view, 4> kNames = {"4:0:0", "4:2:0", "4:2:2", "4:4:4"};
  return kNames.at(static_cast<std::size_t>(std::clamp(chroma_format_idc, 0, 3)));
}

std::string SizeOf(const DecoderNeed& need) {
  return std::to_string(need.coded_width) + "x" + std::to_string(need.coded_height);
}

}  // namespace

DecoderNeed NeedOf(const SpsInfo& sps) {
  int kept = sps.num_ref_frames;
  if (sps.max_dec_frame_buffering) {
    kept = std::max(kept, *sps.max_dec_frame_buffering);
  } else if (!sps.NeverReorders()) {
    kept = std::min(kMaxKept, kept + kUsualReorder);
  }
  return {.coded_width = sps.coded_width,
          .coded_height = sps.coded_height,
          .width = sps.width,
          .height = sps.height,
          .bit_depth = sps.bit_depth,
          .chroma_format_idc = sps.chroma_format_idc,
          .kept_pictures = kept};
}

DecoderNeed NeedOf(const HevcSpsInfo& sps) {
  return {.coded_width = sps.coded_width,
          .coded_height = sps.coded_height,
          .width = sps.width,
          .height = sps.height,
          .bit_depth = sps.bit_depth,
          .chroma_format_idc = sps.chroma_format_idc,
          .kept_pictures = sps.max_kept_pics.value_or(kMaxKept)};
}

DecoderNeed NeedOf(VideoCodec codec, const StreamFormat& format) {
  constexpr int kVp8References = 3;  // RFC 6386 §9.7
  constexpr int kVp9References = 8;  // and AV1's
  constexpr int kFilmGrain = 1;      // a picture that gets grain is shown as a copy
  int kept = kVp9References;
  if (codec == VideoCodec::kVp8) kept = kVp8References;
  if (codec == VideoCodec::kAv1) kept += kFilmGrain;
  return {.coded_width = format.width,
          .coded_height = format.height,
          .width = format.width,
          .height = format.height,
          .bit_depth = format.bit_depth,
          .chroma_format_idc = format.chroma_format_idc,
          .kept_pictures = kept};
}

std::uint64_t DecoderMemory(const DecoderNeed& need) {
  return PictureBytes(need) *
         static_cast<std::uint64_t>(need.kept_pictures + kInWork + kWithEncoders);
}

Result<void> CheckDecoderNeed(const DecoderNeed& need, std::int64_t max_pixels) {
  if (CountedPixels(need) > max_pixels) {
    return Fail(ErrorCode::kLimitExceeded, "pictures of " + SizeOf(need) + ", more than " +
                                               std::to_string(max_pixels) +
                                               " pixels (max_input_pixels)");
  }
  const std::uint64_t bytes = DecoderMemory(need);
  const std::uint64_t budget = DecoderBudget(max_pixels);
  if (bytes <= budget) return {};
  return Fail(ErrorCode::kLimitExceeded,
              std::to_string(need.kept_pictures) + " reference pictures of " + SizeOf(need) + ", " +
                  std::string(ChromaName(need.chroma_format_idc)) + ", " +
                  std::to_string(need.bit_depth) + " bits take " +
                  std::to_string(bytes / kMegabyte) + " MB, more than " +
                  std::to_string(budget / kMegabyte) + " MB (max_input_pixels " +
                  std::to_string(max_pixels) + ")");
}

}  // namespace ingress::codec
