#include <algorithm>

#include "flv/audio_tag.h"
#include "flv/metadata.h"
#include "flv/stream_reader.h"
#include "flv/stream_writer.h"
#include "flv/video_tag.h"

namespace {

using namespace ingress;

void ParseBody(const flv::Tag& tag) {
  switch (tag.type) {
    case flv::TagType::kVideo: {
      const auto video = flv::ParseVideoTag(tag.payload);
      if (video && video->data.size() > tag.payload.size()) __builtin_trap();
      break;
    }
    case flv::TagType::kAudio: {
      const auto audio = flv::ParseAudioTag(tag.payload);
      if (audio && audio->data.size() > tag.payload.size()) __builtin_trap();
      break;
    }
    case flv::TagType::kScript:
      (void)flv::ParseMetadata(tag.payload);
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{1} + data[0];  // the first byte cuts the stream
  ByteView stream = ByteView(data, size).subspan(1);

  flv::StreamReader reader;
  std::vector<flv::Tag> tags;
  while (!stream.empty()) {
    const std::size_t taken = std::min(piece, stream.size());
    if (!reader.Receive(stream.first(taken))) break;
    stream = stream.subspan(taken);
    for (flv::Tag& tag : reader.TakeTags()) tags.push_back(std::move(tag));
  }

  Bytes written(flv::kFileHeader.begin(), flv::kFileHeader.end());
  for (const flv::Tag& tag : tags) {
    ParseBody(tag);
    flv::AppendTag(tag, written);
  }
  flv::StreamReader again;
  if (!again.Receive(written) || again.TakeTags().size() != tags.size()) __builtin_trap();
  return 0;
}
