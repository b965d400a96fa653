#include "rtc/warm_up.h"

#include "rtc/glib_thread.h"

namespace ingress::rtc {

void WarmUp() { GlibThread::Instance(); }

}  // namespace ingress::rtc
