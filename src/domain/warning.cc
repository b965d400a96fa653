#include "domain/warning.h"

#include <algorithm>

#include "base/text.h"

namespace ingress {
namespace {

constexpr auto kCatalogue = std::to_array<WarningTraits>({
    {WarningCode::kVideoUnusable, "video_unusable",
     "the encoder sends video that cannot be used, so viewers get audio only",
     "Choose H.264 with a key frame every 2 s in the encoder and start it again."},
    {WarningCode::kVideoTooLarge, "video_too_large",
     "the encoder's pictures are larger than this server decodes, so viewers get audio only",
     "Lower the resolution in the encoder, or its reference frames; the server's limit is "
     "max_input_pixels."},
    {WarningCode::kAudioUnusable, "audio_unusable",
     "the encoder sends audio that cannot be used, so viewers get video only",
     "Choose AAC in the encoder and start it again."},
    {WarningCode::kVideoDropped, "video_dropped", "a part of the video is left out",
     "Check the encoder's network and load; lower its bitrate, resolution or frame rate."},
    {WarningCode::kAudioDropped, "audio_dropped", "a part of the audio is left out",
     "Check the encoder's network and load, and its audio settings."},
    {WarningCode::kTimestampsWrong, "timestamps_wrong",
     "timestamps of the encoder do not follow the time, so arrival times are used in their place",
     "Restart the encoder; if it stays, update it or report it to its maker."},
    {WarningCode::kEncoderSlow, "encoder_slow",
     "the encoder runs slower than real time, so viewers see it fall behind",
     "Lower its resolution or frame rate, or choose a faster preset."},
    {WarningCode::kEncoderFast, "encoder_fast",
     "the encoder sends faster than real time, so viewers see it hurry or miss parts of it",
     "Send at the speed of playback; FFmpeg does so with -re in front of its input."},
    {WarningCode::kUploadTooSlow, "upload_too_slow",
     "the encoder's upload is too slow for its bitrate, so late frames are left out",
     "Lower the bitrate in the encoder, or use a faster connection."},
    {WarningCode::kAvSkew, "av_skew",
     "the encoder sends audio and video of the same time far apart, so one has to wait for the "
     "other",
     "Check the encoder's audio delay, its capture devices and its encoder latency."},
    {WarningCode::kSourceLargerThanLayers, "source_larger_than_layers",
     "the source has grown since it was published, and viewers get the earlier, smaller size",
     "Set the encoder's key-frame interval to 2 s; a new track follows a key frame."},
});

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kCatalogue.size(); ++i) {
    if (static_cast<std::size_t>(kCatalogue.at(i).code) != i) return false;
  }
  return kCatalogue.size() == kWarningCodes;
}
static_assert(InOrder(), "the catalogue is indexed by code");

}  // namespace

const WarningTraits& Traits(WarningCode code) {
  return kCatalogue.at(static_cast<std::size_t>(code));
}

std::span<const WarningTraits> AllWarnings() { return kCatalogue; }

std::optional<WarningCode> WarningCodeOf(std::uint32_t number) {
  return number < kWarningCodes ? std::optional(static_cast<WarningCode>(number)) : std::nullopt;
}

Warning::Warning(WarningCode code, std::string_view detail)
    : code_(code), cause_(Traits(code).cause) {
  if (!detail.empty()) cause_ += " (" + PrintableUtf8(detail, kMaxDetailBytes) + ")";
}

std::string Warning::Message() const { return cause_ + ". " + std::string(remedy()); }

void Warnings::Raise(WarningCode code, std::string_view detail, TimePoint /*now*/) {
  Entry& entry = At(code);
  entry.raised = true;
  entry.detail = detail;
}

void Warnings::Clear(WarningCode code, TimePoint now) {
  Entry& entry = At(code);
  if (!entry.raised) return;
  entry.raised = false;
  entry.cleared_at = now;
}

std::vector<Warnings::Change> Warnings::Poll(TimePoint now) {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_.at(i);
    if (entry.raised && (!entry.reported || now - entry.reported_at >= kDetailEvery)) {
      const bool begins = !entry.reported;
      entry.reported.emplace(static_cast<WarningCode>(i), entry.detail);
      entry.reported_at = now;
      if (begins) changes.push_back({.warning = *entry.reported, .over = false});
    } else if (!entry.raised && entry.reported && now - entry.cleared_at >= kClearAfter) {
      changes.push_back({.warning = *entry.reported, .over = true});
      entry.reported.reset();
    }
  }
  return changes;
}

std::vector<Warning> Warnings::active() const {
  std::vector<Warning> active;
  for (const Entry& entry : entries_) {
    if (entry.reported) active.push_back(*entry.reported);
  }
  return active;
}

}  // namespace ingress
