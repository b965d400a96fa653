#include "relay/body_batch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/byte_writer.h"
#include "flv/stream_writer.h"

namespace ingress::relay {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

void WriteChunkSize(std::size_t size, ByteWriter& writer) {
  std::array<char, 2 * sizeof(size)> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  writer.WriteText({digits.data(), end});
  writer.WriteText(kLineEnd);
}

}  // namespace

void BodyBatch::Assign(ByteView prefix, std::vector<SharedTag> tags) {
  Clear();
  tags_ = std::move(tags);
  ByteWriter writer(scaffold_);
  if (chunked_) {
    std::size_t size = prefix.size();
    for (const SharedTag& tag : tags_) {
      size += flv::kTagHeaderSize + tag.payload->size() + flv::kTagTrailerSize;
    }
    WriteChunkSize(size, writer);
  }
  writer.WriteBytes(prefix);
  for (const SharedTag& tag : tags_) {
    const flv::TagFraming framing =
        flv::MakeTagFraming(tag.type, tag.timestamp, tag.payload->size());
    writer.WriteBytes(framing.header);
    marks_.push_back(scaffold_.size());
    writer.WriteBytes(framing.trailer);
  }
  if (chunked_) writer.WriteText(kLineEnd);

  // Only now: scaffold_ no longer moves.
  std::size_t offset = 0;
  for (std::size_t i = 0; i < tags_.size(); ++i) {
    buffers_.emplace_back(scaffold_.data() + offset, marks_[i] - offset);
    buffers_.emplace_back(tags_[i].payload->data(), tags_[i].payload->size());
    offset = marks_[i];
  }
  buffers_.emplace_back(scaffold_.data() + offset, scaffold_.size() - offset);
}

void BodyBatch::AssignEnd() {
  Clear();
  if (chunked_) buffers_.emplace_back(kLastChunk.data(), kLastChunk.size());
}

void BodyBatch::Consume(std::size_t size) {
  while (position_ < buffers_.size()) {
    boost::asio::const_buffer& front = buffers_[position_];
    const std::size_t step = std::min(size, front.size());
    front += step;
    size -= step;
    if (front.size() != 0) return;
    ++position_;
  }
}

void BodyBatch::Clear() {
  tags_.clear();
  scaffold_.clear();
  marks_.clear();
  buffers_.clear();
  position_ = 0;
}

}  // namespace ingress::relay
