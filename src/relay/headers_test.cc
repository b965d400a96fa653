#include "relay/headers.h"

#include <gtest/gtest.h>

#include "relay/testing/test_tags.h"

namespace ingress::relay {
namespace {

TEST(ClassifyTest, TellsWhatATagMeansToAReader) {
  struct Case {
    const char* name;
    flv::TagType type;
    Bytes payload;
    std::optional<HeaderKind> header;
    bool key_frame;
    bool inter_frame;
  };
  using enum flv::TagType;
  const Case cases[] = {
      {"AVC sequence header",
       kVideo,
       {0x17, 0, 0, 0, 0, 1},
       HeaderKind::kVideoConfig,
       false,
       false},
      {"AVC key frame", kVideo, {0x17, 1, 0, 0, 0, 0}, {}, true, false},
      {"AVC inter frame", kVideo, {0x27, 1, 0, 0, 0, 0}, {}, false, true},
      {"AVC end of sequence", kVideo, {0x17, 2, 0, 0, 0}, {}, false, false},
      {"hvc1 SequenceStart",
       kVideo,
       {0x90, 'h', 'v', 'c', '1', 1},
       HeaderKind::kVideoConfig,
       false,
       false},
      {"hvc1 CodedFramesX, key", kVideo, {0x93, 'h', 'v', 'c', '1', 0}, {}, true, false},
      {"hvc1 CodedFramesX, inter", kVideo, {0xa3, 'h', 'v', 'c', '1', 0}, {}, false, true},
      {"hvc1 metadata, frame type 5",
       kVideo,
       {0xd4, 'h', 'v', 'c', '1', 2, 0, 0},
       HeaderKind::kVideoColour,
       false,
       false},
      {"AAC sequence header",
       kAudio,
       {0xaf, 0, 0x12, 0x10},
       HeaderKind::kAudioConfig,
       false,
       false},
      {"AAC frame", kAudio, {0xaf, 1, 0x21}, {}, false, false},
      {"Opus SequenceStart",
       kAudio,
       {0x90, 'O', 'p', 'u', 's'},
       HeaderKind::kAudioConfig,
       false,
       false},
      {"Opus MultichannelConfig",
       kAudio,
       {0x94, 'O', 'p', 'u', 's', 0, 2},
       HeaderKind::kAudioChannels,
       false,
       false},
      {"onMetaData", kScript, testing::Metadata(0).payload, HeaderKind::kMetadata, false, false},
      {"onTextData",
       kScript,
       {0x02, 0, 0x0a, 'o', 'n', 'T', 'e', 'x', 't', 'D', 'a', 't', 'a'},
       {},
       false,
       false},
      {"empty video", kVideo, {}, {}, false, false},
      {"empty audio", kAudio, {}, {}, false, false},
      {"empty script", kScript, {}, {}, false, false},
  };
  for (const Case& c : cases) {
    const TagClass kind = Classify(c.type, c.payload);
    EXPECT_EQ(kind.header, c.header) << c.name;
    EXPECT_EQ(kind.key_frame, c.key_frame) << c.name;
    EXPECT_EQ(kind.inter_frame, c.inter_frame) << c.name;
  }
}

TEST(ClassifyTest, TakesAnOversizedHeaderForMedia) {
  const Bytes payload = testing::WithSize({0x17, 0, 0, 0, 0, 1}, kMaxHeaderSize + 1);
  EXPECT_FALSE(Classify(flv::TagType::kVideo, payload).header);
}

}  // namespace
}  // namespace ingress::relay
