#include "rtc/warm_up.h"

#include "rtc/glib_thread.h"
#include "rtc/srtp_session.h"

namespace ingress::rtc {

void WarmUp() {
  // A failure is met again, and reported, by whoever makes the first session.
  GlibThread::Instance().Post([] { static_cast<void>(InitSrtp()); });
}

}  // namespace ingress::rtc
