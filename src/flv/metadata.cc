#include "flv/metadata.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "amf/amf0.h"
#include "base/printable.h"
#include "flv/fourcc.h"

namespace ingress::flv {
namespace {

constexpr double kMaxPixels = 65536;
constexpr double kMaxFrameRate = 1000;
constexpr double kMaxRate = 1e9;  // bitrates in kbit/s and sample rates
constexpr double kMaxChannels = 255;

/// Names that encoders write as text where a number is meant.
constexpr std::array kVideoNames = std::to_array<std::pair<std::string_view, VideoCodec>>({
    {"avc1", VideoCodec::kH264},
    {"H264", VideoCodec::kH264},
    {"hvc1", VideoCodec::kHevc},
    {"av01", VideoCodec::kAv1},
    {"vp08", VideoCodec::kVp8},
    {"vp09", VideoCodec::kVp9},
});
constexpr std::array kAudioNames = std::to_array<std::pair<std::string_view, AudioCodec>>({
    {"mp4a", AudioCodec::kAac},
    {".mp3", AudioCodec::kMp3},
    {"Opus", AudioCodec::kOpus},
});
constexpr std::array kVideoIds = std::to_array<std::pair<double, VideoCodec>>({
    {7, VideoCodec::kH264},
    {12, VideoCodec::kHevc},
    {kAvc1, VideoCodec::kH264},
    {kHvc1, VideoCodec::kHevc},
    {kAv01, VideoCodec::kAv1},
    {kVp08, VideoCodec::kVp8},
    {kVp09, VideoCodec::kVp9},
});
constexpr std::array kAudioIds = std::to_array<std::pair<double, AudioCodec>>({
    {2, AudioCodec::kMp3},
    {7, AudioCodec::kPcmA},
    {8, AudioCodec::kPcmU},
    {10, AudioCodec::kAac},
    {11, AudioCodec::kSpeex},
    {14, AudioCodec::kMp3},
    {kMp4a, AudioCodec::kAac},
    {kMp3, AudioCodec::kMp3},
    {kOpus, AudioCodec::kOpus},
});

template <typename Table, typename Key>
auto Lookup(const Table& table, const Key& key) {
  const auto found =
      std::ranges::find_if(table, [&key](const auto& entry) { return entry.first == key; });
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

/// The property as a number in (0, max]; 0 when it is absent, of another type or out of range.
double Number(const amf::Value& data, std::string_view name, double max) {
  const amf::Value* value = data.Find(name);
  const double number = value ? value->AsNumber().value_or(0) : 0;
  return number > 0 && number <= max ? number : 0;  // false for NaN
}

std::uint32_t Whole(const amf::Value& data, std::string_view name, double max) {
  return static_cast<std::uint32_t>(Number(data, name, max));
}

std::string Text(const amf::Value& data, std::string_view name) {
  const amf::Value* value = data.Find(name);
  const std::string* text = value ? value->AsString() : nullptr;
  return text ? Printable(*text) : std::string();
}

/// A codec id as sent, and the codec it names if we know it.
template <typename Names, typename Ids, typename Codec>
void ReadCodec(const amf::Value* value, const Names& names, const Ids& ids, std::string& id,
               std::optional<Codec>& codec) {
  if (!value) return;
  if (const std::string* text = value->AsString()) {
    id = Printable(*text);
    codec = Lookup(names, std::string_view(*text));
  } else if (const auto number = value->AsNumber(); number && std::abs(*number) < kMaxRate * 10) {
    id = std::to_string(static_cast<std::int64_t>(*number));
    codec = Lookup(ids, *number);
  }
}

Metadata FromProperties(const amf::Value& data) {
  Metadata out;
  out.width = Whole(data, "width", kMaxPixels);
  out.height = Whole(data, "height", kMaxPixels);
  out.frame_rate = Number(data, "framerate", kMaxFrameRate);
  if (out.frame_rate == 0) out.frame_rate = Number(data, "fps", kMaxFrameRate);
  out.video_bitrate = Number(data, "videodatarate", kMaxRate);
  out.audio_bitrate = Number(data, "audiodatarate", kMaxRate);
  out.audio_sample_rate = Whole(data, "audiosamplerate", kMaxRate);
  out.audio_channels = Whole(data, "audiochannels", kMaxChannels);
  ReadCodec(data.Find("videocodecid"), kVideoNames, kVideoIds, out.video_codec_id, out.video_codec);
  ReadCodec(data.Find("audiocodecid"), kAudioNames, kAudioIds, out.audio_codec_id, out.audio_codec);
  out.encoder = Text(data, "encoder");
  if (out.encoder.empty()) out.encoder = Text(data, "metadatacreator");
  return out;
}

}  // namespace

Result<Metadata> ParseMetadata(ByteView script_body) {
  amf::Amf0Decoder decoder(script_body, amf::ObjectEnd::kEndOfDataAllowed);
  auto name = decoder.Read();
  if (name && *name == amf::Value("@setDataFrame")) name = decoder.Read();
  if (!name) return Wrap("script tag", name.error());
  if (*name != amf::Value("onMetaData")) {
    return Fail(ErrorCode::kUnsupported, "script tag: not onMetaData");
  }
  if (decoder.done()) return Metadata{};
  const auto data = decoder.Read();
  if (!data) return Wrap("onMetaData", data.error());
  return FromProperties(*data);
}

}  // namespace ingress::flv
