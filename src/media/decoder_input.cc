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

void AppendH264Unit(ByteView nal, Bytes& out) {
  const auto better = codec::TypeOf(nal) == NalType::kSps ? BetterSps(nal) : std::nullopt;
  AppendUnit(better ? ByteView(*better) : nal, out);
}

/// Whether an Annex B picture holds an SPS that the decoder should not see as it is.
bool NeedsRewriting(ByteView annex_b) {
  codec::AnnexBReader reader(annex_b);
  while (const auto nal = reader.Next()) {
    const NalType type = codec::TypeOf(*nal);
    if (type == NalType::kSps && BetterSps(*nal)) return true;
    if (type == NalType::kSlice || type == NalType::kIdr) return false;  // no SPS behind slices
  }
  return false;
}

Bytes Rewritten(ByteView annex_b) {
  Bytes out;
  codec::AnnexBReader reader(annex_b);
  while (const auto nal = reader.Next()) AppendH264Unit(*nal, out);
  return out;
}

}  // namespace

Result<DecoderInput> DecoderInput::Make(VideoCodec codec, ByteView codec_config) {
  Bytes parameter_sets;
  if (codec == VideoCodec::kAv1 && !codec_config.empty()) {
    auto config = codec::ParseAv1Config(codec_config);
    if (!config) return std::unexpected(std::move(config.error()));
    return DecoderInput(codec, kDefaultLengthSize, std::move(config->obus));
  }
  if (codec_config.empty() || (codec != VideoCodec::kH264 && codec != VideoCodec::kHevc)) {
    return DecoderInput(codec, kDefaultLengthSize, {});
  }
  if (codec == VideoCodec::kHevc) {
    auto config = codec::ParseHevcConfig(codec_config);
    if (!config) return std::unexpected(std::move(config.error()));
    for (const Bytes& nal : config->parameter_sets) AppendUnit(nal, parameter_sets);
    return DecoderInput(codec, config->nal_length_size, std::move(parameter_sets));
  }
  auto config = codec::ParseAvcConfig(codec_config);
  if (!config) return std::unexpected(std::move(config.error()));
  for (const auto* units : {&config->sps, &config->pps}) {
    for (const Bytes& nal : *units) AppendH264Unit(nal, parameter_sets);
  }
  return DecoderInput(codec, config->nal_length_size, std::move(parameter_sets));
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
  if (codec_ == VideoCodec::kH264 && NeedsRewriting(*annex_b)) annex_b = Rewritten(*annex_b);
  if (!parameter_sets_.empty()) {
    annex_b->insert(annex_b->begin(), parameter_sets_.begin(), parameter_sets_.end());
    parameter_sets_ = {};
  }
  return annex_b;
}

}  // namespace ingress::media
