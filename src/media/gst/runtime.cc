#include "media/gst/runtime.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ingress::media::gst {
namespace {

/// GLib reads tables of character sets when it first puts an error number into words, as it does
/// for each thread pool whose scheduling it may not set. A transcoder can open no file by then.
void ReadCharacterSets() {
  const char* volatile words = g_strerror(EPERM);  // a call that the compiler else leaves out
  (void)words;
}

Result<void> StartOnce() {
  // A plugin is loaded by its file (MakeElement). The registry would look through all plugins of
  // the host, which load fonts and more of no use here, and to read it back takes longer (15 ms)
  // than to load the encoders (7 ms). GStreamer offers no call for this. Once, before its first
  // use.
  setenv("GST_REGISTRY_DISABLE", "yes", 1);
  // GStreamer takes over the locale of the environment. Its texts are for the log, which is
  // English, x264 reads numbers by it, and catalogues could not be opened when a text is needed.
  setenv("LC_ALL", "C", 1);
  GError* raw = nullptr;
  if (gst_init_check(nullptr, nullptr, &raw) != FALSE) {
    ReadCharacterSets();
    return {};
  }
  const GstPtr<GError> error(raw);
  return Fail(ErrorCode::kInternal,
              std::string("GStreamer does not start: ") + (error ? error->message : "no reason"));
}

std::vector<std::string> PluginDirectories() {
  std::vector<std::string> directories;
  for (const char* name : {"GST_PLUGIN_PATH_1_0", "GST_PLUGIN_PATH", "GST_PLUGIN_SYSTEM_PATH_1_0",
                           "GST_PLUGIN_SYSTEM_PATH"}) {
    const char* value = std::getenv(name);
    for (std::string_view rest = value != nullptr ? value : ""; !rest.empty();) {
      const std::size_t end = rest.find(':');
      directories.emplace_back(rest.substr(0, end));
      rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    }
  }
  directories.emplace_back(INGRESS_GST_PLUGIN_DIR);
  return directories;
}

/// Null, or the factory, which GStreamer keeps.
GstPtr<GstElement> TryMake(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) return nullptr;
  gst_object_ref_sink(element);
  return GstPtr<GstElement>(element);
}

}  // namespace

Result<void> StartGstreamer() {
  static const Result<void> started = StartOnce();
  return started;
}

Result<GstPtr<GstElement>> MakeElement(const char* factory, const char* plugin) {
  if (auto element = TryMake(factory)) return element;
  std::string reasons;
  for (const std::string& directory : PluginDirectories()) {
    const std::string file = directory + "/" + plugin;
    std::error_code ec;
    if (!std::filesystem::exists(file, ec)) continue;
    GError* raw = nullptr;
    GstPlugin* loaded = gst_plugin_load_file(file.c_str(), &raw);
    const GstPtr<GError> error(raw);
    if (loaded != nullptr) gst_object_unref(loaded);
    if (auto element = TryMake(factory)) return element;
    reasons += std::string("; ") + (error ? error->message : file + " does not have it");
  }
  return Fail(ErrorCode::kUnsupported, std::string("GStreamer has no ") + factory + " (" + plugin +
                                           " missing in the plugin directory?)" + reasons);
}

}  // namespace ingress::media::gst
