#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "service/guard/connection_table.h"

namespace ingress::service {

/// One connection's place in the table, given back with this object. The table outlives it.
class ConnectionPlace {
 public:
  /// `address`: by net::AddressGroup. `give_up`: ends the connection now.
  ConnectionPlace(ConnectionTable& table, std::string address, ConnectionTable::GiveUp give_up)
      : table_(table), address_(std::move(address)) {
    id_ = table_.Add(address_, Clock::now(), std::move(give_up));
  }
  ~ConnectionPlace() {
    if (id_) table_.Remove(*id_);
  }
  ConnectionPlace(const ConnectionPlace&) = delete;
  ConnectionPlace& operator=(const ConnectionPlace&) = delete;

  /// False: there was none.
  bool taken() const { return id_.has_value(); }

  const std::string& address() const { return address_; }

  /// As a proxy has told.
  void SetAddress(std::string address) {
    address_ = std::move(address);
    if (id_) table_.SetAddress(*id_, address_, Clock::now());
  }

  void SetBuffered(std::size_t bytes) {
    if (id_) table_.SetBuffered(*id_, bytes, Clock::now());
  }

  void OnKeyAccepted() {
    stranger_ = false;
    if (id_) table_.OnKeyAccepted(*id_);
  }

  bool stranger() const { return stranger_; }

 private:
  ConnectionTable& table_;
  std::string address_;
  std::optional<ConnectionTable::Id> id_;
  bool stranger_ = true;
};

}  // namespace ingress::service
