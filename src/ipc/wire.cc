#include "ipc/wire.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ingress::ipc {
namespace {

using codec::H264Profile;

template <typename Own, typename Wire, std::size_t kSize>
using Pairs = std::array<std::pair<Own, Wire>, kSize>;

constexpr Pairs<ingress::LogLevel, LogLevel, 4> kLogLevels = {
    {{ingress::LogLevel::kDebug, LOG_LEVEL_DEBUG},
     {ingress::LogLevel::kInfo, LOG_LEVEL_INFO},
     {ingress::LogLevel::kWarn, LOG_LEVEL_WARN},
     {ingress::LogLevel::kError, LOG_LEVEL_ERROR}}};

constexpr Pairs<ingress::Route, Route, 5> kRoutes = {
    {{ingress::Route::kIdle, ROUTE_IDLE},
     {ingress::Route::kPassThrough, ROUTE_PASS_THROUGH},
     {ingress::Route::kBridge, ROUTE_BRIDGE},
     {ingress::Route::kHybrid, ROUTE_HYBRID},
     {ingress::Route::kLadder, ROUTE_LADDER}}};

constexpr Pairs<ingress::LayerRoute, LayerRoute, 4> kLayerRoutes = {
    {{ingress::LayerRoute::kOff, LAYER_ROUTE_OFF},
     {ingress::LayerRoute::kPassThrough, LAYER_ROUTE_PASS_THROUGH},
     {ingress::LayerRoute::kBridge, LAYER_ROUTE_BRIDGE},
     {ingress::LayerRoute::kEncode, LAYER_ROUTE_ENCODE}}};

constexpr Pairs<LayerQuality, Sender, 3> kQualities = {{{LayerQuality::kLow, SENDER_LOW},
                                                        {LayerQuality::kMedium, SENDER_MEDIUM},
                                                        {LayerQuality::kHigh, SENDER_HIGH}}};

constexpr Pairs<Transcoding, MediaOptions::Transcoding, 3> kTranscodings = {
    {{Transcoding::kAuto, MediaOptions::AUTO},
     {Transcoding::kAlways, MediaOptions::ALWAYS},
     {Transcoding::kNever, MediaOptions::NEVER}}};

constexpr Pairs<H264Profile, MediaOptions::H264Profile, 3> kProfiles = {
    {{H264Profile::kBaseline, MediaOptions::BASELINE},
     {H264Profile::kMain, MediaOptions::MAIN},
     {H264Profile::kHigh, MediaOptions::HIGH}}};

template <typename Own, typename Wire, std::size_t kSize>
Wire WireOf(const Pairs<Own, Wire, kSize>& pairs, Own own) {
  return std::ranges::find(pairs, own, &std::pair<Own, Wire>::first)->second;
}

template <typename Own, typename Wire, std::size_t kSize>
std::optional<Own> OwnOf(const Pairs<Own, Wire, kSize>& pairs, Wire wire) {
  const auto* found = std::ranges::find(pairs, wire, &std::pair<Own, Wire>::second);
  return found == pairs.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace

LogLevel ToWire(ingress::LogLevel level) { return WireOf(kLogLevels, level); }

ingress::LogLevel FromWire(LogLevel level) {
  return OwnOf(kLogLevels, level).value_or(ingress::LogLevel::kInfo);
}

Route ToWire(ingress::Route route) { return WireOf(kRoutes, route); }

std::optional<ingress::Route> FromWire(Route route) { return OwnOf(kRoutes, route); }

LayerRoute ToWire(ingress::LayerRoute route) { return WireOf(kLayerRoutes, route); }

ingress::LayerRoute FromWire(LayerRoute route) {
  return OwnOf(kLayerRoutes, route).value_or(ingress::LayerRoute::kOff);
}

MediaOptions ToWire(const ingress::MediaOptions& options) {
  MediaOptions message;
  message.set_transcoding(WireOf(kTranscodings, options.transcoding));
  message.set_h264_profile(WireOf(kProfiles, options.h264_profile));
  message.set_max_bitrate_ratio(options.max_bitrate_ratio);
  message.set_max_input_pixels(options.max_input_pixels);
  return message;
}

ingress::MediaOptions FromWire(const MediaOptions& options) {
  const ingress::MediaOptions defaults;
  return {.transcoding = OwnOf(kTranscodings, options.transcoding()).value_or(defaults.transcoding),
          .h264_profile = OwnOf(kProfiles, options.h264_profile()).value_or(defaults.h264_profile),
          .max_bitrate_ratio = options.max_bitrate_ratio(),
          .max_input_pixels = options.max_input_pixels()};
}

ingress::MediaOptions MediaOptionsOf(const Job& job) {
  return job.has_media() ? FromWire(job.media()) : ingress::MediaOptions{};
}

Sender ToWire(LayerQuality quality) { return WireOf(kQualities, quality); }

std::string_view NameOf(Sender sender) {
  if (sender == SENDER_AUDIO) return "audio";
  const auto quality = OwnOf(kQualities, sender);
  return quality ? ToString(*quality) : "other";
}

}  // namespace ingress::ipc
