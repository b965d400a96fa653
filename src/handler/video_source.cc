#include "handler/video_source.h"

#include <algorithm>
#include <utility>

#include "codec/h264.h"
#include "codec/hevc.h"
#include "codec/sei.h"

namespace ingress::handler {
namespace {

constexpr int kMinPixels = 16;  // a side; smaller pictures do not survive scaling and encoding

std::string NameOf(const flv::VideoTag& tag) {
  if (tag.fourcc != 0) return "FourCC " + flv::ToText(tag.fourcc);
  return "FLV codec id " + std::to_string(tag.codec_id);
}

std::string NameOf(VideoCodec codec) {
  switch (codec) {
    case VideoCodec::kH264:
      return "H.264";
    case VideoCodec::kHevc:
      return "HEVC";
    case VideoCodec::kVp8:
      return "VP8";
    case VideoCodec::kVp9:
      return "VP9";
    case VideoCodec::kAv1:
      return "AV1";
  }
  return "unknown";
}

}  // namespace

Result<VideoSource::Output> VideoSource::OnTag(const flv::VideoTag& tag, Bytes body, Placed placed,
                                               std::uint32_t timestamp) {
  using Kind = flv::VideoTag::Kind;
  if (tag.kind != Kind::kSequenceHeader && tag.kind != Kind::kCodedFrame) return Output{};
  if (!tag.codec) return Fail(ErrorCode::kUnsupported, "video codec: " + NameOf(tag));
  if (tag.kind == Kind::kCodedFrame && tag.data.empty()) return Output{};
  auto output = tag.codec == VideoCodec::kH264 ? OnH264(tag, std::move(body), placed)
                                               : OnOther(tag, std::move(body), placed);
  if (output && output->picture) {
    output->picture->timestamp = std::chrono::milliseconds(timestamp);
  }
  return output;
}

Result<VideoSource::Output> VideoSource::OnH264(const flv::VideoTag& tag, Bytes body,
                                                Placed placed) {
  Output output;
  if (tag.kind == flv::VideoTag::Kind::kSequenceHeader) {
    auto changed = OnSequenceHeader(tag.data);
    if (!changed) return std::unexpected(changed.error());
    output.format_changed = *changed;
    return output;
  }
  ++counters_.pictures;
  const bool annex_b = codec::LooksLikeAnnexB(tag.data);
  const codec::AccessUnitInfo info =
      annex_b ? codec::InspectAnnexB(tag.data)
              : codec::InspectLengthPrefixed(tag.data, config_.nal_length_size);
  if (info.damaged) {
    ++counters_.damaged;
    return output;
  }
  if (info.sps) {
    auto changed = AdoptInBandParameterSets(tag.data);
    if (!changed) return std::unexpected(changed.error());
    output.format_changed = *changed;
  }
  // Open GOPs and intra refresh have no IDR; there the tag's word has to do.
  auto picture = MakePicture(tag,
                             annex_b ? Body{.bytes = codec::ToLengthPrefixed(tag.data)}
                                     : EndingWith(tag.data, std::move(body)),
                             info.idr || tag.key_frame, placed);
  if (!picture) return output;
  picture->idr = info.idr;
  if (info.idr && TurnAsAsked(*picture, VideoCodec::kH264, annex_b ? 4 : config_.nal_length_size)) {
    output.format_changed = true;
  }
  picture->turned = quarter_turns_ != 0;
  picture->b_slices = info.b_slices;
  output.picture = std::move(picture);
  return output;
}

Result<VideoSource::Output> VideoSource::OnOther(const flv::VideoTag& tag, Bytes body,
                                                 Placed placed) {
  Output output;
  if (tag.kind == flv::VideoTag::Kind::kSequenceHeader) {
    if (tag.data.empty()) return output;
    auto stream = codec::ParseStreamFormat(*tag.codec, tag.data);
    if (!stream) return Wrap(NameOf(*tag.codec) + " sequence header", stream.error());
    if (*tag.codec == VideoCodec::kHevc) {
      auto config = codec::ParseHevcConfig(tag.data);
      if (config) other_length_size_ = config->nal_length_size;
    }
    auto changed = AdoptOther(*tag.codec, *stream, Bytes(tag.data.begin(), tag.data.end()));
    if (!changed) return std::unexpected(changed.error());
    output.format_changed = *changed;
    return output;
  }
  ++counters_.pictures;
  const codec::PictureInfo info = codec::InspectPicture(*tag.codec, tag.data, other_length_size_);
  if (info.damaged) {
    ++counters_.damaged;
    return output;
  }
  if (info.format && info.format->width > 0) {
    auto changed =
        AdoptOther(*tag.codec, *info.format, other_ == tag.codec ? other_config_ : Bytes{});
    if (!changed) return std::unexpected(changed.error());
    output.format_changed = *changed;
  }
  output.picture = MakePicture(tag, EndingWith(tag.data, std::move(body)),
                               info.key_frame || tag.key_frame, placed);
  if (output.picture && tag.codec == VideoCodec::kHevc && info.key_frame &&
      TurnAsAsked(*output.picture, VideoCodec::kHevc, other_length_size_)) {
    output.format_changed = true;
  }
  return output;
}

/// The body without what follows the picture, which other tracks of a multitrack tag may.
VideoSource::Body VideoSource::EndingWith(ByteView picture, Bytes body) {
  const auto at = static_cast<std::size_t>(picture.data() - body.data());
  body.resize(at + picture.size());
  return {.bytes = std::move(body), .payload_at = at};
}

std::shared_ptr<SourcePicture> VideoSource::MakePicture(const flv::VideoTag& tag, Body body,
                                                        bool key_frame, Placed placed) {
  if (!format_) {
    ++counters_.before_header;
    return nullptr;
  }
  key_frame_seen_ = key_frame_seen_ || key_frame;
  if (!key_frame_seen_) {
    ++counters_.before_key_frame;
    return nullptr;
  }
  const SessionTime offset = std::chrono::milliseconds(tag.composition_time_ms) +
                             std::chrono::nanoseconds(tag.presentation_offset_ns);
  return std::make_shared<SourcePicture>(SourcePicture{.body = std::move(body.bytes),
                                                       .payload_at = body.payload_at,
                                                       .dts = placed.time,
                                                       .pts = placed.time + offset,
                                                       .key_frame = key_frame,
                                                       .claims_key = tag.key_frame,
                                                       .live = placed.live});
}

Result<bool> VideoSource::AdoptOther(VideoCodec codec, const codec::StreamFormat& stream,
                                     Bytes config) {
  const bool same_codec = format_ && format_->codec == codec;
  const bool config_is_news = !same_codec || config != other_config_;
  other_ = codec;
  other_config_ = std::move(config);
  if (stream.width == 0) {
    // The pictures tell the size; until then a known format of another codec is of no use.
    if (!same_codec) format_.reset();
    return false;
  }
  if (stream.width < kMinPixels || stream.height < kMinPixels) {
    return Fail(ErrorCode::kUnsupported, NameOf(codec) + " picture of " +
                                             std::to_string(stream.width) + "x" +
                                             std::to_string(stream.height));
  }
  if (!config_is_news && stream.display_size() == lying_) return false;
  SetFormat({.codec = codec, .name = NameOf(codec), .codec_config = other_config_},
            stream.display_size());
  return true;
}

int VideoSource::slice_groups() const {
  int most = 1;
  for (const Bytes& pps : config_.pps) {
    if (const auto info = codec::ParsePps(pps)) most = std::max(most, info->slice_groups);
  }
  return most;
}

Result<bool> VideoSource::OnSequenceHeader(ByteView record) {
  if (record.empty()) return false;
  auto config = codec::ParseAvcConfig(record);
  if (!config) return Wrap("H.264 sequence header", config.error());
  if (config->sps.empty()) {
    // The sets come in-band; only the length size is news.
    config_.nal_length_size = config->nal_length_size;
    return false;
  }
  return Adopt(std::move(*config));
}

Result<bool> VideoSource::AdoptInBandParameterSets(ByteView body) {
  codec::AvcConfig config;
  const bool annex_b = codec::LooksLikeAnnexB(body);
  config.nal_length_size = annex_b ? 4 : config_.nal_length_size;
  const Bytes prefixed = annex_b ? codec::ToLengthPrefixed(body) : Bytes{};
  codec::LengthPrefixedReader units(annex_b ? ByteView(prefixed) : body, config.nal_length_size);
  while (const auto nal = units.Next()) {
    const auto type = codec::TypeOf(*nal);
    if (type == codec::NalType::kSps) config.sps.emplace_back(nal->begin(), nal->end());
    if (type == codec::NalType::kPps) config.pps.emplace_back(nal->begin(), nal->end());
  }
  if (config.pps.empty()) config.pps = config_.pps;
  return Adopt(std::move(config));
}

Result<bool> VideoSource::Adopt(codec::AvcConfig config) {
  const bool same = format_ && format_->codec == VideoCodec::kH264 && config.sps == config_.sps &&
                    config.pps == config_.pps && config.nal_length_size == config_.nal_length_size;
  if (same || config.sps.empty()) return false;
  auto sps = codec::ParseSps(config.sps.front());
  if (!sps) return Wrap("H.264 SPS", sps.error());
  if (sps->width < kMinPixels || sps->height < kMinPixels) {
    return Fail(ErrorCode::kUnsupported, "H.264 SPS: picture of " + std::to_string(sps->width) +
                                             "x" + std::to_string(sps->height));
  }
  config.profile_idc = sps->profile_idc;
  config.constraint_flags = sps->constraint_flags;
  config.level_idc = sps->level_idc;
  config_ = std::move(config);
  sps_ = *sps;
  SetFormat({.codec = VideoCodec::kH264, .codec_config = codec::SerializeAvcConfig(config_)},
            sps->display_size());
  return true;
}

void VideoSource::SetFormat(VideoFormat format, codec::DisplaySize lying) {
  // Another encoder's word on how to turn does not hold for this one.
  if (!format_ || format_->codec != format.codec) quarter_turns_ = 0;
  format_ = std::move(format);
  lying_ = lying;
  Turn(quarter_turns_);
  key_frame_seen_ = false;
}

/// As the messages of a picture want it where decoding may begin; true when the format changes.
bool VideoSource::TurnAsAsked(const SourcePicture& picture, VideoCodec codec, int length_size) {
  const bool hevc = codec == VideoCodec::kHevc;
  return Turn(
      codec::FindOrientationLengthPrefixed(picture.payload(), length_size, hevc).value_or(0));
}

/// True when that changes the format.
bool VideoSource::Turn(int quarter_turns) {
  quarter_turns_ = quarter_turns;
  const bool sideways = quarter_turns % 2 != 0;
  const codec::DisplaySize upright =
      sideways ? codec::DisplaySize{lying_.height, lying_.width} : lying_;
  if (format_->width == upright.width && format_->height == upright.height) return false;
  format_->width = upright.width;
  format_->height = upright.height;
  return true;
}

}  // namespace ingress::handler
