#include "relay/buffer.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace ingress::relay {
namespace {

// A step larger than this, either way, is an encoder that set its clock, not media.
constexpr std::int64_t kMaxTimestampStep = 10'000;  // milliseconds

std::size_t Cost(const SharedTag& tag) { return tag.payload->size() + Buffer::kTagCost; }

}  // namespace

Buffer::Buffer(Limits limits) : limits_(limits), first_main_(Cursor{}) {}

void Buffer::Push(flv::Tag tag) {
  AdvanceMediaTime(tag.timestamp);
  const TagClass kind = Classify(tag.type, tag.payload);
  NoteFrame(tag, kind);
  SharedTag shared{.type = tag.type,
                   .timestamp = tag.timestamp,
                   .payload = std::make_shared<const Bytes>(std::move(tag.payload))};
  queued_bytes_ += Cost(shared);
  entries_.push_back({.tag = std::move(shared), .kind = kind, .media_ms = media_ms_});
  Prune();
  EnforceLimits();
}

void Buffer::NoteFrame(const flv::Tag& tag, const TagClass& kind) {
  if (!kind.key_frame && !kind.inter_frame) return;
  ++frames_;
  const bool goes_on =
      picture_ && picture_->timestamp == tag.timestamp && picture_->parts < kMaxParts;
  if (!goes_on) picture_ = Picture{.first = end(), .timestamp = tag.timestamp};
  ++picture_->parts;
  if (!kind.key_frame || picture_->key_frame) return;
  picture_->key_frame = true;
  // Its first part may have been let go of.
  keys_.push_back(std::max(picture_->first, first_));
}

Buffer::ReaderId Buffer::Attach(bool may_be_main) {
  const ReaderId reader = next_reader_++;
  const bool is_main = may_be_main && !main_;
  if (is_main) main_ = reader;
  if (is_main && first_main_) {
    Cursor cursor = std::move(*first_main_);
    first_main_.reset();
    cursors_.emplace(reader, std::move(cursor));
  } else {
    cursors_.emplace(reader, LiveCursor());
  }
  return reader;
}

void Buffer::Detach(ReaderId reader) {
  cursors_.erase(reader);
  if (main_ == reader) main_.reset();
  Prune();
}

std::vector<SharedTag> Buffer::Take(ReaderId reader, std::size_t max_bytes, std::size_t max_tags) {
  Cursor& cursor = cursors_.at(reader);
  std::vector<SharedTag> out = cursor.pending.TakeAll();
  std::size_t bytes = 0;
  for (SharedTag& tag : out) {
    if (!cursor.started) tag.timestamp = 0;
    bytes += tag.payload->size();
  }
  for (; cursor.next < end(); ++cursor.next) {
    const Entry& entry = At(cursor.next);
    if (Withhold(cursor)) {
      if (main_ == reader) ++main_dropped_.awaiting_key;
      continue;
    }
    const std::size_t size = entry.tag.payload->size();
    if (!out.empty() && (bytes + size > max_bytes || out.size() >= max_tags)) break;
    bytes += size;
    out.push_back(entry.tag);
    if (!entry.kind.header) {
      cursor.started = true;
    } else if (!cursor.started) {
      out.back().timestamp = 0;
    }
  }
  Prune();
  return out;
}

std::chrono::milliseconds Buffer::main_lag() const {
  const Cursor* cursor = main_ ? &cursors_.at(*main_) : first_main_ ? &*first_main_ : nullptr;
  if (cursor == nullptr || cursor->next >= end()) return {};
  return std::chrono::milliseconds(entries_.back().media_ms - At(cursor->next).media_ms);
}

bool Buffer::OverCap() const {
  if (entries_.empty()) return false;
  return queued_bytes_ > limits_.bytes ||
         entries_.back().media_ms - entries_.front().media_ms > limits_.media.count();
}

void Buffer::AdvanceMediaTime(std::uint32_t timestamp) {
  const std::int64_t step = static_cast<std::int32_t>(timestamp - last_timestamp_);
  const bool jump = step > kMaxTimestampStep || step < -kMaxTimestampStep;
  if (!has_timestamp_ || jump || step > 0) last_timestamp_ = timestamp;
  if (has_timestamp_ && !jump && step > 0) media_ms_ += step;
  has_timestamp_ = true;
}

/// Where a tap begins: at the newest key frame kept, with the headers in force there.
Buffer::Cursor Buffer::LiveCursor() const {
  Cursor cursor;
  cursor.pending = before_first_;
  cursor.next = keys_.empty() ? end() : keys_.back();
  cursor.awaiting_key = keys_.empty();
  cursor.awaiting_since_ms = media_ms_;
  for (std::uint64_t index = first_; index < cursor.next; ++index) {
    const Entry& entry = At(index);
    if (entry.kind.header) cursor.pending.Remember(*entry.kind.header, entry.tag);
  }
  return cursor;
}

bool Buffer::Withhold(Cursor& cursor) const {
  if (!cursor.awaiting_key) return false;
  const Entry& entry = At(cursor.next);
  const bool waited = entry.media_ms - cursor.awaiting_since_ms >= kKeyFrameWait.count();
  const bool key = entry.kind.key_frame || std::ranges::binary_search(keys_, cursor.next);
  if (key || waited) cursor.awaiting_key = false;
  return cursor.awaiting_key && entry.kind.inter_frame;
}

std::uint64_t Buffer::LowestCursor() const {
  std::uint64_t lowest = first_main_ ? first_main_->next : end();
  for (const auto& [reader, cursor] : cursors_) lowest = std::min(lowest, cursor.next);
  return lowest;
}

void Buffer::PopFront() {
  const Entry& entry = entries_.front();
  if (entry.kind.header) before_first_.Remember(*entry.kind.header, entry.tag);
  if (!keys_.empty() && keys_.front() == first_) keys_.pop_front();
  if (entry.kind.key_frame || entry.kind.inter_frame) --frames_;
  queued_bytes_ -= Cost(entry.tag);
  entries_.pop_front();
  ++first_;
}

/// Lets go of what neither a reader nor the next tap needs.
void Buffer::Prune() {
  const std::uint64_t needed = std::min(LowestCursor(), keys_.empty() ? end() : keys_.back());
  while (first_ < needed) PopFront();
}

void Buffer::EnforceLimits() {
  while (OverCap()) {
    // First what is kept only so that a tap can begin at a key frame: that costs nobody anything.
    if (first_ < LowestCursor()) {
      PopFront();
    } else {
      MoveLaggards();
    }
  }
}

/// Makes the readers at the front lose what they have yet to take of their GOP.
void Buffer::MoveLaggards() {
  const auto next_key = std::ranges::find_if(keys_, [this](auto key) { return key > first_; });
  std::uint64_t target = first_ + 1;
  if (next_key != keys_.end()) {
    target = *next_key;
  } else if (frames_ > 0) {
    target = end();
  }

  const bool by_bytes = queued_bytes_ > limits_.bytes;
  std::uint64_t& counter = by_bytes ? main_dropped_.bytes_cap : main_dropped_.media_cap;
  if (first_main_ && first_main_->next == first_) SkipTo(*first_main_, target, &counter);
  for (auto& [reader, cursor] : cursors_) {
    if (cursor.next == first_) SkipTo(cursor, target, main_ == reader ? &counter : nullptr);
  }
}

void Buffer::SkipTo(Cursor& cursor, std::uint64_t index, std::uint64_t* dropped) {
  bool lost_frame = false;
  for (; cursor.next < index; ++cursor.next) {
    const Entry& entry = At(cursor.next);
    lost_frame = lost_frame || entry.kind.key_frame || entry.kind.inter_frame;
    if (entry.kind.header) {
      cursor.pending.Remember(*entry.kind.header, entry.tag);
    } else if (dropped != nullptr) {
      ++*dropped;
    }
  }
  if (!lost_frame || cursor.awaiting_key) return;
  cursor.awaiting_key = true;
  cursor.awaiting_since_ms = media_ms_;
}

}  // namespace ingress::relay
