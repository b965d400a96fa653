#include "codec/parameter_sets.h"

#include <algorithm>
#include <string>

#include "codec/h264.h"
#include "codec/h264_sps.h"
#include "codec/hevc.h"
#include "codec/hevc_sps.h"

namespace ingress::codec {
namespace {

struct SpsHead {
  std::uint32_t id = 0;
  std::uint32_t vps_id = 0;
  int width = 0;
  int height = 0;
};

Result<SpsHead> ParseHead(VideoCodec codec, ByteView nal) {
  if (codec == VideoCodec::kHevc) {
    const auto sps = ParseHevcSps(nal);
    if (!sps) return std::unexpected(sps.error());
    return SpsHead{sps->sps_id, sps->vps_id, sps->width, sps->height};
  }
  const auto sps = ParseSps(nal);
  if (!sps) return std::unexpected(sps.error());
  return SpsHead{sps->sps_id, 0, sps->width, sps->height};
}

Result<PpsInfo> ParsePpsOf(VideoCodec codec, ByteView nal) {
  if (codec != VideoCodec::kHevc) return ParsePps(nal);
  const auto pps = ParseHevcPps(nal);
  if (!pps) return std::unexpected(pps.error());
  return PpsInfo{.pps_id = pps->pps_id, .sps_id = pps->sps_id};
}

enum class SetKind { kNone, kVps, kSps, kPps };

SetKind KindOf(VideoCodec codec, ByteView nal) {
  if (codec == VideoCodec::kHevc) {
    if (nal.size() <= kHevcHeaderBytes || HevcLayerOf(nal) != 0) return SetKind::kNone;
    switch (HevcTypeOf(nal)) {
      case kHevcVps:
        return SetKind::kVps;
      case kHevcSps:
        return SetKind::kSps;
      case kHevcPps:
        return SetKind::kPps;
      default:
        return SetKind::kNone;
    }
  }
  if (TypeOf(nal) == NalType::kSps) return SetKind::kSps;
  return TypeOf(nal) == NalType::kPps ? SetKind::kPps : SetKind::kNone;
}

}  // namespace

Result<bool> ParameterSets::Take(ByteView nal) {
  switch (KindOf(codec_, nal)) {
    case SetKind::kVps:
      return TakeVps(nal);
    case SetKind::kSps:
      return TakeSps(nal);
    case SetKind::kPps:
      return TakePps(nal);
    case SetKind::kNone:
      break;
  }
  return false;
}

Result<bool> ParameterSets::TakeVps(ByteView nal) {
  const auto id = static_cast<std::uint32_t>(nal[kHevcHeaderBytes] >> 4);
  const bool known = vps_.contains(id);
  auto taken = Replace(vps_[id], nal);
  if (!taken && !known) vps_.erase(id);
  return taken;
}

Result<bool> ParameterSets::TakeSps(ByteView nal) {
  const auto head = ParseHead(codec_, nal);
  if (!head) return std::unexpected(head.error());
  const std::string size = std::to_string(head->width) + "x" + std::to_string(head->height);
  if (head->width < kMinSide || head->height < kMinSide) {
    return Fail(ErrorCode::kUnsupported, "SPS: pictures of " + size);
  }
  if (std::int64_t{head->width} * head->height > kMaxPicturePixels) {
    return Fail(ErrorCode::kLimitExceeded, "SPS: pictures of " + size);
  }
  const bool known = sps_.contains(head->id);
  SpsEntry& entry = sps_[head->id];
  auto taken = Replace(entry.nal, nal);
  if (taken) entry.vps_id = head->vps_id;
  if (!taken && !known) sps_.erase(head->id);
  return taken;
}

Result<bool> ParameterSets::TakePps(ByteView nal) {
  const auto head = ParsePpsOf(codec_, nal);
  if (!head) return std::unexpected(head.error());
  const bool known = pps_.contains(head->pps_id);
  if (!known && pps_.size() >= kMaxPps) {
    return Fail(ErrorCode::kLimitExceeded, "more than " + std::to_string(kMaxPps) + " PPS");
  }
  PpsEntry& entry = pps_[head->pps_id];
  auto taken = Replace(entry.nal, nal);
  if (taken) entry.sps_id = head->sps_id;
  if (!taken && !known) pps_.erase(head->pps_id);
  return taken;
}

Result<bool> ParameterSets::Replace(Bytes& stored, ByteView nal) {
  if (std::ranges::equal(stored, nal)) return false;
  const std::size_t bytes = bytes_ - stored.size() + nal.size();
  if (bytes > kMaxBytes) {
    return Fail(ErrorCode::kLimitExceeded, "parameter sets of " + std::to_string(bytes) + " bytes");
  }
  stored.assign(nal.begin(), nal.end());
  bytes_ = bytes;
  return true;
}

std::optional<std::uint32_t> ParameterSets::IdOfSps(ByteView nal) const {
  if (KindOf(codec_, nal) != SetKind::kSps) return std::nullopt;
  const auto head = ParseHead(codec_, nal);
  return head ? std::optional(head->id) : std::nullopt;
}

std::optional<std::uint32_t> ParameterSets::SpsOf(std::uint32_t pps_id) const {
  const auto pps = pps_.find(pps_id);
  if (pps == pps_.end() || !sps_.contains(pps->second.sps_id)) return std::nullopt;
  return pps->second.sps_id;
}

std::optional<std::uint32_t> ParameterSets::OnlySps() const {
  if (pps_.empty()) return sps_.size() == 1 ? std::optional(sps_.begin()->first) : std::nullopt;
  std::optional<std::uint32_t> only;
  for (const auto& [id, pps] : pps_) {
    if (!sps_.contains(pps.sps_id)) continue;
    if (only && *only != pps.sps_id) return std::nullopt;
    only = pps.sps_id;
  }
  return only;
}

ByteView ParameterSets::Sps(std::uint32_t sps_id) const {
  const auto sps = sps_.find(sps_id);
  return sps == sps_.end() ? ByteView{} : ByteView(sps->second.nal);
}

std::optional<ParameterSetGroup> ParameterSets::GroupOf(std::uint32_t sps_id) const {
  const auto sps = sps_.find(sps_id);
  if (sps == sps_.end()) return std::nullopt;
  ParameterSetGroup group{.sps_id = sps_id, .sps = sps->second.nal};
  const auto vps = vps_.find(sps->second.vps_id);
  if (codec_ == VideoCodec::kHevc && vps != vps_.end()) group.vps = vps->second;
  for (const auto& [id, pps] : pps_) {
    if (pps.sps_id == sps_id) group.pps.emplace(id, pps.nal);
  }
  return group;
}

}  // namespace ingress::codec
