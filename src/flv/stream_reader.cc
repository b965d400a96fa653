#include "flv/stream_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/byte_reader.h"
#include "flv/stream_writer.h"

namespace ingress::flv {
namespace {

constexpr std::size_t kSignatureSize = 9;  // without the first back pointer
constexpr std::size_t kBackPointerSize = 4;
constexpr std::size_t kMaxFileHeaderSize = 1024;
constexpr std::uint8_t kTypeMask = 0x1F;       // the bits above are "filter" and reserved
constexpr std::size_t kReserveAtOnce = 65536;  // an announced size is not believed beyond this

}  // namespace

Result<void> StreamReader::Receive(ByteView data) {
  while (!data.empty()) {
    switch (state_) {
      case State::kFileHeader:
        if (!FillHeader(data, kSignatureSize)) return {};
        if (auto started = StartAfterFileHeader(); !started) return started;
        break;
      case State::kSkip: {
        const std::size_t passed = std::min(skip_, data.size());
        data = data.subspan(passed);
        skip_ -= passed;
        if (skip_ == 0) state_ = State::kTagHeader;
        break;
      }
      case State::kTagHeader:
        if (!FillHeader(data, kTagHeaderSize)) return {};
        if (auto started = StartTag(); !started) return started;
        break;
      case State::kBody: {
        const std::size_t taken = std::min(body_size_ - tag_.payload.size(), data.size());
        tag_.payload.insert(tag_.payload.end(), data.begin(), data.begin() + taken);
        data = data.subspan(taken);
        if (tag_.payload.size() == body_size_) FinishTag();
        break;
      }
    }
  }
  return {};
}

std::vector<Tag> StreamReader::TakeTags() { return std::exchange(tags_, {}); }

Result<void> StreamReader::StartAfterFileHeader() {
  ByteReader reader(ByteView(header_).first(kSignatureSize));
  const std::uint32_t signature = reader.ReadU24();
  reader.Skip(2);  // version and flags
  const std::uint32_t header_size = reader.ReadU32();
  if (signature != (std::uint32_t{'F'} << 16 | 'L' << 8 | 'V')) {
    return Fail(ErrorCode::kMalformed, "flv: the stream does not start with \"FLV\"");
  }
  if (header_size < kSignatureSize || header_size > kMaxFileHeaderSize) {
    return Fail(ErrorCode::kMalformed, "flv: file header size " + std::to_string(header_size));
  }
  skip_ = header_size - kSignatureSize + kBackPointerSize;
  state_ = State::kSkip;
  return {};
}

Result<void> StreamReader::StartTag() {
  ByteReader reader(header_);
  const std::uint8_t type = reader.ReadU8() & kTypeMask;
  body_size_ = reader.ReadU24();
  const std::uint32_t low = reader.ReadU24();
  const std::uint32_t high = reader.ReadU8();

  if (type != std::to_underlying(TagType::kAudio) && type != std::to_underlying(TagType::kVideo) &&
      type != std::to_underlying(TagType::kScript)) {
    skip_ = body_size_ + kBackPointerSize;
    state_ = State::kSkip;
    return {};
  }
  if (body_size_ > MaxTagSize(type)) {
    return Fail(ErrorCode::kLimitExceeded, "flv: tag of type " + std::to_string(type) + " with " +
                                               std::to_string(body_size_) + " bytes");
  }
  tag_ = Tag{.type = static_cast<TagType>(type), .timestamp = high << 24 | low, .payload = {}};
  tag_.payload.reserve(std::min(body_size_, kReserveAtOnce));
  state_ = State::kBody;
  if (body_size_ == 0) FinishTag();
  return {};
}

void StreamReader::FinishTag() {
  tags_.push_back(std::move(tag_));
  tag_ = {};
  skip_ = kBackPointerSize;
  state_ = State::kSkip;
}

bool StreamReader::FillHeader(ByteView& data, std::size_t size) {
  const std::size_t taken = std::min(size - header_size_, data.size());
  std::copy_n(data.begin(), taken, header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
  header_size_ += taken;
  data = data.subspan(taken);
  if (header_size_ < size) return false;
  header_size_ = 0;
  return true;
}

}  // namespace ingress::flv
