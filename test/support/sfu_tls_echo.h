#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <filesystem>

namespace ingress::test {

/// A TLS server on loopback that sends back what it gets, with a certificate for 127.0.0.1 that
/// only those trust who read certificate_file().
class TlsEcho {
 public:
  explicit TlsEcho(boost::asio::io_context& io);
  ~TlsEcho();
  TlsEcho(const TlsEcho&) = delete;
  TlsEcho& operator=(const TlsEcho&) = delete;

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  const std::filesystem::path& certificate_file() const { return certificate_file_; }

 private:
  boost::asio::awaitable<void> Accept();
  boost::asio::awaitable<void> Echo(boost::asio::ip::tcp::socket socket);

  boost::asio::io_context& io_;
  boost::asio::ssl::context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::filesystem::path certificate_file_;
};

}  // namespace ingress::test
