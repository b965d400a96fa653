// Runs a clip's sound through the audio transcoder as fast as it goes and prints what that costs.
//
//   ffmpeg -f lavfi -i anoisesrc=c=pink:r=48000:d=20 -ac 2 -c:a aac -b:a 128k clip.flv
//   audio_transcode clip.flv --rounds 20
//
// "core" is processor time by media time; "allocations" are those of C++ code, a second of media.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>
#include <vector>

#include "flv/audio_tag.h"
#include "flv/stream_reader.h"
#include "fmt/core.h"
#include "media/audio_transcoder.h"

namespace {

std::uint64_t g_allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace ingress::bench {
namespace {

using Seconds = std::chrono::duration<double>;

struct Frame {
  Bytes payload;
  SessionTime pts{};
};

struct Clip {
  media::AudioInput input;
  std::vector<Frame> frames;
};

struct Arguments {
  std::string clip;
  int rounds = 10;
  int channels = 2;
  int bitrate = 96'000;
  int complexity = 5;
  double drift = 0;  // parts per million
};

Result<Clip> ReadClip(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
  flv::StreamReader reader;
  const ByteView bytes(reinterpret_cast<const std::uint8_t*>(chars.data()), chars.size());
  if (auto read = reader.Receive(bytes); !read) return std::unexpected(read.error());
  Clip clip;
  for (const flv::Tag& tag : reader.TakeTags()) {
    if (tag.type != flv::TagType::kAudio) continue;
    const auto audio = flv::ParseAudioTag(tag.payload);
    if (!audio || !audio->codec) continue;
    clip.input.codec = *audio->codec;
    clip.input.sample_rate = static_cast<int>(audio->sample_rate);
    clip.input.channels = audio->channels;
    Bytes data(audio->data.begin(), audio->data.end());
    if (audio->kind == flv::AudioTag::Kind::kSequenceHeader) {
      clip.input.codec_config = std::move(data);
    } else if (audio->kind == flv::AudioTag::Kind::kCodedFrame) {
      clip.frames.push_back({std::move(data), std::chrono::milliseconds(tag.timestamp)});
    }
  }
  if (clip.frames.size() < 2) return Fail(ErrorCode::kMalformed, name + " holds no sound");
  return clip;
}

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Result<void> Run(const Arguments& arguments) {
  const auto clip = ReadClip(arguments.clip);
  if (!clip) return std::unexpected(clip.error());
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  auto transcoder = media::AudioTranscoder::Make(clip->input,
                                                 {.channels = arguments.channels,
                                                  .bitrate = arguments.bitrate,
                                                  .complexity = arguments.complexity},
                                                 [&](const media::AudioTranscoder::Packet& packet) {
                                                   ++packets;
                                                   bytes += packet.frame.payload.size();
                                                 });
  if (!transcoder) return std::unexpected(transcoder.error());

  const SessionTime step = clip->frames[1].pts - clip->frames[0].pts;
  const SessionTime length = clip->frames.back().pts - clip->frames.front().pts + step;
  double started = 0;
  for (int round = 0; round <= arguments.rounds; ++round) {
    for (const Frame& frame : clip->frames) {
      const auto time = static_cast<double>((frame.pts + round * length).count());
      const SessionTime pts(static_cast<std::int64_t>(time * (1 + arguments.drift / 1e6)));
      if (auto pushed = (*transcoder)->Push(frame.payload, pts); !pushed) return pushed;
    }
    if (round > 0) continue;  // the first one warms up
    started = ProcessorSeconds();
    g_allocations = packets = bytes = 0;
  }
  const double media = arguments.rounds * Seconds(length).count();
  fmt::print("{:.0f} s of media, {} packets, {:.0f} kb/s\n", media, packets,
             static_cast<double>(bytes) * 8 / media / 1000);
  fmt::print("core {:.4f}, allocations {:.1f}\n", (ProcessorSeconds() - started) / media,
             static_cast<double>(g_allocations) / media);
  return {};
}

}  // namespace
}  // namespace ingress::bench

int main(int argc, char** argv) {
  ingress::bench::Arguments arguments;
  CLI::App app("Measures the audio transcoder");
  app.add_option("clip", arguments.clip, "an FLV file")->required();
  app.add_option("--rounds", arguments.rounds, "how often the clip is played");
  app.add_option("--channels", arguments.channels, "of the output, 1 or 2");
  app.add_option("--bitrate", arguments.bitrate, "bits per second");
  app.add_option("--complexity", arguments.complexity, "of libopus, 0 to 10");
  app.add_option("--drift", arguments.drift, "ppm by which the input's clock runs slow");
  CLI11_PARSE(app, argc, argv);
  if (auto ran = ingress::bench::Run(arguments); !ran) {
    fmt::print(stderr, "{}\n", ran.error().context);
    return 1;
  }
  return 0;
}
