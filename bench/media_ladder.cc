// Runs a clip through the video transcoder at its own pace and prints what that costs.
//
//   ffmpeg -i clip.mp4 -an -c copy clip.flv
//   media_ladder clip.flv --layer 320x180@237500 --layer 640x360@671751 --layer 1280x720@1900000
//
// "cores" is processor time of the whole process by media time; "delay" is from Push() to the
// encoded picture, without what the stream's own reordering takes.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <thread>

#include "flv/stream_reader.h"
#include "flv/video_tag.h"
#include "fmt/core.h"
#include "media/video_transcoder.h"

namespace ingress::bench {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

struct Clip {
  VideoCodec codec = VideoCodec::kH264;
  Bytes codec_config;
  std::vector<media::CodedPicture> pictures;
};

struct Arguments {
  std::string clip;
  std::vector<std::string> layers;
  std::string output = "h264";
  std::string profile = "high";
  std::string save;
  double frame_rate = 30;
  double seconds = 20;
  bool fast = false;
};

Result<Clip> ReadClip(const Arguments& arguments) {
  std::ifstream file(arguments.clip, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
  flv::StreamReader reader;
  const ByteView bytes(reinterpret_cast<const std::uint8_t*>(chars.data()), chars.size());
  if (auto read = reader.Receive(bytes); !read) return std::unexpected(read.error());

  Clip clip;
  for (const flv::Tag& tag : reader.TakeTags()) {
    if (tag.type != flv::TagType::kVideo || tag.timestamp > arguments.seconds * 1000) continue;
    const auto video = flv::ParseVideoTag(tag.payload);
    if (!video || !video->codec) continue;
    Bytes data(video->data.begin(), video->data.end());
    if (video->kind == flv::VideoTag::Kind::kSequenceHeader && clip.codec_config.empty()) {
      clip.codec = *video->codec;
      clip.codec_config = std::move(data);
    } else if (video->kind == flv::VideoTag::Kind::kCodedFrame) {
      const auto dts = std::chrono::milliseconds(tag.timestamp);
      const auto pts = dts + std::chrono::milliseconds(video->composition_time_ms);
      clip.pictures.push_back({std::move(data), dts, pts, video->key_frame});
    }
  }
  if (clip.pictures.empty()) return Fail(ErrorCode::kMalformed, "no pictures in the clip");
  return clip;
}

Result<media::VideoLayerSpec> ParseLayer(const std::string& text) {
  media::VideoLayerSpec layer;
  if (std::sscanf(text.c_str(), "%dx%d@%d", &layer.width, &layer.height, &layer.bitrate) == 3) {
    return layer;
  }
  return Fail(ErrorCode::kMalformed, "layer " + text);
}

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Collects what comes out; its methods are called from the transcoder's threads.
class Collector {
 public:
  Collector(std::size_t layers, const std::string& save) : layers_(layers) {
    for (std::size_t i = 0; i < layers && !save.empty(); ++i) {
      layers_[i].file.open(fmt::format("{}{}.h264", save, i), std::ios::binary);
    }
  }

  void Pushed(SessionTime pts) {
    const std::lock_guard lock(mutex_);
    pushed_[pts] = Clock::now();
  }

  void OnFrame(std::size_t index, const EncodedFrame& frame) {
    const std::lock_guard lock(mutex_);
    Layer& layer = layers_[index];
    layer.bytes += frame.payload.size();
    if (frame.key_frame) ++layer.key_frames;
    layer.delays.push_back(Milliseconds(Clock::now() - pushed_[frame.pts]).count());
    if (layer.file.is_open()) {
      layer.file.write(reinterpret_cast<const char*>(frame.payload.data()),
                       static_cast<std::streamsize>(frame.payload.size()));
    }
  }

  void Print(double media_seconds) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      Layer& layer = layers_[i];
      std::ranges::sort(layer.delays);
      if (layer.delays.empty()) continue;
      const auto at = [&](double share) {
        const auto last = static_cast<double>(layer.delays.size() - 1);
        return layer.delays[static_cast<std::size_t>(share * last)];
      };
      fmt::print(
          "layer {}: {} frames, {} key, {:.0f} kbit/s, delay p50 {:.1f} p95 {:.1f} max {:.1f} ms\n",
          i, layer.delays.size(), layer.key_frames,
          static_cast<double>(layer.bytes) * 8 / media_seconds / 1000, at(0.5), at(0.95), at(1));
    }
  }

 private:
  struct Layer {
    std::size_t bytes = 0;
    int key_frames = 0;
    std::vector<double> delays;
    std::ofstream file;
  };

  std::mutex mutex_;
  std::map<SessionTime, TimePoint> pushed_;
  std::vector<Layer> layers_;
};

void Play(const Clip& clip, bool fast, media::VideoTranscoder& transcoder, Collector& collector) {
  const TimePoint start = Clock::now();
  for (const media::CodedPicture& picture : clip.pictures) {
    if (fast) {
      while (transcoder.counters().queued > 6) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    } else {
      std::this_thread::sleep_until(start + picture.dts);
    }
    collector.Pushed(picture.pts);
    transcoder.Push(picture);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
}

Result<void> Run(const Arguments& arguments) {
  auto clip = ReadClip(arguments);
  if (!clip) return std::unexpected(clip.error());
  media::VideoTranscoderOptions options;
  options.input = clip->codec;
  options.codec_config = clip->codec_config;
  options.output = arguments.output == "vp8" ? VideoCodec::kVp8 : VideoCodec::kH264;
  options.profile = arguments.profile == "baseline" ? media::H264Profile::kBaseline
                    : arguments.profile == "main"   ? media::H264Profile::kMain
                                                    : media::H264Profile::kHigh;
  options.max_frame_rate = arguments.frame_rate;
  for (const std::string& text : arguments.layers) {
    auto layer = ParseLayer(text);
    if (!layer) return std::unexpected(layer.error());
    options.layers.push_back(*layer);
  }

  const TimePoint before = Clock::now();
  const auto loaded = media::LoadVideoLibraries();
  if (!loaded) return std::unexpected(loaded.error());
  const TimePoint loaded_at = Clock::now();
  Collector collector(options.layers.size(), arguments.save);
  auto transcoder = media::MakeVideoTranscoder(
      options, {.on_frames =
                    [&](const std::vector<media::LayerFrame>& frames) {
                      for (const auto& [layer, frame] : frames) collector.OnFrame(layer, frame);
                    },
                .on_error = [](const Error& error) { fmt::print("{}\n", error.context); }});
  if (!transcoder) return std::unexpected(transcoder.error());
  const TimePoint made_at = Clock::now();

  const double processor_before = ProcessorSeconds();
  Play(*clip, arguments.fast, **transcoder, collector);
  const double media_seconds =
      std::chrono::duration<double>(clip->pictures.back().dts - clip->pictures.front().dts).count();
  const double processor = ProcessorSeconds() - processor_before;

  const auto counters = (*transcoder)->counters();
  const TimePoint closing = Clock::now();
  transcoder->reset();
  collector.Print(media_seconds);
  fmt::print("in {} dropped {} decoded {} skipped {} errors {}\n", counters.pictures_in,
             counters.pictures_dropped, counters.pictures_decoded, counters.pictures_skipped,
             counters.decode_errors);
  fmt::print("load {:.1f} ms, make {:.1f} ms, close {:.1f} ms\n",
             Milliseconds(loaded_at - before).count(), Milliseconds(made_at - loaded_at).count(),
             Milliseconds(Clock::now() - closing).count());
  fmt::print("cores {:.3f}\n", processor / media_seconds);
  return {};
}

}  // namespace
}  // namespace ingress::bench

int main(int argc, char** argv) {
  ingress::bench::Arguments arguments;
  CLI::App app("What the video ladder costs");
  app.add_option("clip", arguments.clip, "FLV file")->required();
  app.add_option("--layer", arguments.layers, "WIDTHxHEIGHT@BITS, smallest first");
  app.add_option("--output", arguments.output, "h264 or vp8");
  app.add_option("--profile", arguments.profile, "baseline, main or high");
  app.add_option("--save", arguments.save, "file name prefix for the encoded layers");
  app.add_option("--fps", arguments.frame_rate, "frame rate limit");
  app.add_option("--seconds", arguments.seconds, "how much of the clip");
  app.add_flag("--fast", arguments.fast, "push as fast as it goes; delays mean nothing then");
  CLI11_PARSE(app, argc, argv);
  if (arguments.layers.empty()) {
    arguments.layers = {"320x180@237500", "640x360@671751", "1280x720@1900000"};
  }
  if (auto run = ingress::bench::Run(arguments); !run) {
    fmt::print(stderr, "{}\n", run.error().context);
    return 1;
  }
  return 0;
}
