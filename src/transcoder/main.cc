#include "transcoder/main.h"

#include <malloc.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/process_title.h"
#include "base/process_usage.h"
#include "base/stack_trace.h"
#include "ipc/channel.h"
#include "ipc/prepare.h"
#include "media/video_transcoder.h"
#include "sandbox/confine.h"
#include "transcoder/order_runner.h"

namespace ingress::transcoder {
namespace {

namespace asio = boost::asio;

/// Pictures come and go at the end of the heap. Left to itself, malloc can fall into giving that
/// end back with each and taking it anew with the next: one page fault per page, about 10 % of the
/// processor time when all layers are encoded.
void KeepHeap() {
  constexpr int kMapsFrom = 32 << 20;  // bytes; glibc takes no more. A 4K picture has 12 MB
  constexpr int kGivesBackFrom = 64 << 20;
  mallopt(M_MMAP_THRESHOLD, kMapsFrom);
  mallopt(M_TRIM_THRESHOLD, kGivesBackFrom);
}

}  // namespace

int Main(const std::string& subject) {
  SetProcessTitle("transcoder", subject);
  sandbox::ConfineLoading();
  std::signal(SIGINT, SIG_IGN);  // a terminal's Ctrl-C reaches us too; the handler decides
  std::signal(SIGPIPE, SIG_IGN);
  KeepHeap();
  PrepareStackTraces();  // a person may ask all our processes for their stacks at once
  ReadProcessUsage();    // opens what a confined process could not
  // An order may wait meanwhile. A failure shows again, with its text, when a pipeline is made.
  (void)media::LoadVideoLibraries();
  sandbox::ConfineTranscoder();
  asio::io_context context(1);
  OrderRunner transcoder(context.get_executor(), UniqueFd(ipc::kChildSocketFd));
  asio::co_spawn(context, transcoder.Run(), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
  return 0;
}

int Prepare() {
  sandbox::ConfinePreparation();
  const auto loaded = media::LoadVideoLibraries();
  const auto tell = [](std::string_view beginning, const std::string& why) {
    const std::string line = std::string(beginning) + why;
    std::fprintf(stderr, "%s\n", line.c_str());
  };
  const std::string no_video = loaded ? loaded->h264 : loaded.error().context;
  if (!no_video.empty()) tell(ipc::kNoVideoLibraries, no_video);
  if (loaded && !loaded->vp8.empty()) tell(ipc::kNoVp8, loaded->vp8);
  return no_video.empty() ? 0 : 1;
}

}  // namespace ingress::transcoder
