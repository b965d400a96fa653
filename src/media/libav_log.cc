#include "media/libav_log.h"

#include <array>

extern "C" {
#include <libavutil/error.h>
#include <libavutil/log.h>
}

namespace ingress::media {

void SilenceLibav() { av_log_set_level(AV_LOG_QUIET); }

std::string LibavErrorText(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

}  // namespace ingress::media
