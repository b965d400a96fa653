#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ingress::amf {

class Value;
struct Property;

struct Undefined {
  bool operator==(const Undefined&) const = default;
};

struct Null {
  bool operator==(const Null&) const = default;
};

/// A value that is well formed but has no meaning here: marker 0x0D, or an AMF0 reference.
struct Unsupported {
  bool operator==(const Unsupported&) const = default;
};

struct Date {
  double milliseconds = 0;  // since the Unix epoch
  std::int16_t zone = 0;    // reserved, 0 on the wire
  bool operator==(const Date&) const = default;
};

/// Markers 0x03 (object) and 0x10 (typed object). Properties keep their order on the wire.
struct Object {
  std::vector<Property> properties;
  std::string class_name;  // empty: anonymous
  bool operator==(const Object& other) const;
};

/// Marker 0x08: named properties behind an advisory count.
struct EcmaArray {
  std::vector<Property> properties;
  bool operator==(const EcmaArray& other) const;
};

/// Marker 0x0A.
struct StrictArray {
  std::vector<Value> values;
  bool operator==(const StrictArray& other) const;
};

/// One AMF value, a tree. Strings are bytes: invalid UTF-8 is kept as it came.
class Value {
 public:
  using Variant = std::variant<Undefined, Null, bool, double, std::string, Object, EcmaArray,
                               StrictArray, Date, Unsupported>;

  Value() = default;
  // Implicit, so that replies read like the tables of the specification.
  template <typename T>
    requires std::is_arithmetic_v<T>
  Value(T value) {
    if constexpr (std::same_as<T, bool>) {
      data_ = value;
    } else {
      data_ = static_cast<double>(value);
    }
  }
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(Null null) : data_(null) {}
  Value(Unsupported unsupported) : data_(unsupported) {}
  Value(Date date) : data_(date) {}
  Value(Object object) : data_(std::move(object)) {}
  Value(EcmaArray array) : data_(std::move(array)) {}
  Value(StrictArray array) : data_(std::move(array)) {}

  const Variant& data() const { return data_; }

  /// The value as the named type; null or empty when it is another one. Never converts.
  const std::string* AsString() const { return std::get_if<std::string>(&data_); }
  std::optional<double> AsNumber() const;
  std::optional<bool> AsBool() const;

  /// The properties of an object or ECMA array, null for anything else.
  const std::vector<Property>* AsProperties() const;

  /// The first property of that name of an object or ECMA array; null when there is none.
  const Value* Find(std::string_view name) const;

  bool operator==(const Value& other) const = default;

 private:
  Variant data_;
};

struct Property {
  std::string name;
  Value value;
  bool operator==(const Property& other) const = default;
};

}  // namespace ingress::amf
