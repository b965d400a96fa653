#include "rtc/dtls_bio.h"

#include <algorithm>

namespace ingress::rtc {
namespace {

DatagramQueues& QueuesOf(BIO* bio) { return *static_cast<DatagramQueues*>(BIO_get_data(bio)); }

int WriteDatagram(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  if (size <= 0) return 0;
  const ByteView bytes = AsBytes({data, static_cast<std::size_t>(size)});
  QueuesOf(bio).out.emplace_back(bytes.begin(), bytes.end());
  return size;
}

int ReadDatagram(BIO* bio, char* data, int capacity) {
  BIO_clear_retry_flags(bio);
  std::deque<Bytes>& in = QueuesOf(bio).in;
  if (in.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  // What does not fit is cut off, as recv(2) on a datagram socket does.
  const auto size = std::min(in.front().size(), static_cast<std::size_t>(std::max(capacity, 0)));
  std::copy_n(in.front().begin(), size, data);
  in.pop_front();
  return static_cast<int>(size);
}

long Control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_PENDING:
      return QueuesOf(bio).in.empty() ? 0 : static_cast<long>(QueuesOf(bio).in.front().size());
    default:
      return 0;
  }
}

crypto::BioMethodHandle MakeMethod() {
  crypto::BioMethodHandle method(
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams"));
  if (!method || BIO_meth_set_write(method.get(), WriteDatagram) != 1 ||
      BIO_meth_set_read(method.get(), ReadDatagram) != 1 ||
      BIO_meth_set_ctrl(method.get(), Control) != 1) {
    return nullptr;
  }
  return method;
}

}  // namespace

crypto::BioHandle MakeDatagramBio(DatagramQueues& queues) {
  static const crypto::BioMethodHandle method = MakeMethod();
  if (!method) return nullptr;
  crypto::BioHandle bio(BIO_new(method.get()));
  if (!bio) return nullptr;
  BIO_set_data(bio.get(), &queues);
  BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace ingress::rtc
