#include "media/decoder_input.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/byte_writer.h"
#include "codec/av1.h"
#include "codec/avc_config.h"
#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "codec/hevc.h"
#include "codec/hevc_sps.h"

namespace ingress::media {
namespace {

using codec::NalType;

constexpr int kDefaultLengthSize = 4;  // what nearly every record says

void AppendUnit(ByteView nal, Bytes& out) {
  ByteWriter writer(out);
  writer.WriteU32(1);
  writer.WriteBytes(nal);
}

/// What the decoder should see in place of `sps_nal`; nothing when that is right as it is.
std::optional<Bytes> BetterSps(ByteView sps_nal) {
  const auto sps = codec::ParseSps(sps_nal);
  if (!sps) return std::nullopt;
  Result<Bytes> better = Bytes();
  if (sps->NeverReorders() && !sps->max_num_reorder_frames) {
    better = codec::WithoutReordering(sps_nal);
  } else if (sps->max_num_reorder_frames.value_or(0) > 1) {
    better = codec::WithoutRestriction(sps_nal);
  }
  if (!better || better->empty()) return std::nullopt;
  return std::move(*better);
}

/// Whether the sets of this SPS ask for more than a decoder may have.
bool IsTooLarge(VideoCodec codec, ByteView nal, std::int64_t max_pixels) {
  if (codec == VideoCodec::kHevc) {
    if (codec::HevcTypeOf(nal) != codec::kHevcSps) return false;
    const auto sps = codec::ParseHevcSps(nal);
    return sps && !codec::CheckDecoderNeed(codec::NeedOf(*sps), max_pixels);
  }
  if (codec::TypeOf(nal) != NalType::kSps) return false;
  const auto sps = codec::ParseSps(nal);
  return sps && !codec::CheckDecoderNeed(codec::NeedOf(*sps), max_pixels);
}

bool IsSlice(VideoCodec codec, ByteView nal) {
  if (codec == VideoCodec::kHevc) return codec::IsHevcSlice(codec::HevcTypeOf(nal));
  const NalType type = codec::TypeOf(nal);
  return type == NalType::kSlice || type == NalType::kIdr;
}

}  // namespace

/// Adds a unit as the decoder should see it.
void DecoderInput::Append(ByteView nal, Bytes& out) const {
  if (IsTooLarge(codec_, nal, max_pixels_)) return;
  const bool sps = codec_ == VideoCodec::kH264 && codec::TypeOf(nal) == NalType::kSps;
  const auto better = sps ? BetterSps(nal) : std::nullopt;
  AppendUnit(better ? ByteView(*better) : nal, out);
}

/// Whether an Annex B picture holds an SPS that the decoder should not see as it is.
bool DecoderInput::NeedsRewriting(ByteView annex_b) const {
  codec::AnnexBReader reader(annex_b);
  while (const auto nal = reader.Next()) {
    if (IsSlice(codec_, *nal)) return false;  // no SPS behind slices
    if (IsTooLarge(codec_, *nal, max_pixels_)) return true;
    const bool sps = codec_ == VideoCodec::kH264 && codec::TypeOf(*nal) == NalType::kSps;
    if (sps && BetterSps(*nal)) return true;
  }
  return false;
}

Bytes DecoderInput::Rewritten(ByteView annex_b) const {
  Bytes out;
  codec::AnnexBReader reader(annex_b);
  while (const auto nal = reader.Next()) Append(*nal, out);
  return out;
}

Result<DecoderInput> DecoderInput::Make(VideoCodec codec, ByteView codec_config,
                                        std::int64_t max_pixels) {
  DecoderInput input(codec, kDefaultLengthSize, max_pixels);
  if (codec_config.empty()) return input;
  if (codec == VideoCodec::kAv1) {
    auto config = codec::ParseAv1Config(codec_config);
    if (!config) return std::unexpected(std::move(config.error()));
    input.parameter_sets_ = std::move(config->obus);
  } else if (codec == VideoCodec::kHevc) {
    auto config = codec::ParseHevcConfig(codec_config);
    if (!config) return std::unexpected(std::move(config.error()));
    for (const Bytes& nal : config->parameter_sets) input.Append(nal, input.parameter_sets_);
    input.nal_length_size_ = config->nal_length_size;
  } else if (codec == VideoCodec::kH264) {
    auto config = codec::ParseAvcConfig(codec_config);
    if (!config) return std::unexpected(std::move(config.error()));
    for (const auto* units : {&config->sps, &config->pps}) {
      for (const Bytes& nal : *units) input.Append(nal, input.parameter_sets_);
    }
    input.nal_length_size_ = config->nal_length_size;
  }
  return input;
}

Result<Bytes> DecoderInput::Convert(Bytes payload) {
  if (codec_ == VideoCodec::kAv1 && !parameter_sets_.empty()) {
    if (!codec::HasAv1SequenceHeader(payload)) {
      payload.insert(payload.begin(), parameter_sets_.begin(), parameter_sets_.end());
    }
    parameter_sets_ = {};
  }
  if (codec_ != VideoCodec::kH264 && codec_ != VideoCodec::kHevc) return payload;
  auto annex_b = codec::ToAnnexB(std::move(payload), nal_length_size_);
  if (!annex_b) return annex_b;
  if (NeedsRewriting(*annex_b)) annex_b = Rewritten(*annex_b);
  if (!parameter_sets_.empty()) {
    annex_b->insert(annex_b->begin(), parameter_sets_.begin(), parameter_sets_.end());
    parameter_sets_ = {};
  }
  return annex_b;
}

}  // namespace ingress::media
