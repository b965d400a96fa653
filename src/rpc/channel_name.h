#pragma once

#include <string>
#include <string_view>

namespace ingress::rpc {

// psrpc's channel names on Redis: escaped parts joined with '|'. `service` is the bare name of the
// protobuf service ("IOInfo"), `topic` may be empty for methods without one.

/// Where a server hears requests: `<service>|<method>[|<topic>]|REQ`.
std::string RequestChannel(std::string_view service, std::string_view method,
                           std::string_view topic);

/// Where a client tells all servers of a method who won: `<service>|<method>[|<topic>]|RCLAIM`.
std::string GrantChannel(std::string_view service, std::string_view method, std::string_view topic);

/// Where a client hears the servers' bids: `<service>|<client id>|CLAIM`.
std::string BidChannel(std::string_view service, std::string_view client_id);

/// Where a client hears the results: `<service>|<client id>|RES`.
std::string ResponseChannel(std::string_view service, std::string_view client_id);

/// One part of a name: letters, digits and '_' stand for themselves, any other code point becomes
/// `u+` and four hex digits, or `U+` and eight from U+10000 on.
std::string EscapeChannelPart(std::string_view part);

}  // namespace ingress::rpc
