#pragma once

#include <deque>
#include <vector>

#include "base/bytes.h"
#include "crypto/openssl_handle.h"

namespace ingress::rtc {

/// The two ends of a DatagramBio: what OpenSSL will read, and what it has written.
struct DatagramQueues {
  std::deque<Bytes> in;
  std::vector<Bytes> out;
};

/// A BIO that keeps datagram borders, which OpenSSL 3.0's memory BIO does not: each write becomes
/// one entry of `queues.out`, each read takes one entry of `queues.in`.
/// `queues` must outlive the BIO. Empty when out of memory.
crypto::BioHandle MakeDatagramBio(DatagramQueues& queues);

}  // namespace ingress::rtc
