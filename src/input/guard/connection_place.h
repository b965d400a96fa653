#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "input/guard/connection_table.h"

namespace ingress::input {

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

  /// What RTMP keeps in memory, and what TLS does.
  void SetBuffered(std::size_t bytes) {
    buffered_ = bytes;
    Report();
  }
  void SetTlsMemory(std::size_t bytes) {
    tls_memory_ = bytes;
    Report();
  }

  /// It has got on, as an encoder does.
  void OnProgress() {
    if (id_) table_.OnProgress(*id_);
  }

  /// It has been told that it must go.
  void OnRefused() {
    if (id_) table_.OnRefused(*id_);
  }

  void OnKeyAccepted() {
    stranger_ = false;
    if (id_) table_.OnKeyAccepted(*id_);
  }

  bool stranger() const { return stranger_; }

 private:
  /// In steps of kGrain: most of what is read changes nothing by that.
  void Report() {
    const std::size_t bytes = (buffered_ + tls_memory_ + kGrain - 1) / kGrain * kGrain;
    if (!id_ || bytes == std::exchange(reported_, bytes)) return;
    table_.SetBuffered(*id_, bytes, Clock::now());
  }

  static constexpr std::size_t kGrain = 1024;

  ConnectionTable& table_;
  std::string address_;
  std::optional<ConnectionTable::Id> id_;
  std::size_t buffered_ = 0;
  std::size_t tls_memory_ = 0;
  std::size_t reported_ = 0;
  bool stranger_ = true;
};

}  // namespace ingress::input
