#pragma once

#include <openssl/types.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/result.h"

namespace ingress::dial {

/// Which certificates are believed: the system's (or those of SSL_CERT_FILE and SSL_CERT_DIR) and
/// one more file's. Good for many connections.
using Trust = std::shared_ptr<boost::asio::ssl::context>;

/// Reads the certificates; `ca_cert_file` may be empty. Reads from a disk.
/// Errors: kCertificate, naming the file, when it cannot be used.
Result<Trust> LoadTrust(const std::string& ca_cert_file);

/// The files and folders that LoadTrust() reads, for people: "/etc/ssl/certs and /etc/own.pem".
std::string TrustedFiles(const std::string& ca_cert_file);

/// What a certificate says of itself, for people: "for livekit.example.com, by Example CA, valid
/// until 2027-01-31". Safe to show, whatever is in it.
std::string DescribeCertificate(const X509& certificate);

}  // namespace ingress::dial
