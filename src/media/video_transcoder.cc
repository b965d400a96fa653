#include "media/video_transcoder.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <utility>

#include "media/gst_abi.h"

namespace ingress::media {
namespace {

constexpr const char* kLibrary = "libingress_gst.so";
constexpr const char* kInstalledIn = "/usr/lib/livekit-ingress";

struct GstLibrary {
  GstFactory make = nullptr;
  GstLoad load = nullptr;
};

std::vector<std::string> CandidatePaths() {
  std::vector<std::string> paths;
  std::error_code ec;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ec);
  if (!ec) {
    const auto prefix = program.parent_path().parent_path();
    paths.push_back(prefix / "lib" / kLibrary);
    paths.push_back(prefix / "lib" / "livekit-ingress" / kLibrary);
  }
  paths.push_back(std::string(kInstalledIn) + "/" + kLibrary);
  return paths;
}

Result<GstLibrary> OpenLibrary() {
  std::string tried;
  for (const std::string& path : CandidatePaths()) {
    // Never closed: GStreamer cannot be unloaded.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) {
      const char* reason = dlerror();
      tried += tried.empty() ? "" : "; ";
      tried += reason != nullptr ? reason : path;
      continue;
    }
    const GstLibrary found{reinterpret_cast<GstFactory>(dlsym(library, kGstFactoryName)),
                           reinterpret_cast<GstLoad>(dlsym(library, kGstLoadName))};
    if (found.make != nullptr && found.load != nullptr) return found;
    return Fail(ErrorCode::kInternal, path + " is not part of this program");
  }
  return Fail(ErrorCode::kInternal, "GStreamer part not loaded: " + tried);
}

const Result<GstLibrary>& Library() {
  static const Result<GstLibrary> library = OpenLibrary();
  return library;
}

}  // namespace

Result<MissingEncoders> LoadVideoLibraries() {
  const auto& library = Library();
  if (!library) return std::unexpected(library.error());
  MissingEncoders missing;
  Error error;
  if (!library->load(kGstAbiVersion, &missing, &error)) return std::unexpected(std::move(error));
  return missing;
}

Result<std::unique_ptr<VideoTranscoder>> MakeVideoTranscoder(VideoTranscoderOptions options,
                                                             VideoTranscoder::Callbacks callbacks) {
  const auto& library = Library();
  if (!library) return std::unexpected(library.error());
  Error error;
  std::unique_ptr<VideoTranscoder> transcoder(
      library->make(kGstAbiVersion, &options, &callbacks, &error));
  if (!transcoder) return std::unexpected(std::move(error));
  return transcoder;
}

}  // namespace ingress::media
