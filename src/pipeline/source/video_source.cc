#include "pipeline/source/video_source.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "codec/h264.h"
#include "codec/hevc.h"
#include "codec/hevc_sps.h"
#include "codec/sei.h"

namespace ingress::pipeline {
namespace {

constexpr int kMinPixels = codec::ParameterSets::kMinSide;

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

std::vector<Bytes> ValuesOf(const std::map<std::uint32_t, Bytes>& sets) {
  std::vector<Bytes> values;
  values.reserve(sets.size());
  for (const auto& [id, nal] : sets) values.push_back(nal);
  return values;
}

}  // namespace

VideoSource::Output VideoSource::OnUnit(Unit unit) {
  using Kind = stream::VideoUnit::Kind;
  Output output;
  const stream::VideoUnit& message = unit.message.unit;
  if (message.kind == Kind::kEndOfSequence) return output;
  if (!message.codec) {
    output.problem = Error{ErrorCode::kUnsupported, "video codec: " + message.codec_name};
    return output;
  }
  if (message.kind == Kind::kFormat) {
    if (!message.payload.empty()) OnConfig(message, output);
    return output;
  }
  if (!unit.message.coded()) return output;
  ++counters_.pictures;
  if (unit.stray) {
    ++counters_.damaged;
    output.broken = key_frame_seen_;
    key_frame_seen_ = false;
    output.waiting = true;
    return output;
  }
  unit.message.nal_units ? OnNalPicture(std::move(unit), output)
                         : OnOtherPicture(std::move(unit), output);
  return output;
}

void VideoSource::OnConfig(const stream::VideoUnit& unit, Output& output) {
  const VideoCodec codec = *unit.codec;
  const ByteView record = unit.payload.view();
  if (codec == VideoCodec::kH264 || codec == VideoCodec::kHevc) {
    OnNalConfig(codec, record, output);
    return;
  }
  auto stream = codec::ParseStreamFormat(codec, record);
  if (!stream) {
    output.problem = Wrap(NameOf(codec) + " sequence header", stream.error()).error();
    return;
  }
  Announced& announced = announced_[codec];
  announced = {.stream = *stream, .config = Bytes(record.begin(), record.end())};
  // A size that only the pictures tell comes with them.
  if (stream->width > 0 && (!format_ || Runs(codec))) AdoptOther(codec, announced, output);
}

void VideoSource::OnNalConfig(VideoCodec codec, ByteView record, Output& output) {
  std::vector<Bytes> sets;
  if (codec == VideoCodec::kHevc) {
    auto config = codec::ParseHevcConfig(record);
    if (!config) output.problem = Wrap("HEVC sequence header", config.error()).error();
    if (config) sets = std::move(config->parameter_sets);
  } else {
    auto config = codec::ParseAvcConfig(record);
    if (!config) output.problem = Wrap("H.264 sequence header", config.error()).error();
    if (config) {
      sets = std::move(config->sps);
      std::ranges::move(config->pps, std::back_inserter(sets));
    }
  }
  for (const Bytes& nal : sets) {
    if (auto taken = TrackerOf(codec).Take(nal); !taken && !output.problem) {
      output.problem = Wrap(NameOf(codec) + " sequence header", taken.error()).error();
    }
  }
  if (format_ || !TrackerOf(codec).Begin()) return;
  output.problem.reset();  // of a set that nothing needs
  if (auto checked = CheckNeed(codec); !checked) {
    output.problem = std::move(checked.error());
    too_large_ = true;
    return;
  }
  codec == VideoCodec::kHevc ? AdoptHevc() : AdoptH264();
  output.format_changed = true;
}

void VideoSource::OnNalPicture(Unit unit, Output& output) {
  const VideoMessage& message = unit.message;
  const codec::AccessUnitInfo info = *message.nal_units;
  const VideoCodec codec = *message.unit.codec;
  if (info.damaged) {
    ++counters_.damaged;
    output.problem =
        Error{ErrorCode::kMalformed, NameOf(codec) + " picture: a NAL unit is cut off"};
    return;
  }
  if (info.parameter_sets) TakeSets(codec, message.unit.payload.view(), output);
  // Open GOPs and intra refresh have no IDR; there the container's word has to do.
  const bool key = info.random_access || message.unit.key_frame;
  if (!Settle(message, key, output)) return;
  MakePicture(std::move(unit), key, output);
  if (!output.picture) return;
  SourcePicture& picture = *output.picture;
  picture.idr = info.idr && codec == VideoCodec::kH264;
  picture.b_slices = info.b_slices;
  picture.useful_bytes = info.useful_bytes;
  picture.new_sets = output.sets_changed;
  if (info.random_access) ApplyRotation(picture, output);
  picture.rotated = rotation_ != 0;
}

void VideoSource::TakeSets(VideoCodec codec, ByteView units, Output& output) {
  codec::LengthPrefixedReader reader(units, VideoMessage::kLengthSize);
  std::size_t count = 0;
  while (const auto nal = count++ < kMaxNalUnits ? reader.Next() : std::nullopt) {
    if (auto taken = TrackerOf(codec).Take(*nal); !taken) {
      output.problem = Wrap(NameOf(codec), taken.error()).error();
    }
  }
}

/// Sees to it that format() is that of the picture. False when the picture is of no use.
bool VideoSource::Settle(const VideoMessage& message, bool key, Output& output) {
  using Verdict = codec::ParameterSetTracker::Verdict;
  const VideoCodec codec = *message.unit.codec;
  const Verdict verdict = TrackerOf(codec).OnPicture(message.nal_units->pps_id, key);
  if (verdict == Verdict::kMissing) {
    ++counters_.before_header;
    output.waiting = true;
    if (Runs(codec)) {
      output.broken = key_frame_seen_;
      key_frame_seen_ = false;
    }
    return false;
  }
  if (verdict == Verdict::kNew) static_cast<void>(CheckNeed(codec));
  if (refused_.contains(codec)) {
    Refuse(codec, output);
    return false;
  }
  const bool adopt = verdict == Verdict::kNew || (!Runs(codec) && (key || !format_));
  if (!Runs(codec) && !adopt) {
    output.problem =
        Error{ErrorCode::kMalformed, NameOf(codec) + " picture in a stream of " + format_->name};
    return false;
  }
  if (verdict == Verdict::kSame && !adopt) return true;
  output.format_changed = adopt;
  output.sets_changed = !adopt;
  if (codec == VideoCodec::kHevc) {
    if (adopt) AdoptHevc();
  } else if (adopt) {
    AdoptH264();
  } else {
    config_.pps = ValuesOf(avc_.active()->pps);
    format_->codec_config = codec::SerializeAvcConfig(config_);
  }
  return true;
}

/// Whether a decoder has room for what the codec's parameter sets in force ask for. What it has not
/// is remembered.
Result<void> VideoSource::CheckNeed(VideoCodec codec) {
  const Bytes& sps = TrackerOf(codec).active()->sps;
  // The tracker takes no SPS that does not parse.
  const codec::DecoderNeed need =
      codec == VideoCodec::kHevc
          ? codec::NeedOf(codec::ParseHevcSps(sps).value_or(codec::HevcSpsInfo{}))
          : codec::NeedOf(codec::ParseSps(sps).value_or(codec::SpsInfo{}));
  auto checked = codec::CheckDecoderNeed(need, max_pixels_);
  if (checked) {
    refused_.erase(codec);
    return {};
  }
  checked = Wrap(NameOf(codec), checked.error());
  refused_.insert_or_assign(codec, checked.error());
  return checked;
}

/// Leaves a picture out that would take too much memory, and what refers to it.
void VideoSource::Refuse(VideoCodec codec, Output& output) {
  output.problem = refused_.at(codec);
  too_large_ = true;
  if (!Runs(codec)) return;
  output.broken = key_frame_seen_;
  key_frame_seen_ = false;
}

void VideoSource::OnOtherPicture(Unit unit, Output& output) {
  const VideoCodec codec = *unit.message.unit.codec;
  const codec::PictureInfo info =
      codec::InspectPicture(codec, unit.message.unit.payload.view(), VideoMessage::kLengthSize);
  if (info.damaged) {
    ++counters_.damaged;
    output.problem = Error{ErrorCode::kMalformed, NameOf(codec) + " picture: bad header"};
    return;
  }
  const auto announced = announced_.find(codec);
  if (info.format && info.format->width > 0) {
    const Bytes config = announced == announced_.end() ? Bytes{} : announced->second.config;
    if (!AdoptOther(codec, {.stream = *info.format, .config = config}, output)) return;
  } else if (!Runs(codec) && info.key_frame && announced != announced_.end() &&
             announced->second.stream.width > 0) {
    if (!AdoptOther(codec, announced->second, output)) return;
  }
  if (refused_.contains(codec)) {
    Refuse(codec, output);
    return;
  }
  if (format_ && !Runs(codec)) {
    output.problem =
        Error{ErrorCode::kMalformed, NameOf(codec) + " picture in a stream of " + format_->name};
    return;
  }
  const std::size_t size = unit.message.unit.payload.size();
  const bool key = info.key_frame || unit.message.unit.key_frame;
  MakePicture(std::move(unit), key, output);
  if (output.picture) output.picture->useful_bytes = size;
}

void VideoSource::MakePicture(Unit unit, bool key, Output& output) {
  stream::VideoUnit& message = unit.message.unit;
  if (!format_) {
    ++counters_.before_header;
    output.waiting = true;
    return;
  }
  // Rates are measured by it.
  const SessionTime timestamp =
      unit.placed.by_arrival ? unit.placed.time : stream::ToTime(message.dts);
  const SessionTime offset = composition_.Place(
      timestamp, message.composition, unit.message.nal_units && unit.message.nal_units->b_slices);
  counters_.composition = composition_.refused();
  key_frame_seen_ = key_frame_seen_ || key;
  if (!key_frame_seen_) {
    ++counters_.before_key_frame;
    output.waiting = true;
    return;
  }
  too_large_ = false;
  output.picture = std::make_shared<SourcePicture>(SourcePicture{.data = std::move(message.payload),
                                                                 .dts = unit.placed.time,
                                                                 .pts = unit.placed.time + offset,
                                                                 .key_frame = key,
                                                                 .timestamp = timestamp,
                                                                 .claims_key = message.key_frame,
                                                                 .live = unit.placed.live});
}

codec::ParameterSetTracker& VideoSource::TrackerOf(VideoCodec codec) {
  return codec == VideoCodec::kHevc ? hevc_ : avc_;
}

void VideoSource::AdoptH264() {
  const codec::ParameterSetGroup& sets = *avc_.active();
  // The tracker takes no SPS that does not parse.
  sps_ = codec::ParseSps(sets.sps).value_or(codec::SpsInfo{});
  config_ = {.profile_idc = sps_.profile_idc,
             .constraint_flags = sps_.constraint_flags,
             .level_idc = sps_.level_idc,
             .nal_length_size = VideoMessage::kLengthSize,
             .sps = {sets.sps},
             .pps = ValuesOf(sets.pps)};
  composition_.OnFormat(sps_.NeverReorders() ? 0 : sps_.max_num_reorder_frames, sps_.frame_rate);
  SetFormat({.codec = VideoCodec::kH264,
             .codec_config = codec::SerializeAvcConfig(config_),
             .decoder_memory = codec::DecoderMemory(codec::NeedOf(sps_))},
            sps_.display_size());
}

void VideoSource::AdoptHevc() {
  const codec::ParameterSetGroup& sets = *hevc_.active();
  const auto sps = codec::ParseHevcSps(sets.sps).value_or(codec::HevcSpsInfo{});
  codec::HevcConfig config{.nal_length_size = VideoMessage::kLengthSize, .parameter_sets = {}};
  if (!sets.vps.empty()) config.parameter_sets.push_back(sets.vps);
  config.parameter_sets.push_back(sets.sps);
  std::ranges::move(ValuesOf(sets.pps), std::back_inserter(config.parameter_sets));
  composition_.OnFormat(sps.max_num_reorder_pics, std::nullopt);
  SetFormat({.codec = VideoCodec::kHevc,
             .name = NameOf(VideoCodec::kHevc),
             .codec_config = codec::SerializeHevcConfig(config),
             .decoder_memory = codec::DecoderMemory(codec::NeedOf(sps))},
            codec::WithSquarePixels(sps.width, sps.height, sps.sar));
}

/// False when we cannot handle the format.
bool VideoSource::AdoptOther(VideoCodec codec, const Announced& announced, Output& output) {
  const codec::StreamFormat& stream = announced.stream;
  if (stream.width < kMinPixels || stream.height < kMinPixels) {
    output.problem = Error{ErrorCode::kUnsupported, NameOf(codec) + " picture of " +
                                                        std::to_string(stream.width) + "x" +
                                                        std::to_string(stream.height)};
    return false;
  }
  const codec::DecoderNeed need = codec::NeedOf(codec, stream);
  if (auto checked = codec::CheckDecoderNeed(need, max_pixels_); !checked) {
    refused_.insert_or_assign(codec, Wrap(NameOf(codec), checked.error()).error());
    Refuse(codec, output);
    return false;
  }
  refused_.erase(codec);
  const std::uint64_t memory = codec::DecoderMemory(need);
  const bool same = Runs(codec) && announced.config == format_->codec_config;
  if (same && stream.display_size() == unrotated_size_) {
    format_->decoder_memory = memory;
    return true;
  }
  composition_.OnFormat(0, std::nullopt);
  SetFormat({.codec = codec,
             .name = NameOf(codec),
             .codec_config = announced.config,
             .decoder_memory = memory},
            stream.display_size());
  output.format_changed = true;
  return true;
}

int VideoSource::slice_groups() const {
  int most = 1;
  for (const Bytes& pps : config_.pps) {
    if (const auto info = codec::ParsePps(pps)) most = std::max(most, info->slice_groups);
  }
  return most;
}

void VideoSource::SetFormat(VideoFormat format, codec::DisplaySize unrotated_size) {
  // Another encoder's word on how to turn does not hold for this one.
  if (!format_ || format_->codec != format.codec) rotation_ = 0;
  format_ = std::move(format);
  unrotated_size_ = unrotated_size;
  SetRotation(rotation_);
  key_frame_seen_ = false;
}

/// As the messages of a picture want it where decoding may begin.
void VideoSource::ApplyRotation(const SourcePicture& picture, Output& output) {
  const bool hevc = format_->codec == VideoCodec::kHevc;
  const auto asked =
      codec::FindOrientationLengthPrefixed(picture.payload(), VideoMessage::kLengthSize, hevc);
  if (SetRotation(asked.value_or(0))) output.format_changed = true;
}

/// True when that changes the format.
bool VideoSource::SetRotation(int rotation) {
  rotation_ = rotation;
  const bool sideways = rotation % 2 != 0;
  const codec::DisplaySize upright =
      sideways ? codec::DisplaySize{unrotated_size_.height, unrotated_size_.width}
               : unrotated_size_;
  if (format_->width == upright.width && format_->height == upright.height) return false;
  format_->width = upright.width;
  format_->height = upright.height;
  return true;
}

}  // namespace ingress::pipeline
