#pragma once

#include <boost/asio/ip/udp.hpp>

#include "base/result.h"
#include "base/unique_fd.h"

namespace ingress::input {

/// One UDP address at which the clients of all sessions are met, and further sockets at that very
/// address for those of them that are known: the kernel gives a connected one what its peer sends,
/// and nothing else.
///
/// A new socket would get its share of everybody's datagrams until it is connected. So the port has
/// a program of one instruction (SO_ATTACH_REUSEPORT_CBPF, socket(7)), which gives what is claimed
/// by nobody to the first socket of the port: the one that is open here.
class UdpPort {
 public:
  /// `local`: one address of the host, or the unspecified one (of IPv6: of both families). On a
  /// host with several addresses, answers leave by the right one only with a port for each. Errors:
  /// kUnavailable when the port is taken, also by another process of this program; kUnauthorized
  /// for one that takes a right; kInternal.
  static Result<UdpPort> Open(const boost::asio::ip::udp::endpoint& local);

  /// A non-blocking socket of the port that is connected to `remote`; its datagrams are stamped
  /// (SO_TIMESTAMPNS). Errors: kUnavailable with the system's words.
  Result<UniqueFd> ConnectTo(const boost::asio::ip::udp::endpoint& remote) const;

  int fd() const { return fd_.get(); }
  /// Returns the address, with the port that was given for port 0.
  const boost::asio::ip::udp::endpoint& local() const { return local_; }

 private:
  UdpPort(UniqueFd fd, boost::asio::ip::udp::endpoint local)
      : fd_(std::move(fd)), local_(std::move(local)) {}

  UniqueFd fd_;
  boost::asio::ip::udp::endpoint local_;
};

}  // namespace ingress::input
