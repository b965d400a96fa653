#include "codec/h264.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/big_endian.h"
#include "codec/bit_reader.h"

namespace ingress::codec {
namespace {

constexpr std::array<std::uint8_t, 4> kStartCode = {0, 0, 0, 1};
constexpr std::size_t kSliceHeaderBytes = 24;  // three ue(v) of 63 bits at most
constexpr std::uint32_t kMaxPpsId = 255;       // ITU-T H.264 §7.4.2.2

/// Where the next 00 00 01 begins, or the size of `data`.
std::size_t FindStartCode(ByteView data) {
  for (std::size_t i = 2; i < data.size();) {
    if (data[i] > 1) {
      i += 3;
    } else if (data[i] == 0) {
      ++i;
    } else {
      if (data[i - 1] == 0 && data[i - 2] == 0) return i - 2;
      i += 3;
    }
  }
  return data.size();
}

ByteView WithoutStartCode(ByteView nal) {
  if (nal.size() >= 4 && nal[0] == 0 && nal[1] == 0 && nal[2] == 0 && nal[3] == 1) {
    return nal.subspan(4);
  }
  if (nal.size() >= 3 && nal[0] == 0 && nal[1] == 0 && nal[2] == 1) return nal.subspan(3);
  return nal;
}

void AppendUnit(ByteView nal, Bytes& out) {
  out.insert(out.end(), kStartCode.begin(), kStartCode.end());
  out.insert(out.end(), nal.begin(), nal.end());
}

/// Turns four-byte lengths into start codes where they stand. False, with `body` partly changed,
/// when a unit needs more than that.
bool RewriteInPlace(Bytes& body) {
  std::size_t at = 0;
  while (body.size() - at > 4) {
    const std::size_t size = LoadBigEndian<std::uint32_t>(ByteView(body).subspan(at));
    if (size == 0 || size > body.size() - at - 4) return false;
    const ByteView nal = ByteView(body).subspan(at + 4, size);
    if (WithoutStartCode(nal).size() != nal.size()) return false;
    at += 4 + size;
  }
  if (at != body.size()) return false;
  for (at = 0; at < body.size();) {
    const std::size_t size = LoadBigEndian<std::uint32_t>(ByteView(body).subspan(at));
    std::ranges::copy(kStartCode, body.begin() + static_cast<std::ptrdiff_t>(at));
    at += 4 + size;
  }
  return true;
}

}  // namespace

std::optional<ByteView> LengthPrefixedReader::Next() {
  while (!rest_.empty()) {
    const auto prefix = static_cast<std::size_t>(length_size_);
    if (rest_.size() < prefix) {
      damaged_ = true;
      break;
    }
    const std::size_t size = LoadBigEndian(rest_.first(prefix));
    rest_ = rest_.subspan(prefix);
    if (size > rest_.size()) {
      damaged_ = true;
      break;
    }
    const ByteView nal = WithoutStartCode(rest_.first(size));
    rest_ = rest_.subspan(size);
    if (!nal.empty()) return nal;
  }
  rest_ = {};
  return std::nullopt;
}

AnnexBReader::AnnexBReader(ByteView data) {
  const std::size_t start = FindStartCode(data);
  if (start < data.size()) rest_ = data.subspan(start + 3);
}

std::optional<ByteView> AnnexBReader::Next() {
  while (!rest_.empty()) {
    const std::size_t end = FindStartCode(rest_);
    ByteView nal = rest_.first(end);
    rest_ = end < rest_.size() ? rest_.subspan(end + 3) : ByteView{};
    // The zeros in front of a start code, and cabac_zero_words, belong to no unit (§7.4.1).
    while (!nal.empty() && nal.back() == 0) nal = nal.first(nal.size() - 1);
    if (!nal.empty()) return nal;
  }
  return std::nullopt;
}

bool LooksLikeAnnexB(ByteView body) {
  if (body.size() < 5 || body[0] != 0 || body[1] != 0) return false;
  if (body[2] != 1 && (body[2] != 0 || body[3] != 1)) return false;
  // 00 00 01 xx may be the length of a slice and 00 00 00 01 that of an end of sequence: Annex B
  // only when the lengths do not work out.
  LengthPrefixedReader reader(body, 4);
  while (reader.Next()) {
  }
  return reader.damaged();
}

Result<Bytes> ToAnnexB(Bytes body, int length_size) {
  if (LooksLikeAnnexB(body)) return body;
  if (length_size == 4 && RewriteInPlace(body)) return body;
  Bytes out;
  out.reserve(body.size() + 16);
  LengthPrefixedReader reader(body, length_size);
  while (const auto nal = reader.Next()) AppendUnit(*nal, out);
  if (reader.damaged()) {
    return Fail(ErrorCode::kMalformed,
                "NAL unit longer than its picture of " + std::to_string(body.size()) + " bytes");
  }
  return out;
}

void AppendLengthPrefixed(ByteView nal, Bytes& out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(nal.size() >> shift));
  }
  out.insert(out.end(), nal.begin(), nal.end());
}

Bytes ToLengthPrefixed(ByteView annex_b) {
  Bytes out;
  out.reserve(annex_b.size() + 16);
  AnnexBReader reader(annex_b);
  while (const auto nal = reader.Next()) AppendLengthPrefixed(*nal, out);
  return out;
}

Bytes RemoveEmulationPrevention(ByteView nal) {
  Bytes out;
  out.reserve(nal.size());
  int zeros = 0;
  for (const std::uint8_t byte : nal) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
  }
  return out;
}

Bytes AddEmulationPrevention(ByteView rbsp) {
  Bytes out;
  out.reserve(rbsp.size() + 8);
  int zeros = 0;
  for (const std::uint8_t byte : rbsp) {
    if (zeros >= 2 && byte <= 3) {
      out.push_back(3);
      zeros = 0;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
  }
  return out;
}

Result<SliceHeader> ParseSliceHeader(ByteView nal) {
  const NalType type = TypeOf(nal);
  if (type != NalType::kSlice && type != NalType::kIdr && type != NalType::kPartitionA) {
    return Fail(ErrorCode::kMalformed,
                "slice header: NAL unit type " + std::to_string(std::to_underlying(type)));
  }
  const Bytes rbsp =
      RemoveEmulationPrevention(nal.subspan(1, std::min(nal.size() - 1, kSliceHeaderBytes)));
  BitReader reader(rbsp);
  SliceHeader header{.first_macroblock = reader.ReadUe()};
  const std::uint32_t slice_type = reader.ReadUe();
  header.pps_id = reader.ReadUe();
  // 5 to 9 repeat 0 to 4 and promise that the whole picture is of that type (table 7-6).
  if (!reader.ok() || slice_type > 9 || header.pps_id > kMaxPpsId) {
    return Fail(ErrorCode::kMalformed, "slice header of " + std::to_string(nal.size()) + " bytes");
  }
  header.type = static_cast<SliceType>(slice_type % 5);
  return header;
}

bool IsDisposable(ByteView annex_b) {
  constexpr std::uint8_t kRegisteredUserData = 4;  // payloadType; mostly the first message
  AnnexBReader units(annex_b);
  bool slices = false;
  while (const auto nal = units.Next()) {
    const NalType type = TypeOf(*nal);
    if (type == NalType::kSps || type == NalType::kPps) return false;
    if (type == NalType::kSei && (nal->size() < 2 || (*nal)[1] == kRegisteredUserData))
      return false;
    if (type > NalType::kIdr || type == NalType::kUnspecified) continue;
    slices = true;
    if (((*nal)[0] & 0x60) != 0) return false;
  }
  return slices;
}

}  // namespace ingress::codec
